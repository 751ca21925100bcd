"""Reads without an actor, for monitoring and its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from doudi.apps.exchange.models import Batch, BatchState


def lake_files(county: str) -> dict[str, dict[str, Path]]:
    """{feed: {period: Parquet file}} of the versions that count in a county."""
    found: dict[str, dict[str, Path]] = {}
    rows = Batch.objects.filter(county=county, state=BatchState.ACCEPTED).order_by("feed", "period")
    for feed, period, version in rows.values_list("feed", "period", "version"):
        found.setdefault(feed, {})[period] = _part(county, feed, period, version)
    return found


def batches_by_version_for_system(
    county: str, versions: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Batch]:
    """{(feed, period, version): batch} in one statement."""
    wanted = set(versions)
    if not wanted:
        return {}
    rows = Batch.objects.filter(county=county, version__in={version for _, _, version in wanted})
    found = {(batch.feed, batch.period, batch.version): batch for batch in rows}
    return {key: batch for key, batch in found.items() if key in wanted}


def _part(county: str, feed: str, period: str, version: str) -> Path:
    return Path(settings.LAKE_ROOT) / county / feed / f"{period}@{version}" / "part.parquet"
