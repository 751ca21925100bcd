"""Writes of policy: set-up of local standards, changes of parameters by two persons, trials and simulations."""

from doudi.apps.policy.services.changes import (
    change_draft,
    change_edit,
    change_publish,
    change_withdraw,
    on_published,
)
from doudi.apps.policy.services.simulations import (
    MOST_SCENARIOS,
    Assumption,
    simulation_execute,
    simulation_request,
    trial_request,
)
from doudi.apps.policy.services.standards import StandardRow, standards_import

__all__ = [
    "MOST_SCENARIOS",
    "Assumption",
    "StandardRow",
    "change_draft",
    "change_edit",
    "change_publish",
    "change_withdraw",
    "on_published",
    "simulation_execute",
    "simulation_request",
    "standards_import",
    "trial_request",
]
