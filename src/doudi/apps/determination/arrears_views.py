"""Pages of 补发 and 追缴: the lists of a retroactive change, their lines and their workbook."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.scope import may
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Conflict
from doudi.apps.base.idempotency import once
from doudi.apps.base.paging import paginate
from doudi.apps.determination import queries, services
from doudi.apps.determination.models import ArrearsLine, ArrearsList
from doudi.apps.determination.services import RESULTS
from doudi.apps.policy import queries as policy
from doudi.apps.policy.values import AREA_LABELS, in_words
from doudi.apps.registry import queries as registry

STATES = {"QUEUED": "grey", "RUNNING": "blue", "DONE": "green", "FAILED": "red"}
KINDS = {"": "全部", "underpaid": "补发", "overpaid": "追缴"}
_COLUMNS = (  # heading, width
    ("户号", 20),
    ("户主", 12),
    ("乡镇（街道）", 16),
    ("村（社区）", 16),
    ("月份", 10),
    ("类别（原数）", 18),
    ("类别（新数）", 18),
    ("原数应发", 12),
    ("新数应发", 12),
    ("差额", 12),
    ("处理", 22),
)
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def arrears_lists(request: HttpRequest) -> HttpResponse:
    """The lists in the actor's divisions, newest first; those of one change, if the address names it."""
    given = request.GET.get("change", "")
    change_id = int(given) if given.isdigit() and len(given) < 18 else None
    page = queries.arrears_list(request.user, change_id, request.GET.get("cursor"))
    change = policy.change_get(request.user, change_id) if change_id is not None else None
    context = {
        "page": page,
        "rows": [(row, _title(row)) for row in page.rows],
        "colours": STATES,
        "change": change,
        "may_compute": may(request.user, "arrears.compute"),
    }
    return render(request, "determination/arrears_lists.html", context)


@require_POST
def compute(request: HttpRequest, change_id: int) -> HttpResponse:
    """Compute the lists of a published change now."""

    def do() -> int:
        return services.arrears_request(actor=request.user, change_id=change_id).pk

    key = request.POST.get("idempotency_key")
    pk, _ = once(key, actor=request.user, action=f"arrears:{change_id}", do=do)
    messages.success(request, "已提交计算，完成后结果显示在本页。")
    return redirect("determination:arrears", pk)


@require_GET
def arrears(request: HttpRequest, pk: int) -> HttpResponse:
    """One list with its lines in the actor's scope."""
    found = queries.arrears_get(request.user, pk)
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in KINDS else ""
    lines = queries.arrears_lines(request.user, found, kind)
    page = paginate(lines, order=["household_id", "month"], cursor=request.GET.get("cursor"))
    shown = {row.id: row for row in registry.shown_many(request.user, [line.household for line in page.rows])}
    context = {
        "arrears": found,
        "title": _title(found),
        "page": page,
        "shown": shown,
        "results": RESULTS,
        "colours": STATES,
        "kind": kind,
        "tabs": [(label, f"?kind={code}", code == kind, None) for code, label in KINDS.items()],
    }
    return render(request, "determination/arrears.html", context)


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines in the actor's scope as a workbook, 补发 and 追缴 on sheets of their own; logged as an export."""
    found = queries.arrears_get(request.user, pk)
    if found.state != "DONE":
        raise Conflict("清单还没有算完，请稍后再下载。")
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    count = 0
    for kind in ("underpaid", "overpaid"):
        lines = list(queries.arrears_lines(request.user, found, kind))
        _sheet(book, KINDS[kind], request.user, lines)
        count += len(lines)
    book.close()
    record(
        Action.EXPORT,
        actor=request.user,
        object_type="arrears",
        object_id=pk,
        county_code=found.division,
        detail={"lines": count},
    )
    response = HttpResponse(content.getvalue(), content_type=_TYPE)
    name = f"补发追缴清单-{found.from_month}至{found.to_month}-{pk}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _sheet(book: Any, name: str, actor: Any, lines: list[ArrearsLine]) -> None:
    sheet = book.add_worksheet(name)
    bold, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
    for column, (heading, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write(0, column, heading, bold)
    sheet.freeze_panes(1, 0)
    households = {line.household_id: line.household for line in lines}
    shown = {row.id: row for row in registry.shown_many(actor, households.values())}
    for index, line in enumerate(lines, 1):
        household = shown[line.household_id]
        texts = (
            household.household_no,
            household.head_name,
            household.township,
            household.village,
            line.month,
            RESULTS.get(line.category_before, line.category_before),
            RESULTS.get(line.category_after, line.category_after),
        )
        for column, text in enumerate(texts):
            sheet.write_string(index, column, text)
        for column, amount in enumerate((line.before, line.after, abs(line.due)), len(texts)):
            sheet.write_number(index, column, float(amount), money)
        moved = line.category_before != line.category_after
        sheet.write_string(index, len(texts) + 3, "类别变化，先重新认定" if moved else "")


def _title(found: ArrearsList) -> str:
    change = found.change
    pack, parameter = policy.described(change)
    area = f"（{AREA_LABELS[change.area]}）" if change.area else ""
    return f"{parameter.label}{area}改为 {in_words(pack, parameter, change.value)}"
