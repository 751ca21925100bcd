"""Files of inspections: the list drawn from, and the report as a workbook."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.inspection import queries
from doudi.apps.inspection.models import Draw
from doudi.apps.inspection.queries.draws import RESULTS, stratum_words
from doudi.apps.registry import queries as registry
from doudi.engine.sampling import Estimate

_COLUMNS = [
    "户号", "户主", "乡镇（街道）", "村（社区）", "层", "序位值", "走访人员", "走访日期", "结果", "走访情况", "处理",
]  # fmt: skip
METHOD = "每层内按 HMAC-SHA256(种子, 户号) 的十六进制值由小到大取前若干户；各层按户数比例分配，至少一户。"


def frame_csv(found: Draw) -> bytes:
    """Lines ``number,stratum`` in the order of the numbers, without a heading: their SHA-256 is the draw's."""
    numbers: dict[str, str] = found.frame.numbers
    return "".join(f"{number},{numbers[number]}\n" for number in sorted(numbers)).encode()


def workbook(actor: User, found: Draw) -> bytes:
    """Three sheets: 概况, 分层结果, 抽查名单 (households in the actor's scope, names as he may see them)."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bottom": 1})
    figures = queries.figures(actor=actor, found=found)
    _summary(book, bold, found, figures)
    names = [label for label, _ in RESULTS.values()]
    strata = (
        [one.name, one.households, one.drawn, *(one.counts.get(name, 0) for name in RESULTS)] for one in figures.strata
    )
    _sheet(book, bold, "分层结果", ["层", "在册户数", "抽取户数", *names], strata)
    _sheet(book, bold, "抽查名单", _COLUMNS, _households(actor, found))
    book.close()
    return content.getvalue()


def _summary(book: Any, bold: Any, found: Draw, figures: queries.Figures) -> None:
    drawn_at = timezone.localtime(found.drawn_at)
    pairs = [
        ("调查名称", found.title),
        ("范围", found.division.name),
        ("抽取时间", f"{drawn_at:%Y-%m-%d %H:%M}"),
        ("抽取人", found.drawn_by.name),
        ("在册低收入家庭（户）", found.households),
        ("抽查比例", f"{found.ratio * 100:.2f}%（{found.origin}）"),
        ("抽取户数", found.drawn),
        ("分层方式", "、".join(queries.STRATA[name].label for name in found.by)),
        ("随机种子", found.seed),
        ("抽样名册 SHA-256", found.frame_sha256),
        ("抽取方法", METHOD),
        *((label, figures.counts[name]) for name, (label, _) in RESULTS.items()),
        ("与登记不符或存在问题的比例", estimate_words(figures.share)),
        ("存在问题的比例", estimate_words(figures.problems)),
    ]
    sheet = book.add_worksheet("概况")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 70)
    for row, (label, value) in enumerate(pairs):
        sheet.write_string(row, 0, label, bold)
        sheet.write(row, 1, value)


def estimate_words(found: Estimate | None) -> str:
    """The share with its interval; — where nothing is known."""
    if found is None:
        return "—"
    return f"{found.share * 100:.1f}%（95% 置信区间 {found.low * 100:.1f}%—{found.high * 100:.1f}%）"


def _households(actor: User, found: Draw) -> Any:
    cursor = None
    while True:
        page = queries.drawn_list(actor=actor, found=found, cursor=cursor, size=500)
        shown = {one.id: one for one in registry.shown_many(actor, [row.household for row in page.rows])}
        words = stratum_words(found, {row.stratum for row in page.rows})
        results = {outcome: label for label, outcomes in RESULTS.values() for outcome in outcomes}
        for row in page.rows:
            home, task = shown[row.household_id], row.task
            visit = task.visit if task and task.state == "DONE" else None
            answer = getattr(task, "follow_up", None) if task else None
            yield [
                home.household_no, home.head_name, home.township, home.village, words[row.stratum], row.rank,
                task.visitor.name if task else "",
                f"{timezone.localtime(visit.visited_at):%Y-%m-%d}" if visit else "",
                results[visit.outcome] if visit else "",
                visit.findings if visit else "",
                f"{answer.get_step_display()}：{answer.note}" if answer else "",
            ]  # fmt: skip
        cursor = page.next
        if cursor is None:
            return


def _sheet(book: Any, bold: Any, name: str, headings: list[str], rows: Any) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, len(headings) - 1, 16)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write(line, column, value)
