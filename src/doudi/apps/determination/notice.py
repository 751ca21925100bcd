"""The printable notice of a decision: 认定结果告知书, or 不予认定告知书 with the reasons in writing.

A decided household gets on paper what the page shows: result, amount with its computation, clause with its sentence,
begin and pay day, and for what is not given which condition failed and by how much.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import typst
import yaml
from django.utils import timezone

from doudi.apps.base.errors import Conflict
from doudi.apps.determination.explanation import Explanation
from doudi.apps.determination.models import Decision
from doudi.apps.determination.services import RESULTS
from doudi.engine.rules.quote import Quote
from doudi.engine.rules.schema import CODES

APPROVED, REFUSED = "认定结果告知书", "不予认定告知书"
# The first of these that the machine has; Debian's fonts-noto-cjk brings the first two.
FONTS = (
    "Noto Serif CJK SC",
    "Noto Sans CJK SC",
    "Source Han Serif SC",
    "Source Han Sans SC",
    "FangSong",
    "SimSun",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
)
_LONG_RUN = re.compile(r"[^\s\u2e80-\u9fff\uff00-\uffef]{18,}")


@dataclass(frozen=True)
class Addressee:
    """Whom a notice goes to, as the reader may see them: names by sight, the ID number masked."""

    name: str
    id_number: str
    household_no: str
    address: str


def title_of(decision: Decision) -> str:
    """The notice that a decision leads to; empty while it is only a trial."""
    if decision.state == Decision.State.TRIAL:
        return ""
    found = decision.result["households"][0]
    given = any(member["categories"] for member in found["members"]) or found["lines"] or found.get("taper")
    return APPROVED if decision.state == Decision.State.IN_FORCE and given else REFUSED


def notice_pdf(
    decision: Decision, explanation: Explanation, addressee: Addressee, names_of: Mapping[str, str]
) -> bytes:
    """The notice as PDF with its font embedded.

    :class:`Conflict` for a trial computation, and where the machine has no Chinese font.
    """
    moment = decision.decided_at or decision.computed_at
    pages = render(notice_content(decision, explanation, addressee, names_of), "pdf", int(moment.timestamp()))
    return pages[0]


def render(
    content: Mapping[str, Any], form: Literal["pdf", "png"], made_at: int = 0, ppi: float | None = None
) -> list[bytes]:
    """The content laid out: one PDF, or one picture a page of ``ppi``. ``made_at``: seconds since 1970, for the PDF.

    :class:`Conflict` where the machine has no Chinese font.
    """
    fonts, family = chinese_font()
    made = typst.compile(
        files("doudi.apps.determination").joinpath("notice.typ").read_bytes(),
        font_paths=fonts,
        ignore_system_fonts=True,
        format=form,
        ppi=ppi,
        sys_inputs={"data": json.dumps(_breakable({**content, "font": family}), ensure_ascii=False)},
        timestamp=made_at,
    )
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


@cache
def chinese_font() -> tuple[typst.Fonts, str]:
    """The machine's fonts and the family that notices use. :class:`Conflict` naming the package when there is none."""
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    found = set(fonts.families())
    family = next((name for name in FONTS if name in found), None)
    if family is None:
        raise Conflict(
            "服务器上没有中文字体，不能生成告知书。请系统管理员安装软件包 fonts-noto-cjk"
            "（apt-get install fonts-noto-cjk）并重启服务后重试。"
        )
    return fonts, family


def notice_content(
    decision: Decision, explanation: Explanation, addressee: Addressee, names_of: Mapping[str, str]
) -> dict[str, Any]:
    """What stands in the notice, part by part as ``notice.typ`` lays it out. :class:`Conflict` for a trial."""
    title = title_of(decision)
    if not title:
        raise Conflict("试算结果不能出具告知书，请在审批机关作出认定后打印。")
    found = decision.result["households"][0]
    refused = title == REFUSED
    day = timezone.localtime(decision.decided_at).date() if decision.decided_at else decision.as_of
    category = RESULTS.get(decision.category, decision.category)
    identity = f"身份证号 {addressee.id_number}，" if addressee.id_number else ""
    who = f"户号 {addressee.household_no}，居住地：{addressee.address}"
    outcome = "现决定不予认定，理由如下。" if refused else f"现认定为：{category}。有关事项告知如下。"
    return {
        "title": title,
        "number": f"编号：{day.year}-{decision.pk:06d}",
        "addressee": f"{addressee.name}（{identity}{who}）",
        "opening": f"依据{_titled(explanation.title)}，经调查核实和审核，按 {_day(decision.as_of)} 的情况，{outcome}",
        "members": [] if refused else [_member(member, names_of) for member in found["members"]],
        "lines": [] if refused else [_line(line) for line in explanation.lines],
        "total": f"合计：每月 {found['monthly']} 元" if found["monthly"] and not refused else "",
        "payment": [] if refused else _payment(found, explanation, day),
        "reasons_title": "不予认定的理由" if refused else "未认定为其他类别的理由",
        "reasons": _reasons(explanation, every=refused),
        "opinion": decision.opinion if refused else "",
        "others": [] if refused else _others(explanation),
        "objection": _objection(),
        "issuer": decision.decided_by.unit.name if decision.decided_by else "",
        "date": _day(day),
    }


def _titled(title: str) -> str:
    return title if title.startswith("《") else f"《{title}》"


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _member(member: dict[str, Any], names_of: Mapping[str, str]) -> dict[str, str]:
    categories = "、".join(RESULTS.get(code, code) for code in member["categories"])
    return {
        "name": names_of.get(member["person_id"], "成员"),
        "category": categories or "未纳入",
        "route": CODES[member["route"]] if member["route"] else "—",
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    who = "".join([f"（{line['why']}）" if line["why"] else "", f" {line['name']}" if line["name"] else ""])
    every = f"{line['every']} " if line["every"] else ""
    return {
        "label": line["label"] + who,
        "amount": f"{every}{line['amount']} 元",
        "steps": [{"label": s.label, "formula": s.formula, "value": s.value} for s in line["steps"]],
        "cite": line["cite"],
        "sentence": _sentence(line["quote"]),
    }


def _sentence(found: Quote | None) -> str:
    return found.sentence.rstrip("；") if found else ""


def _payment(found: dict[str, Any], explanation: Explanation, day: dt.date) -> list[str]:
    rows = []
    if found["lines"]:
        rows.append(f"自 {day.year}年{day.month}月 起计发。")
    pay_day = next((finding["value"] for finding in explanation.findings if finding["finding"] == "pay_day"), None)
    if found["lines"] and pay_day is not None:
        rows.append(f"每月 {pay_day} 日前发放到账。")
    if taper := found.get("taper"):
        monthly = f"，每月 {taper['monthly']} 元" if taper["monthly"] else ""
        rows.append(f"渐退期自 {taper['from']} 至 {taper['to']}{monthly}；期满后不再符合条件的，停发救助金。")
    return rows


def _reasons(explanation: Explanation, *, every: bool) -> list[dict[str, Any]]:
    """Which conditions failed, for each category. With ``every`` unset only for what stands above the one given."""
    told = []
    for entry in explanation.why_not:
        conditions = [
            {
                "text": f"{condition['text']}{'（满足其中一项即可）' if condition.get('either') else ''}。",
                "cite": condition["cite"],
                "sentence": _sentence(condition["quote"]),
            }
            for condition in entry["conditions"]
        ]
        if every or entry["higher"]:
            who = f" {entry['name']}" if entry["name"] else ""
            told.append({"label": f"{entry['label']}{who}：{entry['said']}", "conditions": conditions})
    return told


def _others(explanation: Explanation) -> list[dict[str, str]]:
    """What the family may ask other departments for, each item once for each who may have it."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for entry in explanation.entitlements:
        if entry.get("settled", True):
            who = entry["name"] or "全家"
            department = "、".join(entry["departments"])
            rows[entry["label"], who] = {"label": entry["label"], "name": who, "department": department}
    return list(rows.values())


@cache
def _objection() -> list[str]:
    text = files("doudi.apps.determination").joinpath("notice.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text)["objection"])


def _breakable(value: Any) -> Any:
    """The same with places to break in long runs of letters and digits, so that no line runs over the margin."""
    if isinstance(value, str):
        return _LONG_RUN.sub(lambda run: "\u200b".join(re.findall(r".{1,6}", run[0])), value)
    if isinstance(value, Mapping):
        return {key: _breakable(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_breakable(item) for item in value]
    return value
