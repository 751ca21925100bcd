"""Supervision: matters about offices' work, their answers, and what a supervisor says to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.forms import SupervisionSearch
from doudi.apps.monitoring.models import SupervisionItem
from doudi.apps.monitoring.queries.basis import clauses
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.states import SUPERVISION
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS
from doudi.engine.indicators import figures

_DONE = {"answer": "已报告处理结果，待核销。", "return": "已退回重新处理。", "close": "已核销。", "clear": "已核销。"}


@require_GET
def supervision(request: HttpRequest) -> HttpResponse:
    """The list: search in the address, newest first."""
    actor = request.user
    titles = {code: rule.title for code, rule in rules().items()}
    search = SupervisionSearch(request.GET, divisions=queries.divisions_below(actor), rules=titles)
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
