"""Every write of inspections, screenings and key groups."""

from doudi.apps.inspection.services.campaigns import (
    campaign_open,
    campaigns_refresh,
    entries_import,
    entry_record,
)
from doudi.apps.inspection.services.draws import draw_assign, draw_make
from doudi.apps.inspection.services.follow_up import follow_up
from doudi.apps.inspection.services.key_groups import key_group_send, key_groups_refresh

__all__ = [
    "campaign_open",
    "campaigns_refresh",
    "draw_assign",
    "draw_make",
    "entries_import",
    "entry_record",
    "follow_up",
    "key_group_send",
    "key_groups_refresh",
]
