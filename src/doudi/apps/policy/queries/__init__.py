"""Reads of policy: local numbers in force, changes, simulations."""

from doudi.apps.policy.queries.values import (
    Gap,
    InForce,
    amendments_for,
    county_of,
    decided_by_document,
    gaps,
    in_force,
    pack_for,
    parameters_at,
    standards_for,
    standards_in_force,
)

__all__ = [
    "Gap",
    "InForce",
    "amendments_for",
    "county_of",
    "decided_by_document",
    "gaps",
    "in_force",
    "pack_for",
    "parameters_at",
    "standards_for",
    "standards_in_force",
]
