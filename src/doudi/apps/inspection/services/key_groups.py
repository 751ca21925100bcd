"""Looking up who is to be visited first, and sending the visits (重点走访)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.history import named
from doudi.apps.base.idempotency import once
from doudi.apps.base.locks import advisory_lock
from doudi.apps.base.scoped import LEVELS
from doudi.apps.casework import services as casework
from doudi.apps.casework.choices import Purpose
from doudi.apps.inspection.models import KeyGroupHousehold
from doudi.apps.inspection.queries.key_groups import INDICATOR, key_group_rows, key_group_thresholds, months_before
from doudi.apps.monitoring.queries.of_county import alerts_since_for_system
from doudi.apps.policy.queries import parameters_at
from doudi.apps.registry.queries import households_for_system
from doudi.apps.registry.queries.lists import key_groups_for_system

_EMERGENCY = "NCE-15"
"""Its alerts name the families whom an emergency or accident hit; the register holds no such fact."""
_EMERGENCY_MONTHS = 12


def key_groups_refresh(*, county: str) -> int:
    """Look up anew who is to be visited first in a county, by the groups of its pack; how many households there are.

    From the register's facts, and from the alerts of departments' data that name a group. Twice at once it is done
    one after the other; a household that stays keeps the day on which it was first found.
    """
    today = clock.today()
    wanted = parameters_at(county, ["visit_groups"])["visit_groups"] or ()
    why: dict[int, dict[str, dict[str, object]]] = defaultdict(dict)
    for household, group, persons, source in _found(county, today):
        if group in wanted:
            entry = why[household].setdefault(group, {"group": group, "persons": [], "source": source})
            entry["persons"] = sorted({*entry["persons"], *persons})  # type: ignore[misc]
    households = households_for_system(why)
    with transaction.atomic(), advisory_lock(f"key_groups:{county}"):
        rows = [
            KeyGroupHousehold(
                household_id=pk,
                groups=sorted(why[pk]),
                why=[why[pk][group] for group in sorted(why[pk])],
                since=today,
                looked_at=clock.now(),
                **{f"{level}_code": getattr(household, f"{level}_code") for level in LEVELS},
            )
            for pk, household in sorted(households.items())
            if household.county_code == county and household.category not in ("DIBAO", "TEKUN")
        ]
        KeyGroupHousehold.objects.filter(county_code=county).exclude(
            household_id__in=[row.household_id for row in rows]
        ).delete()
        KeyGroupHousehold.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["household"],
            update_fields=["groups", "why", "looked_at", *(f"{level}_code" for level in LEVELS)],
        )
    return len(rows)


def _found(county: str, today: dt.date) -> Iterator[tuple[int, str, Sequence[int], str]]:
    """(household, group, persons, source): ``register``, or the indicator whose alert says so."""
    ages = key_group_thresholds(county, today)
    for row in key_groups_for_system(
        county, today, working_age_from=ages["working_age_from"], working_age_below=ages["working_age_below"]
    ):
        yield row.household_id, row.group, row.persons, "register"
    since = months_before(today, _EMERGENCY_MONTHS)
    for household, person, _ in alerts_since_for_system(county, _EMERGENCY, since):
        yield household, "hit_by_emergency", [person] if person else [], _EMERGENCY
    for household, person, measures in alerts_since_for_system(county, INDICATOR, months_before(today, 1)):
        for group in measures.get("visit_groups") or ():
            yield household, group, [person] if person else [], INDICATOR


def key_group_send(
    *,
    actor: User,
    household_ids: Sequence[int],
    visitor_id: int,
    instruction: str = "",
    due_on: dt.date | None = None,
    key: str | None = None,
) -> int:
    """Send a visitor to key families as visit tasks; how many. All or none; a family being visited keeps its task."""
    require(actor, "inspection.manage")
    wanted = sorted(set(household_ids))
    if not wanted:
        raise Invalid("请至少选择一户", where="households")
    if key_group_rows(actor).filter(household_id__in=wanted).count() != len(wanted):
        raise NotFound("所选家庭已不在重点走访名单中，请刷新页面后重新选择。")

    def do() -> int:
        with transaction.atomic(), named(actor, "key_group.send"):
            for household_id in wanted:
                casework.visit_send(
                    actor=actor,
                    household_id=household_id,
                    visitor_id=visitor_id,
                    purpose=Purpose.KEYGROUP,
                    instruction=instruction,
                    due_on=due_on,
                )
        return len(wanted)

    return int(once(key, actor=actor, action="key_group.send", do=do)[0])
