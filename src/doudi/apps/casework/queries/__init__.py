"""Every read of casework, scoped by the actor."""

from doudi.apps.casework.queries.matters import (
    application_get,
    application_list,
    applications_of_alert,
    conference_get,
    conference_list,
    conferences_of_alert,
)
from doudi.apps.casework.queries.officers import inspectors_for, may_enter, units_serving, visitors_for
from doudi.apps.casework.queries.referrals import (
    ReferralFilters,
    referral_get,
    referral_list,
    referrals_of_alert,
    referrals_of_household,
)
from doudi.apps.casework.queries.todo import Todo, counters, decides, todo
from doudi.apps.casework.queries.visits import (
    VisitFilters,
    open_task_of_alert,
    own_task,
    own_tasks,
    visit_task_get,
    visit_task_list,
    visits_of_alert,
    visits_of_household,
)

__all__ = [
    "ReferralFilters",
    "Todo",
    "VisitFilters",
    "application_get",
    "application_list",
    "applications_of_alert",
    "conference_get",
    "conference_list",
    "conferences_of_alert",
    "counters",
    "decides",
    "inspectors_for",
    "may_enter",
    "open_task_of_alert",
    "own_task",
    "own_tasks",
    "referral_get",
    "referral_list",
    "referrals_of_alert",
    "referrals_of_household",
    "todo",
    "units_serving",
    "visit_task_get",
    "visit_task_list",
    "visitors_for",
    "visits_of_alert",
    "visits_of_household",
]
