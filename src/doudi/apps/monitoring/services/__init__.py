"""Every write of monitoring: the verbs of an alert, of supervision and of settings, runs, deadlines."""

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
from doudi.apps.monitoring.services.settings import capacity_set, setting_draft, setting_publish, setting_withdraw
from doudi.apps.monitoring.services.supervision import item_answer, item_clear, item_close, item_return
from doudi.apps.monitoring.services.trials import trial_execute, trial_request

__all__ = [
    "alert_assign",
    "alert_close",
    "alert_dispose",
    "alert_resolve",
    "alert_return",
    "alert_verify",
    "alert_watch",
    "capacity_set",
    "deadlines_refresh",
    "item_answer",
    "item_clear",
    "item_close",
    "item_return",
    "overdue_mark",
    "run",
    "run_execute",
    "run_request",
    "setting_draft",
    "setting_publish",
    "setting_withdraw",
    "trial_execute",
    "trial_request",
]
