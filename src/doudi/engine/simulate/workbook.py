"""A simulation as an XLSX workbook: numbers as numbers, with a chart, and what it rests on."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import xlsxwriter

from doudi.engine.simulate import wording
from doudi.engine.simulate.result import Simulation
from doudi.engine.simulate.wording import Table

_WIDEST = 60  # characters of a column


def write_workbook(simulation: Simulation, target: BinaryIO) -> None:
    """Write the sheets 汇总, 类别变动, 分地区 and 分人群 to a binary stream."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "政策调整模拟测算", "subject": simulation.pack_title})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True}),
            "text": book.add_format({"border": 1}),
            "count": book.add_format({"border": 1, "num_format": "#,##0"}),
            "money": book.add_format({"border": 1, "num_format": "#,##0.00"}),
            "plain": book.add_format({"text_wrap": False}),
        }
        summary = _Sheet(book, "汇总", styles)
        _facts(summary, simulation)
        _summary(book, summary, simulation)
        moves = _Sheet(book, "类别变动", styles)
        places = _Sheet(book, "分地区", styles)
        people = _Sheet(book, "分人群", styles)
        for scenario in simulation.scenarios:
            moves.section(f"方案：{scenario.name}", wording.moves(scenario.total), empty="没有家庭或人员变动类别")
            places.section(f"方案：{scenario.name}", wording.by(scenario, "division"))
            places.section(f"方案：{scenario.name}（分城乡）", wording.by(scenario, "area"))
            people.section(f"方案：{scenario.name}", wording.by(scenario, "group"))
            people.section(f"方案：{scenario.name}（低保纳入方式）", wording.by(scenario, "route"))
        for sheet in (summary, moves, places, people):
            sheet.fit()
    target.write(buffer.getvalue())


class _Sheet:
    """Writes tables below each other and remembers how wide its columns are."""

    def __init__(self, book: Any, name: str, styles: dict[str, Any]) -> None:
        self.sheet, self.name, self.styles = book.add_worksheet(name), name, styles
        self.at = 0
        self.widths: dict[int, int] = {}

    def line(self, *texts: str, style: str = "plain") -> None:
        for column, text in enumerate(texts):
            self.sheet.write_string(self.at, column, text, self.styles[style])
        self.at += 1

    def section(self, title: str, table: Table, empty: str = "") -> int:
        """A heading and a table; returns the row of its first entry."""
        self.line(title, style="title")
        if not table.rows and empty:
            self.line(empty)
            self.at += 1
            return self.at
        first = self.at + 1
        for column, heading in enumerate(table.headings):
            self.sheet.write_string(self.at, column, heading, self.styles["head"])
            self._widen(column, heading)
        for offset, row in enumerate(table.rows):
            for column, value in enumerate(row):
                self._cell(first + offset, column, value)
        self.at = first + len(table.rows) + 1
        return first

    def _cell(self, row: int, column: int, value: Any) -> None:
        if isinstance(value, str):
            self.sheet.write_string(row, column, value, self.styles["text"])
            self._widen(column, value)
            return
        self.sheet.write_number(
            row, column, float(value), self.styles["money" if isinstance(value, Fraction) else "count"]
        )
        self._widen(column, f"{float(value):,.2f}")

    def _widen(self, column: int, text: str) -> None:
        wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
        self.widths[column] = min(_WIDEST, max(self.widths.get(column, 10), wide + 2))

    def fit(self) -> None:
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)


def _facts(sheet: _Sheet, simulation: Simulation) -> None:
    sheet.line("政策调整模拟测算", style="title")
    data = simulation.data
    sheet.line("政策包", f"{simulation.pack_title}（{simulation.pack}）")
    sheet.line("政策包版本", simulation.pack_version)
    sheet.line("测算日期", simulation.as_of.isoformat())
    sheet.line("数据", f"{data.get('name', '')} {data['households']:,}户 {data['persons']:,}人".strip())
    if data.get("sha256"):
        sheet.line("数据校验值", f"sha256:{data['sha256']}")
    if simulation.base:
        sheet.line("测算基础已含", "；".join(wording.change_text(change) for change in simulation.base))
    for scenario in simulation.scenarios:
        sheet.line(f"方案 {scenario.name}", "；".join(wording.change_text(change) for change in scenario.changes))
    if simulation.absent:
        sheet.line("数据中没有的事实", "、".join(simulation.absent))
    sheet.line("说明", "仅供测算，不改变任何认定；金额为月金额；“前”为现行规定，“后”为方案。金额待定的家庭不计入支出。")
    sheet.at += 1


def _summary(book: Any, sheet: _Sheet, simulation: Simulation) -> None:
    """The scenarios beside each other with a chart, then each one's categories, money and gaps."""
    overview = Table("方案对比", _OVERVIEW, [_overview_row(scenario) for scenario in simulation.scenarios])
    first = sheet.section("方案对比", overview)
    last = first + len(overview.rows) - 1
    chart = book.add_chart({"type": "column"})
    for column in (7, 8):
        chart.add_series(
            {
                "name": [sheet.name, first - 1, column],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, column, last, column],
            }
        )
    chart.set_title({"name": "各方案月支出（元）"})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"num_format": "#,##0", "min": 0})
    sheet.sheet.insert_chart(sheet.at, 0, chart, {"description": "各方案前后月支出对比"})
    sheet.at += 17
    for scenario in simulation.scenarios:
        sheet.section(f"方案：{scenario.name}", wording.categories(scenario.total))
        sheet.section("月支出", wording.costs(scenario.total))
        if scenario.missing:
            sheet.section("待补充的数值或事实", wording.missing(scenario))


_OVERVIEW = ["方案", "变动户数", "低保户增减", "边缘家庭增减", "刚性支出家庭增减", "提高户数", "降低户数",
             "月支出（前，元）", "月支出（后，元）", "增减（元）", "金额待定户"]  # fmt: skip


def _overview_row(scenario: Any) -> Sequence[Any]:
    total = scenario.total
    counts = {count.category: count for count in total.categories}
    grown = [counts[code].households_after - counts[code].households_before for code in ("DIBAO", "MARGIN", "RIGID")]
    moved = sum(move.households for move in total.moves if move.before != move.after)
    money = [wording.yuan(fen) for fen in (total.cost_before, total.cost_after, total.cost_after - total.cost_before)]
    return [
        scenario.name,
        moved,
        *grown,
        total.winners.households,
        total.losers.households,
        *money,
        total.unknown_after,
    ]
