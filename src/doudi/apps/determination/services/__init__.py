"""Writes of determination: decisions, and the lists of what a retroactive change makes of them."""

from doudi.apps.determination.services.arrears import (
    amount_in,
    arrears_execute,
    arrears_request,
    follow_publication,
)
from doudi.apps.determination.services.decisions import (
    RESULTS,
    compute,
    decision_compute,
    decision_confirm,
    decision_refuse,
    exit_register,
    household_exit,
)

__all__ = [
    "RESULTS",
    "amount_in",
    "arrears_execute",
    "arrears_request",
    "compute",
    "decision_compute",
    "decision_confirm",
    "decision_refuse",
    "exit_register",
    "follow_publication",
    "household_exit",
]
