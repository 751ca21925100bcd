"""The queue of visits: what comes first, why, and how many the county can make in a week."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from doudi.apps.accounts.scope import may
from doudi.apps.base.errors import Invalid
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import parameters, queries, services
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS, SEVERITY_LABELS, county_choices
from doudi.engine.indicators import load_indicators


@require_http_methods(["GET", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """The households to visit, the most useful first; a county office sets its weekly capacity here."""
    actor = request.user
    error = ""
    if request.method == "POST":
        given = request.POST.get("visits", "").strip()
        try:
            services.capacity_set(
                actor=actor,
                county=queries.county_shown(actor),
                visits=int(given) if given.isdecimal() and len(given) < 9 else 0,
            )
        except Invalid as invalid:
            error = f"{invalid.what}，{invalid.hint}"
        else:
            messages.success(request, "已设定每周走访能力。")
            return redirect("monitoring:queue")
    page = request.GET.get("page", "1")
    counties = county_choices(actor)
    wanted = request.GET.get("county", "")
    found = queries.visit_queue(
        actor=actor,
        county=wanted if wanted in dict(counties) else "",
        page=int(page) if page.isdecimal() and len(page) < 6 else 1,
    )
    codes = {code for one in found.visits for code in (one.household.township_code, one.household.village_code)}
    context = {
        "queue": found,
        "names": divisions.division_names(codes),
        "indicators": load_indicators(),
        "severities": SEVERITY_COLOURS,
        "severity_labels": SEVERITY_LABELS,
        "may_set": may(actor, "capacity.set"),
        "age_days": parameters.QUEUE_AGE_DAYS,
        "weight": parameters.PRECISION_WEIGHT,
        "error": error,
        "counties": counties,
        "tabs": [(name, f"?county={code}", code == found.county, None) for code, name in counties],
    }
    return render(request, "monitoring/queue.html", context, status=422 if error else 200)
