"""Trial computation and the page of a decision: what the rules say, how, and by which clause."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.idempotency import once
from doudi.apps.determination import queries, services
from doudi.apps.determination.explanation import ROUTES, explain
from doudi.apps.determination.models import Decision
from doudi.apps.determination.notice import Addressee, notice_pdf, title_of
from doudi.apps.determination.services import RESULTS
from doudi.apps.determination.tab import STATE_COLOURS
from doudi.apps.registry import queries as registry


@require_POST
def compute(request: HttpRequest, household_id: int) -> HttpResponse:
    """Compute now and show the result; the form sent twice computes once."""

    def do() -> int:
        return services.decision_compute(actor=request.user, household_id=household_id).pk

    key = request.POST.get("idempotency_key")
    decision_id, _ = once(key, actor=request.user, action=f"decision.compute:{household_id}", do=do)
    return redirect("determination:decision", decision_id)


@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """The decisions in scope, newest first."""
    state = request.GET.get("state", "")
    state = state if state in Decision.State.values else ""
    page = queries.decision_list(request.user, state, request.GET.get("cursor"))
    shown = {row.id: row for row in registry.shown_many(request.user, [one.household for one in page.rows])}
    context = {
        "page": page,
        "shown": shown,
        "state": state,
        "tabs": [(label, f"?state={code}", state == code, None) for code, label in Decision.State.choices],
        "results": RESULTS,
        "state_colours": STATE_COLOURS,
    }
    return render(request, "determination/decisions.html", context)


@require_GET
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """One decision with its computation; opening it is logged as a look at the household."""
    found = queries.decision_get(request.user, decision_id)
    household = found.household
    record(
        Action.READ,
        actor=request.user,
        object_type="decision",
        object_id=found.pk,
        household_id=household.pk,
        county_code=household.county_code,
    )
    members = registry.household_members(request.user, household, past=True)
    names = {str(member.person_id): member.name for member in members}
    result = found.result["households"][0]
    context: dict[str, Any] = {
        "decision": found,
        "shown": registry.shown(request.user, household),
        "names": names,
        "result": result,
        "member_results": [
            {
                **member,
                "labels": [RESULTS.get(category, category) for category in member["categories"]],
                "route_label": ROUTES.get(member["route"] or "", ""),
            }
            for member in result["members"]
        ],
        "results": RESULTS,
        "explanation": explain(found, names),
        "standards": queries.numbers_used(found),
        "state_colours": STATE_COLOURS,
        "notice": title_of(found),
    }
    return render(request, "determination/decision.html", context)


@require_GET
def notice(request: HttpRequest, decision_id: int) -> HttpResponse:
    """The decided household's notice as PDF; taking it out is logged as an export."""
    found = queries.decision_get(request.user, decision_id)
    household = found.household
    members = registry.household_members(request.user, household, past=True)
    names = {str(member.person_id): member.name for member in members}
    shown = registry.shown(request.user, household)
    addressee = Addressee(
        name=shown.head_name,
        id_number=next((member.id_number for member in members if member.relation == "head"), ""),
        household_no=shown.household_no,
        address=shown.address or f"{shown.township}{shown.village}",
    )
    pdf = notice_pdf(found, explain(found, names), addressee, names)
    record(
        Action.EXPORT,
        actor=request.user,
        object_type="decision",
        object_id=found.pk,
        household_id=household.pk,
        county_code=household.county_code,
        detail={"title": title_of(found)},
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="notice-{found.pk}.pdf"'
    return response
