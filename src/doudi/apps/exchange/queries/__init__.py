"""Every read of exchange: what was delivered, by whom, how fresh it is, and which version counts."""

from doudi.apps.exchange.queries.batches import (
    BatchFilters,
    batch_get,
    batch_list,
    cells_of,
    current_of,
    flag_counts,
    history_of,
    layout_of,
    quarantine_page,
    reason_counts,
    receipt,
)
from doudi.apps.exchange.queries.corrections import KINDS, Correction, correction_of, may_discard
from doudi.apps.exchange.queries.feeds import (
    SOON_DAYS,
    FeedStatus,
    counties_of,
    county_of,
    feed_status,
    feeds_to_deliver,
    in_counties,
    waiting_corrections,
)
from doudi.apps.exchange.queries.headings import heading_rules, may_map
from doudi.apps.exchange.queries.keys import batch_of_key, key_list
from doudi.apps.exchange.queries.problems import DeliveryProblem, delivery_problems, untrusted_for_system
from doudi.apps.exchange.queries.system import (
    batches_by_version_for_system,
    heading_mapping,
    lake_files,
    lake_of,
    part_of,
)

__all__ = [
    "KINDS",
    "SOON_DAYS",
    "BatchFilters",
    "Correction",
    "DeliveryProblem",
    "FeedStatus",
    "batch_get",
    "batch_list",
    "batch_of_key",
    "batches_by_version_for_system",
    "cells_of",
    "correction_of",
    "counties_of",
    "county_of",
    "current_of",
    "delivery_problems",
    "feed_status",
    "feeds_to_deliver",
    "flag_counts",
    "heading_mapping",
    "heading_rules",
    "history_of",
    "in_counties",
    "key_list",
    "lake_files",
    "lake_of",
    "layout_of",
    "may_discard",
    "may_map",
    "part_of",
    "quarantine_page",
    "reason_counts",
    "receipt",
    "untrusted_for_system",
    "waiting_corrections",
]
