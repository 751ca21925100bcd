"""The list of alerts. The page of one alert belongs to casework."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import queries
from doudi.apps.monitoring.forms import AlertSearch
from doudi.apps.monitoring.states import ALERT
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS, class_labels
from doudi.engine.indicators import load_indicators


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    """The list: search in the address, newest first."""
    actor = request.user
    search = AlertSearch(request.GET, divisions=queries.divisions_below(actor), classes=class_labels(actor))
    page = queries.alert_list(actor=actor, filters=search.filters(), cursor=request.GET.get("cursor"))
    codes = {code for row in page.rows for code in (row.township_code, row.village_code)}
    return render(
        request,
        "monitoring/list.html",
        {
            "page": page,
            "search": search,
            "names": divisions.division_names(codes),
            "process": ALERT,
            "indicators": load_indicators(),
            "severities": SEVERITY_COLOURS,
            "counters": queries.counters(actor),
        },
    )
