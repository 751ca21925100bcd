"""The year's screening in a registry snapshot (docs/registry-snapshot.md): SUP-07 asks whether it was completed."""

from __future__ import annotations

from doudi.apps.registry import snapshot

_CAMPAIGNS = """
SELECT left(c.county_code, 6), c.year, count(e.id), count(e.id) FILTER (WHERE e.done_on <= %(as_of)s)
FROM screening_campaign c
LEFT JOIN screening_entry e ON e.campaign_id = c.id AND e.listed_on <= %(as_of)s
WHERE c.county_code = %(county)s AND c.starts_on <= %(as_of)s
GROUP BY c.id
"""


def register() -> None:
    snapshot.register(snapshot.records_part("campaigns", _CAMPAIGNS))
