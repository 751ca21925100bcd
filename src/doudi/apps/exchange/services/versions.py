"""Which version of the lake counts for a feed's period in a county; written under the delivery's lock only."""

from __future__ import annotations

from doudi.apps.base import clock
from doudi.apps.exchange.models import Batch, PeriodVersion


def lock_name(feed: str, period: str, county: str) -> str:
    """Whoever changes what counts for a period holds this advisory lock."""
    return f"deliver:{feed}:{period}:{county}"


def current(feed: str, period: str, county: str) -> PeriodVersion | None:
    return PeriodVersion.objects.filter(feed=feed, period=period, county=county).first()


def before(feed: str, period: str, county: str) -> tuple[str, str] | None:
    """Period and version of the newest earlier whole delivery that counts."""
    rows = PeriodVersion.objects.filter(feed=feed, county=county, period__lt=period, events_only=False)
    found = rows.order_by("-period").values_list("period", "version").first()
    return (found[0], found[1]) if found else None


def set_current(batch: Batch, *, events_only: bool) -> None:
    """Make the batch's version the one that counts for its period (in the caller's transaction)."""
    PeriodVersion.objects.update_or_create(
        feed=batch.feed,
        period=batch.period,
        county_id=batch.county_id,
        defaults={
            "version": batch.version,
            "events_only": events_only,
            "batch": batch,
            "changed_at": clock.now(),
        },
    )
