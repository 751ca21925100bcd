"""Supervision: matters about offices' work, their answers, and what a supervisor says to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.forms import SupervisionSearch
from doudi.apps.monitoring.models import SupervisionItem
from doudi.apps.monitoring.queries.basis import clauses
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.states import SUPERVISION
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS, workbook
from doudi.engine.indicators import figures

_COLUMNS = (
    "督办编号", "规则", "等级", "责任地区", "情形", "状态", "生成日期", "办理时限", "处理结果",
    "情况说明", "报告人", "核销人",
)  # fmt: skip
_DONE = {"answer": "已报告处理结果，待核销。", "return": "已退回重新处理。", "close": "已核销。", "clear": "已核销。"}


@require_GET
def supervision(request: HttpRequest) -> HttpResponse:
    """The list: search in the address, newest first."""
    actor = request.user
    titles = {code: rule.title for code, rule in rules().items()}
    search = SupervisionSearch(request.GET, divisions=queries.divisions_below(actor), rules=titles)
    if request.GET.get("export"):
        return _workbook(actor, queries.supervision_rows(actor=actor, filters=search.filters()), titles)
    page = queries.supervision_list(actor=actor, filters=search.filters(), cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "search": search,
        "rules": titles,
        "names": divisions.division_names({row.township_code or row.county_code for row in page.rows}),
        "process": SUPERVISION,
        "severities": SEVERITY_COLOURS,
        "counters": queries.supervision_counters(actor),
    }
    return render(request, "monitoring/supervision.html", context)


@require_GET
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One matter: why, what was answered, what may be done now."""
    return _page(request, queries.supervision_get(actor=request.user, item_id=pk))


@require_POST
def step(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Answer, send back or settle; sent twice it is done once."""
    actor, data = request.user, request.POST
    given = data.get("version", "")
    place = {"actor": actor, "item_id": pk, "version": int(given) if given.isdigit() and len(given) < 8 else -1}
    reason = data.get("reason", "")
    verbs: Mapping[str, Callable[[], SupervisionItem]] = {
        "answer": lambda: services.item_answer(**place, outcome=data.get("outcome", ""), answer=data.get("answer", "")),
        "return": lambda: services.item_return(**place, reason=reason),
        "close": lambda: services.item_close(**place, reason=reason),
        "clear": lambda: services.item_clear(**place, reason=reason),
    }
    if event not in verbs:
        raise NotFound("没有这个操作。")
    try:
        once(data.get("idempotency_key"), actor=actor, action=f"supervision.{event}:{pk}", do=lambda: verbs[event]().pk)
    except Invalid as error:
        found = queries.supervision_get(actor=actor, item_id=pk)
        return _page(request, found, error=error, typed=data.dict())
    messages.success(request, _DONE[event])
    return redirect("monitoring:supervision_item", pk)


def _page(
    request: HttpRequest, found: SupervisionItem, error: Invalid | None = None, typed: Mapping[str, Any] | None = None
) -> HttpResponse:
    actor = request.user
    rule = rules()[found.rule]
    one = rule.indicator
    events = {t.event for t in SUPERVISION.events(found.state, scope_of(actor).roles)}
    if found.answered_by_id == actor.pk:
        events -= {"close"}
    if found.vanished_at is None:
        events -= {"clear"}
    context = {
        "item": found,
        "rule": rule,
        "figures": figures(one, found.measures) if one else list(found.measures.items()),
        "clauses": clauses(one, found.pack) if one else [],
        "steps": SUPERVISION.stepper(found.state),
        "process": SUPERVISION,
        "severities": SEVERITY_COLOURS,
        "events": events,
        "error": error,
        "typed": typed or {},
        "opens_household": found.household_id is not None and may(actor, "household.read"),
    }
    return render(request, "monitoring/supervision_item.html", context, status=422 if error else 200)


def _workbook(actor: Any, rows: list[SupervisionItem], titles: Mapping[str, str]) -> HttpResponse:
    names = divisions.division_names({row.township_code or row.county_code for row in rows})
    record(Action.EXPORT, actor=actor, object_type="supervision", detail={"rows": len(rows)})

    def fill(book: Any) -> None:
        page = book.add_worksheet("督办事项")
        page.set_column(0, len(_COLUMNS) - 1, 20)
        page.write_row(0, 0, _COLUMNS)
        for number, row in enumerate(rows, 1):
            cells = (
                row.item_no,
                titles.get(row.rule, row.rule),
                row.get_severity_display(),
                names.get(row.township_code or row.county_code, ""),
                row.explanation,
                row.get_state_display(),
                f"{timezone.localtime(row.created_at):%Y-%m-%d}",
                row.due_on.isoformat() if row.due_on else row.due_note,
                rules()[row.rule].outcomes.get(row.outcome, "") if row.rule in rules() else row.outcome,
                row.answer,
                row.answered_by.name if row.answered_by else "",
                row.closed_by.name if row.closed_by else "",
            )
            for place, value in enumerate(cells):
                page.write_string(number, place, value)

    return workbook(f"督办事项_{clock.today():%Y%m%d}.xlsx", fill)
