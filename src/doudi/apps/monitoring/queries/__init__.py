"""Every read of monitoring, scoped by the actor."""

from doudi.apps.monitoring.queries.alerts import (
    AlertFilters,
    alert_by_no,
    alert_get,
    alert_list,
    alerts_of_household,
    divisions_below,
    open_alerts_of_household,
)
from doudi.apps.monitoring.queries.basis import alert_classes
from doudi.apps.monitoring.queries.figures import counters, indicator_figures, on_time_rate, trend
from doudi.apps.monitoring.queries.runs import indicator_list, run_get, run_list
from doudi.apps.monitoring.queries.supervision import (
    SupervisionFilters,
    supervision_counters,
    supervision_get,
    supervision_list,
)
from doudi.apps.monitoring.queries.why import Why, alert_why

__all__ = [
    "AlertFilters",
    "SupervisionFilters",
    "Why",
    "alert_by_no",
    "alert_classes",
    "alert_get",
    "alert_list",
    "alert_why",
    "alerts_of_household",
    "counters",
    "divisions_below",
    "indicator_figures",
    "indicator_list",
    "on_time_rate",
    "open_alerts_of_household",
    "run_get",
    "run_list",
    "supervision_counters",
    "supervision_get",
    "supervision_list",
    "trend",
]
