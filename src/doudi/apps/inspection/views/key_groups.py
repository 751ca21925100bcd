"""The page of families to be visited first: who, why, last visited when; sending visitors."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from doudi.apps.accounts.scope import may, require
from doudi.apps.base import clock
from doudi.apps.casework.queries import visitors_for
from doudi.apps.casework.views.steps import attempt
from doudi.apps.divisions.models import Level
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.forms import SendForm
from doudi.apps.inspection.queries.key_groups import group_rows, key_group_counts, months_before, why_words
from doudi.apps.inspection.views.common import own_divisions, posted, shown_households


@require_http_methods(["GET", "POST"])
def key_groups(request: HttpRequest) -> HttpResponse:
    actor, given = request.user, request.GET
    filters = queries.KeyGroupFilters(
        state=given.get("state", "overdue"),
        group=given.get("group", ""),
        township=given.get("township", ""),
        village=given.get("village", ""),
    )
    interval = queries.interval(actor.unit.division_id)
    months = interval.months
    page = queries.key_group_list(actor=actor, months=months, filters=filters, cursor=given.get("cursor"))
    form = None
    if may(actor, "inspection.manage"):
        chosen = request.POST.getlist("household_ids")
        places = group_rows(actor, chosen) if chosen else page.rows
        villages = {row.village_code for row in places}
        towns = {row.township_code for row in places}
        form = SendForm(
            posted(request), visitors=visitors_for(sorted(villages), sorted(towns)),
            households=[row.household_id for row in places],
        )  # fmt: skip
    if request.method == "POST":
        require(request.user, "inspection.manage")
        sent: list[int] = []
        if form and attempt(form, lambda: sent.append(services.key_group_send(actor=actor, **form.values()))):
            messages.success(request, f"已派发 {sent[0]} 户走访。")
            return redirect(f"{reverse('inspection:key_groups')}?{urlencode(given)}")
    context = {
        "page": page,
        "filters": filters,
        "months": months,
        "default": interval.default,
        "due_before": months_before(clock.today(), months),
        "counts": key_group_counts(actor=actor, months=months),
        "groups": queries.GROUPS,
        "why": why_words(actor, page.rows),
        "households": shown_households(request, page.rows),
        "townships": own_divisions(request, Level.TOWNSHIP),
        "ticked": set(request.POST.getlist("household_ids")),
        "form": form,
    }
    return render(request, "inspection/key_groups.html", context, status=422 if form and form.is_bound else 200)


@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Look the actor's counties up anew."""
    require(request.user, "inspection.manage")
    counties = [code for code, _ in own_divisions(request, Level.COUNTY)]
    found = sum(services.key_groups_refresh(county=code) for code in counties)
    messages.success(request, f"名单已更新，共 {found} 户。")
    return redirect("inspection:key_groups")
