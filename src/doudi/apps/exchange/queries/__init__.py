"""Every read of exchange: what was delivered, by whom, how fresh it is, and which version counts."""

from doudi.apps.exchange.queries.batches import (
    BatchFilters,
    batch_get,
    batch_list,
    current_of,
    layout_of,
    quarantine_page,
    reason_counts,
    receipt,
)
from doudi.apps.exchange.queries.corrections import KINDS, Correction, correction_of, may_discard
from doudi.apps.exchange.queries.feeds import (
    FeedStatus,
    counties_of,
    county_of,
    feed_status,
    feeds_to_deliver,
    in_counties,
)
from doudi.apps.exchange.queries.keys import batch_of_key, key_list
from doudi.apps.exchange.queries.system import (
    batches_by_version_for_system,
    heading_mapping,
    lake_files,
    lake_of,
    part_of,
)

__all__ = [
    "KINDS",
    "BatchFilters",
    "Correction",
    "FeedStatus",
    "batch_get",
    "batch_list",
    "batch_of_key",
    "batches_by_version_for_system",
    "correction_of",
    "counties_of",
    "county_of",
    "current_of",
    "feed_status",
    "feeds_to_deliver",
    "heading_mapping",
    "in_counties",
    "key_list",
    "lake_files",
    "lake_of",
    "layout_of",
    "may_discard",
    "part_of",
    "quarantine_page",
    "reason_counts",
    "receipt",
]
