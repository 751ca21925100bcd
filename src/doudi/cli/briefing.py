"""Two packs side by side as text: a table under each heading, with the documents' sentences below the lines."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Sequence

from doudi.engine.rules.diff import Line, Section, short_name
from doudi.engine.rules.pack import Pack

_GAP = "  "
_LEAST = 120  # columns; a narrower terminal wraps the table itself


def briefing(a: Pack, b: Pack, sections: Sequence[Section], *, details: bool = False) -> list[str]:
    """The lines to print. ``details``: also the rules that only serve another one."""
    names = short_name(a), short_name(b)
    total = max(_LEAST, min(shutil.get_terminal_size((140, 40)).columns, 180))
    widths = _widths(total)
    shown = [(section, [line for line in section.lines if details or line.level == 0]) for section in sections]
    differing = sum(len(lines) for _, lines in shown)
    text = [
        f"{names[0]}：{a.title}（{a.cite_as}，{a.date}）",
        f"{names[1]}：{b.title}（{b.cite_as}，{b.date}）",
        f"不同 {differing} 项，相同 {sum(section.same for section in sections)} 项。",
    ]
    for section, lines in shown:
        same = f"，相同 {section.same} 项" if section.same else ""
        text += ["", f"【{section.title}】不同 {len(lines)} 项{same}"]
        if lines:
            text += _row(("项目", *names, "依据"), widths)
            text.append("-" * total)
        told: set[str] = set()
        for line in lines:
            text += _row(_cells(line, names), widths)
            for name, side in zip(names, (line.a, line.b), strict=True):
                if side.sentence and side.sentence not in told:
                    told.add(side.sentence)
                    text += [" " * 4 + part for part in _wrap(f"{name}原文：“{side.sentence}”", total - 4)]
    return text


def _cells(line: Line, names: tuple[str, str]) -> tuple[str, str, str, str]:
    cites = [side.cite for side in (line.a, line.b) if side.cite]
    if len(set(cites)) > 1:
        cites = [f"{name}：{cite}" for name, cite in zip(names, cites, strict=True)]
    return f"{'其中：' if line.level else ''}{line.topic}", line.a.text, line.b.text, "\n".join(dict.fromkeys(cites))


def _widths(total: int) -> tuple[int, int, int, int]:
    topic, cite = 26, 36  # a citation with its clause on one line
    side = (total - 3 * len(_GAP) - topic - cite) // 2
    return topic, side, side, cite


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [
        [part for text in cell.split("\n") for part in _wrap(text, width)]
        for cell, width in zip(cells, widths, strict=True)
    ]
    height = max(len(column) for column in columns)
    padded = [column + [""] * (height - len(column)) for column in columns]
    return [
        _GAP.join(_pad(part, width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in zip(*padded, strict=True)
    ]


def _wide(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def _pad(text: str, width: int) -> str:
    return text + " " * (width - sum(map(_wide, text)))


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns; Chinese may break anywhere, but no line begins with a closing mark."""
    lines, used = [""], 0
    for letter in text:
        size = _wide(letter)
        if used + size > width and letter not in "，。；：、）”’":
            lines.append("")
            used = 0
        if lines[-1] or letter != " ":
            lines[-1] += letter
            used += size
    return lines
