"""Every read of inspections, scoped by the actor."""

from doudi.apps.inspection.queries.campaigns import (
    Coverage,
    campaign_get,
    campaign_list,
    coverage,
    entry_list,
)
from doudi.apps.inspection.queries.draws import (
    STRATA,
    draw_get,
    draw_list,
    drawn_list,
    figures,
    redraw,
    whole,
)
from doudi.apps.inspection.queries.findings import finding_get, finding_list, findings_waiting
from doudi.apps.inspection.queries.key_groups import GROUPS, Interval, KeyGroupFilters, interval, key_group_list

__all__ = [
    "GROUPS",
    "STRATA",
    "Coverage",
    "Interval",
    "KeyGroupFilters",
    "campaign_get",
    "campaign_list",
    "coverage",
    "draw_get",
    "draw_list",
    "drawn_list",
    "entry_list",
    "figures",
    "finding_get",
    "finding_list",
    "findings_waiting",
    "interval",
    "key_group_list",
    "redraw",
    "whole",
]
