"""Every write of monitoring: the verbs of an alert and of supervision, runs and their reconciliation, deadlines."""

from doudi.apps.monitoring.services.alerts import (
    alert_assign,
    alert_close,
    alert_dispose,
    alert_resolve,
    alert_return,
    alert_verify,
    alert_watch,
)
from doudi.apps.monitoring.services.deadlines import deadlines_refresh, overdue_mark
from doudi.apps.monitoring.services.runs import run, run_execute, run_request
from doudi.apps.monitoring.services.supervision import item_answer, item_clear, item_close, item_return

__all__ = [
    "alert_assign",
    "alert_close",
    "alert_dispose",
    "alert_resolve",
    "alert_return",
    "alert_verify",
    "alert_watch",
    "deadlines_refresh",
    "item_answer",
    "item_clear",
    "item_close",
    "item_return",
    "overdue_mark",
    "run",
    "run_execute",
    "run_request",
]
