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
from doudi.apps.exchange.queries.feeds import (
    FeedStatus,
    counties_of,
    county_of,
    feed_status,
    feeds_to_deliver,
    in_counties,
)
from doudi.apps.exchange.queries.system import batches_by_version_for_system, lake_files

__all__ = [
    "BatchFilters",
    "FeedStatus",
    "batch_get",
    "batch_list",
    "batches_by_version_for_system",
    "counties_of",
    "county_of",
    "current_of",
    "feed_status",
    "feeds_to_deliver",
    "in_counties",
    "lake_files",
    "layout_of",
    "quarantine_page",
    "reason_counts",
    "receipt",
]
