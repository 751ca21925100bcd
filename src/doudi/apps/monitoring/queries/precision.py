"""How often an indicator's alerts were right: by what visits found, over six months, in one county."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from doudi.apps.base import clock
from doudi.apps.monitoring import parameters
from doudi.apps.monitoring.models import Alert

HIT = Q(outcome__startswith=parameters.HIT_PREFIX)
CHECKED = HIT | Q(outcome__in=parameters.MISS_OUTCOMES)


@dataclass(frozen=True, slots=True)
class Precision:
    """``checked`` alerts whose visit says yes or no, ``hits`` of them confirmed; ``prior`` the county's mean rate."""

    checked: int
    hits: int
    prior: float

    @property
    def rate(self) -> float | None:
        """The plain share; None where nothing was checked."""
        return self.hits / self.checked if self.checked else None

    @property
    def expected(self) -> float:
        """The share drawn towards the county's mean, as if so many more visits had gone as on average.

        A few visits say little: without this one lucky visit would send everybody there.
        """
        weight = parameters.PRECISION_WEIGHT
        return (self.hits + weight * self.prior) / (self.checked + weight)

    @property
    def flagged(self) -> bool:
        """Whether so few are right that the indicator is to be reviewed (domain: below a tenth in six months)."""
        enough = self.checked >= parameters.PRECISION_LEAST_CHECKED
        return enough and self.hits < parameters.PRECISION_FLAG_BELOW * self.checked


@dataclass(frozen=True, slots=True)
class CountyPrecision:
    """Every indicator's precision in a county; one that nobody checked has the county's mean alone."""

    known: Mapping[str, Precision]
    prior: float

    def of(self, code: str) -> Precision:
        return self.known.get(code) or Precision(0, 0, self.prior)


def county_precision(county: str) -> CountyPrecision:
    """Over the alerts of the last six months. One statement; it tells of no citizen."""
    since = clock.now() - dt.timedelta(days=parameters.PRECISION_DAYS)
    rows = list(
        Alert.objects.filter(CHECKED, county_code=county, created_at__gte=since)
        .order_by()
        .values_list("indicator")
        .annotate(checked=Count("pk"), hits=Count("pk", filter=HIT))
    )
    weight = parameters.PRECISION_WEIGHT
    checked, hits = sum(row[1] for row in rows), sum(row[2] for row in rows)
    prior = (hits + weight * parameters.PRECISION_START) / (checked + weight)
    return CountyPrecision({code: Precision(number, right, prior) for code, number, right in rows}, prior)
