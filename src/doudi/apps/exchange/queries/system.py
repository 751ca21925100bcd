"""Reads without an actor, for monitoring and its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from doudi.apps.exchange.models import Batch, HeadingRule, PeriodVersion
from doudi.engine.lake import load_contracts


def lake_files(county: str, *, events: bool = False) -> dict[str, dict[str, Path]]:
    """{feed: {period: Parquet file}} of the versions that count in a county.

    A period of which only single events told so far is left out unless ``events``: a list of everybody with a card that
    holds one row would read as if all the others had lost theirs. Feeds that come with events are whole as they are.
    """
    found: dict[str, dict[str, Path]] = {}
    rows = PeriodVersion.objects.filter(county=county).order_by("feed", "period")
    if not events:
        by_event = [contract.name for contract in load_contracts().values() if contract.period == "event"]
        rows = rows.filter(Q(events_only=False) | Q(feed__in=by_event))
    for feed, period, version in rows.values_list("feed", "period", "version"):
        found.setdefault(feed, {})[period] = part_of(county, feed, period, version)
    return found


def batches_by_version_for_system(
    county: str, versions: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Batch]:
    """{(feed, period, version): batch} in one statement."""
    wanted = set(versions)
    if not wanted:
        return {}
    rows = Batch.objects.filter(county=county, version__in={version for _, _, version in wanted})
    # An event that changed nothing has the version that another batch made: the last one here is the first of them.
    found = {(batch.feed, batch.period, batch.version): batch for batch in rows.order_by("-id")}
    return {key: batch for key, batch in found.items() if key in wanted}


def heading_mapping(feed: str, county: str) -> dict[str, str]:
    """{heading: field} of the owner's own headings of a feed; '' for a heading that is not read."""
    return dict(HeadingRule.objects.filter(feed=feed, county=county).values_list("heading", "field"))


def lake_of(county: str) -> Path:
    """The county's part of the lake."""
    return Path(settings.LAKE_ROOT) / county


def part_of(county: str, feed: str, period: str, version: str) -> Path:
    """The Parquet file of a version."""
    return lake_of(county) / feed / f"{period}@{version}" / "part.parquet"
