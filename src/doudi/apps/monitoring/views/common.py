"""What several pages of monitoring share."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from doudi.apps.divisions import queries as divisions
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.queries.basis import alert_classes
from doudi.apps.policy import queries as policy

SEVERITY_COLOURS = {"red": "red", "orange": "orange", "yellow": "yellow"}
SEVERITY_LABELS = {"red": "红色", "orange": "橙色", "yellow": "黄色"}


def class_labels(actor: Any) -> dict[str, str]:
    """The class names of the document that applies where the actor works."""
    classes = alert_classes(policy.pack_for(actor.unit.division_id))
    return {code: one.label for code, one in classes.items()}


def county_choices(actor: Any) -> list[tuple[str, str]]:
    """(code, name) of the counties that the actor's divisions hold."""
    return list(divisions.division_names(exchange.counties_of(actor)).items())


def workbook(name: str, fill: Callable[[Any], None]) -> HttpResponse:
    """An XLSX download named ``name``; ``fill`` writes the sheets. Text is never read as a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        fill(book)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(buffer.getvalue(), content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
