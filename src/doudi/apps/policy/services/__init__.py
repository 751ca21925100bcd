"""Writes of policy: set-up of local standards, changes of parameters by two persons, trials and simulations."""

from doudi.apps.policy.services.standards import StandardRow, standards_import

__all__ = ["StandardRow", "standards_import"]
