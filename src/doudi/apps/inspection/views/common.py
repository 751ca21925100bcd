"""What the pages of inspections share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from doudi.apps.accounts.queries import division_choices
from doudi.apps.divisions.models import Level
from doudi.apps.registry import queries as registry

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def own_divisions(request: HttpRequest, *levels: Level) -> list[tuple[str, str]]:
    """[(code, name)] of the actor's divisions of the levels, for choices."""
    return [pair for level in levels for pair in division_choices(actor=request.user, level=level)]


def posted(request: HttpRequest) -> Any:
    """What was sent, an empty form included; None for a page that is only opened."""
    return request.POST if request.method == "POST" else None


def shown_households(request: HttpRequest, rows: Any) -> dict[int, Any]:
    """{household id: household as the actor may see it} of rows with a household."""
    found = registry.shown_many(request.user, {row.household_id: row.household for row in rows}.values())
    return {row.id: row for row in found}


def download(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
