"""What each indicator looks for, and what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring import parameters, queries
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS, class_labels
from doudi.engine.indicators import supervision_label


@require_GET
def indicators(request: HttpRequest) -> HttpResponse:
    """What each indicator looks for, under the pack of the actor's county."""
    actor = request.user
    county = next(iter(exchange.counties_of(actor)), "")
    context = {
        "rows": queries.indicator_list(actor=actor, county=county),
        "severities": SEVERITY_COLOURS,
        "classes": class_labels(actor) | {"SUP": supervision_label()},
        "cool_down_days": parameters.cool_down_days(),
        "reopen_days": parameters.reopen_days(),
    }
    return render(request, "monitoring/indicators.html", context)
