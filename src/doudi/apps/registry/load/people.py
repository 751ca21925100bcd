"""Persons, households, memberships and category histories of a county, by COPY."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from doudi.apps.base.bulk import copy_rows, reserve_ids
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Invalid
from doudi.apps.base.scoped import level_codes
from doudi.apps.registry.models import CategoryStatus, Household, Membership, Person
from doudi.engine.identity import REASONS, Tokeniser, check_id_number
from doudi.engine.synth import model

if TYPE_CHECKING:
    from doudi.apps.registry.load.county import Loaded

_LEVELS = ("province_code", "city_code", "county_code", "township_code", "village_code")
_PERSON = (
    "id", "uid", "name", "sex", "birth_date", "ethnicity", "marital_status", "id_number_sealed", "id_token",
    "id_last6_token", "person_key", "phone_sealed", "account_sealed", "account_bank", "labour_ability",
    "self_care_failed_items", "has_legal_supporter", "supporter_able", "died_on", "created_at",
)  # fmt: skip
_HOUSEHOLD = (
    "id", *_LEVELS, "household_no", "household_key", "head_id", "head_name", "area", "address", "register", "category",
    "category_from", "member_count", "monthly_benefit", "property_conforms", "has_staff_relative", "channel",
    "created_at",
)  # fmt: skip
_STATUS = (
    "person_id", "household_id", "category", "subtype", "route", "from_date", "to_date", "exit_reason", "source_ref",
)  # fmt: skip


def load(county: model.County, loaded: Loaded) -> dict[str, int]:
    """Fill ``loaded`` with the ids given; one statement a table."""
    persons = county.persons()
    return {
        "persons": _persons(persons, loaded),
        "households": _households(county, loaded),
        "memberships": copy_rows(
            Membership, ("household_id", "person_id", "relation", "from_date"), _memberships(county, loaded)
        ),
        "category_statuses": copy_rows(CategoryStatus, _STATUS, _statuses(county, loaded)),
    }


def known_since(household: model.Household, county: model.County) -> dt.date:
    """When the household entered the register or the watch list."""
    return household.history[0].on if household.history else household.category_from or county.as_of


def _persons(persons: list[model.Person], loaded: Loaded) -> int:
    ring = keys()
    lake = Tokeniser(ring.lake)
    token_of, seal, moment = ring.token_of, ring.seal, loaded.moment
    tokens: dict[int, tuple[str, str]] = {}
    for person in persons:
        checked = check_id_number(person.id_number)
        if checked.number is None:
            reason = REASONS[checked.reason or ""]
            raise Invalid(reason, where=f"person {person.person_no}", hint="请更正来源数据后整批重新导入")
        tokens[person.person_no] = (checked.number, token_of("id_number", checked.number))
    stored = dict(
        Person.objects.filter(id_token__in=[token for _, token in tokens.values()]).values_list("id_token", "pk")
    )
    fresh = [person for person in persons if tokens[person.person_no][1] not in stored]
    loaded.person_ids.update(zip((p.person_no for p in fresh), reserve_ids(Person, len(fresh)), strict=True))

    def rows() -> Iterator[tuple[Any, ...]]:
        for person in fresh:
            number, token = tokens[person.person_no]
            uid = uuid.uuid4()
            yield (
                loaded.person_ids[person.person_no], uid, person.name, person.sex, person.birth_date, person.ethnicity,
                person.marital_status[:2], seal(number, bound_to=f"person.id_number_sealed:{uid}"), token,
                token_of("id_last6", number[-6:]), lake.person_key(number),
                seal(person.phone, bound_to=f"person.phone_sealed:{uid}") if person.phone else None,
                seal(person.bank_account, bound_to=f"person.account_sealed:{uid}") if person.bank_account else None,
                person.bank_name, person.labour_ability, person.self_care_failed_items, person.has_legal_supporter,
                person.supporter_able, person.died_on, moment,
            )  # fmt: skip

    count = copy_rows(Person, _PERSON, rows())
    loaded.person_ids.update((no, stored[token]) for no, (_, token) in tokens.items() if token in stored)
    return count


def _households(county: model.County, loaded: Loaded) -> int:
    loaded.household_ids = reserve_ids(Household, len(county.households))
    lake = Tokeniser(keys().lake)
    levels = {village.code: tuple(level_codes(village.code).values()) for village in county.villages}

    def rows() -> Iterator[tuple[Any, ...]]:
        for household_id, household in zip(loaded.household_ids, county.households, strict=True):
            yield (
                household_id, *levels[household.village.code], household.household_no,
                lake.household_key(household.household_no), loaded.person_ids[household.head.person_no],
                household.head.name, household.area, household.address, household.register, household.category or "",
                household.category_from, len(household.members), Decimal(household.monthly_benefit).scaleb(-2),
                household.assets.conforms, False, "", loaded.moment,
            )  # fmt: skip

    return copy_rows(Household, _HOUSEHOLD, rows())


def _memberships(county: model.County, loaded: Loaded) -> Iterator[tuple[Any, ...]]:
    for household_id, household in zip(loaded.household_ids, county.households, strict=True):
        since = known_since(household, county)
        for member in household.members:
            born = member.person.birth_date
            yield household_id, loaded.person_ids[member.person.person_no], member.relation, max(since, born)


def _statuses(county: model.County, loaded: Loaded) -> Iterator[tuple[Any, ...]]:
    for household_id, household in zip(loaded.household_ids, county.households, strict=True):
        for before, after in zip(household.history, household.history[1:], strict=False):
            if before.after is None:
                continue
            last = after.on - dt.timedelta(days=1)
            route = {"DIBAO": "whole_household", "TEKUN": "tekun"}.get(before.after, "")
            for member in household.members:
                if member.person.birth_date <= last:
                    person = loaded.person_ids[member.person.person_no]
                    start = max(before.on, member.person.birth_date)
                    yield person, household_id, before.after, "", route, start, last, after.reason[:40], "history"
        for member in household.members:
            person = loaded.person_ids[member.person.person_no]
            if member.category and member.category_from:
                route = member.route or ""
                yield person, household_id, member.category, "", route, member.category_from, None, "", "history"
            if member.fanpin:
                relapse = member.person.relapse
                start = relapse.identified_on if relapse else known_since(household, county)
                yield person, household_id, "FANPIN", member.fanpin, "", start, None, "", "history"
