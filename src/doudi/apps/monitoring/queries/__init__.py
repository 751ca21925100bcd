"""Every read of monitoring, scoped by the actor."""

from doudi.apps.monitoring.queries.alerts import (
    AlertFilters,
    alert_by_no,
    alert_get,
    alert_list,
    open_alerts_of_household,
)
from doudi.apps.monitoring.queries.figures import counters, indicator_figures, on_time_rate, trend

__all__ = [
    "AlertFilters",
    "alert_by_no",
    "alert_get",
    "alert_list",
    "counters",
    "indicator_figures",
    "on_time_rate",
    "open_alerts_of_household",
    "trend",
]
