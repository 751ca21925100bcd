"""Alerts through the API: the same queries, the same scope, the same masking."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.monitoring import queries
from doudi.apps.monitoring.models import Alert
from doudi.apps.monitoring.queries import AlertFilters

router = Router(tags=["alerts"])


class AlertSearchIn(Schema):
    alert_class: str = ""
    severity: str = ""
    state: str = ""
    indicator: str = ""
    division: str = ""
    period: str = ""
    overdue: bool = False
    q: str = ""


@router.get("/", summary="Alerts in the caller's scope, newest first")
def alerts(request: HttpRequest, search: Query[AlertSearchIn], cursor: str = "") -> dict[str, Any]:
    page = queries.alert_list(actor=request.user, filters=AlertFilters(**search.dict()), cursor=cursor or None)
    return {"alerts": [_short(alert) for alert in page.rows], "count": page.count_label, "next": page.next}


@router.get("/{alert_no}", summary="One alert with the reasons for it")
def alert(request: HttpRequest, alert_no: str) -> dict[str, Any]:

    found = queries.alert_by_no(actor=request.user, alert_no=alert_no)
    record(Action.READ, actor=request.user, object_type="alert", object_id=found.pk, household_id=found.household_id)
    why = queries.alert_why(actor=request.user, alert=found)
    return {
        **_short(found),
        "household_no": found.household.household_no,
        "outcome": found.outcome,
        "disposal": found.disposal,
        "why": {
            "looks_for": why.looks_for,
            "figures": [{"label": label, "value": value} for label, value in why.figures],
            "thresholds": [
                {"label": one.label, "value": one.text, "origin": one.origin, "cite": one.cite} for one in why.limits
            ],
            "sources": [
                {"label": one.label, "owner": one.owner, "period": one.period, "as_of": one.as_of}
                for one in why.sources
            ],
            "clauses": [{"cite": one.cite, "sentence": one.sentence} for one in why.clauses],
            "handling": why.handling,
        },
    }


def _short(alert: Alert) -> dict[str, Any]:
    return {
        "alert_no": alert.alert_no,
        "indicator": alert.indicator,
        "class": alert.alert_class,
        "severity": alert.severity,
        "state": alert.state,
        "subject": alert.subject_name,
        "township": alert.township_code,
        "village": alert.village_code,
        "period": alert.period,
        "explanation": alert.explanation,
        "created_at": alert.created_at,
        "due_on": alert.due_on,
        "due_note": alert.due_note,
    }
