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
from doudi.apps.monitoring.queries.indicators import indicator_list, indicator_page
from doudi.apps.monitoring.queries.precision import county_precision
from doudi.apps.monitoring.queries.queue import visit_queue
from doudi.apps.monitoring.queries.runs import run_get, run_list
from doudi.apps.monitoring.queries.settings import (
    county_shown,
    drafts_waiting,
    local,
    may_see,
    setting_get,
    settings_of,
    trial_periods,
    trials_of,
)
from doudi.apps.monitoring.queries.statistics import alert_statistics
from doudi.apps.monitoring.queries.supervision import (
    SupervisionFilters,
    supervision_counters,
    supervision_get,
    supervision_list,
    supervision_rows,
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
    "alert_statistics",
    "alert_why",
    "alerts_of_household",
    "counters",
    "county_precision",
    "county_shown",
    "divisions_below",
    "drafts_waiting",
    "indicator_figures",
    "indicator_list",
    "indicator_page",
    "local",
    "may_see",
    "on_time_rate",
    "open_alerts_of_household",
    "run_get",
    "run_list",
    "setting_get",
    "settings_of",
    "supervision_counters",
    "supervision_get",
    "supervision_list",
    "supervision_rows",
    "trend",
    "trial_periods",
    "trials_of",
    "visit_queue",
]
