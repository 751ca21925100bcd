"""Deliveries in a registry snapshot (docs/registry-snapshot.md): what came, how good it is, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doudi.apps.exchange.queries.problems import next_period
from doudi.apps.registry.snapshot import Row
from doudi.engine.lake import load_contracts, overdue
from doudi.engine.lake.quality_rules import load_quality_rules

# Every whole delivery that counts or has counted; single events are none. The last column is the snapshot's day.
SQL = """
    SELECT county_id, feed, period, (delivered_at AT TIME ZONE 'Asia/Shanghai')::date, received, accepted, quarantined,
      score, trusted,
      (SELECT string_agg(problem->>'number', ',' ORDER BY problem->>'number')
       FROM jsonb_array_elements(quality->'problems') AS problem),
      %(as_of)s::date
    FROM batch
    WHERE county_id = %(county)s AND state IN ('ACCEPTED', 'SUPERSEDED', 'JOINED') AND channel <> 'EVENT'
    ORDER BY feed, period, delivered_at, id
"""


def with_overdue(rows: Iterable[Row]) -> Iterator[Row]:
    """The SELECT's rows without the day, and a row for each feed whose next delivery is overdue on it."""
    newest: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row[0], row[1])
        newest[key] = max(newest.get(key, row), row, key=lambda one: one[2])
        yield row[:-1]
    missing = next(rule.number for rule in load_quality_rules().deliveries if rule.measure == "missing")
    for (county, feed), row in newest.items():
        contract = load_contracts().get(feed)
        if contract is not None and overdue(contract, row[2], row[-1]):
            yield (county, feed, next_period(contract, row[2]), None, 0, 0, 0, None, False, missing)
