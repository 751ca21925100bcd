"""Families to be visited first (重点走访): who, why, last visited when, and due when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.base.paging import Page, paginate
from doudi.apps.casework.queries.plans import last_home_visit, visit_under_way
from doudi.apps.inspection.models import KeyGroupHousehold
from doudi.apps.monitoring.queries.settings import local
from doudi.apps.policy.queries import pack_for
from doudi.apps.registry.queries.lists import person_names_for_system
from doudi.apps.registry.sight import sight_of
from doudi.engine.indicators import load_indicators
from doudi.engine.indicators.parameters import thresholds

INDICATOR = "NCE-17"
"""The indicator that asks the same of a county's data: its groups' words and its interval hold here, too."""


def groups() -> dict[str, str]:
    """{code: what people read}, in the catalogue's order."""
    return dict(load_indicators()[INDICATOR].measures["visit_groups"].codes)


GROUPS = groups()


@dataclass(frozen=True, slots=True)
class Interval:
    """After how many months without a home visit a key family is due; ``default``: nobody has set it here."""

    months: int
    default: bool


def interval(division: str) -> Interval:
    """The interval in force today in the officer's own division. No document gives one."""
    today = clock.today()
    own = _own_thresholds(division, today)
    return Interval(key_group_thresholds(division, today, own)["unvisited_months"], "unvisited_months" not in own)


def key_group_thresholds(division: str, on: dt.date, own: Mapping[str, Decimal] | None = None) -> dict[str, int]:
    """The indicator's whole numbers in force on a day: working age and interval; the locality's own before defaults."""
    own = _own_thresholds(division, on) if own is None else own
    found = thresholds(load_indicators()[INDICATOR], f"{on:%Y-%m}", pack_for(division), {INDICATOR: dict(own)})
    return {name: int(getattr(value, "value", value)) for name, value in found.items()}


def _own_thresholds(division: str, on: dt.date) -> dict[str, Decimal]:
    return local(division, on, code=INDICATOR).overrides.get(INDICATOR, {})


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day some months earlier, the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = dt.date(year, month + 1, 1)
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


@dataclass(frozen=True, slots=True)
class KeyGroupFilters:
    """``state``: overdue (never visited, or longer ago than the interval), soon (within a month), sent; '' all."""

    state: str = ""
    group: str = ""
    township: str = ""
    village: str = ""


def key_group_rows(actor: User) -> QuerySet[KeyGroupHousehold]:
    """The actor's key families with ``visited_on`` and ``sent``."""
    require(actor, "inspection.read")
    rows = restrict(KeyGroupHousehold.objects.all(), actor)
    return rows.annotate(visited_on=last_home_visit(), sent=visit_under_way())


def overdue(months: int, on: dt.date) -> Q:
    """Never visited at home, or before the same day ``months`` ago."""
    return Q(visited_on=None) | Q(visited_on__lt=months_before(on, months))


def key_group_list(
    *, actor: User, months: int, filters: KeyGroupFilters | None = None, cursor: str | None = None
) -> Page:
    """One page of key families by village and household."""
    wanted, today = filters or KeyGroupFilters(), clock.today()
    rows = key_group_rows(actor)
    columns = {"township_code": wanted.township, "village_code": wanted.village}
    rows = rows.filter(**{name: value for name, value in columns.items() if value})
    if wanted.group:
        rows = rows.filter(groups__contains=[wanted.group])
    late = overdue(months, today)
    if wanted.state == "overdue":
        rows = rows.filter(late, sent=False)
    elif wanted.state == "soon":
        rows = rows.filter(~late, visited_on__lt=months_before(today, months - 1), sent=False)
    elif wanted.state == "sent":
        rows = rows.filter(sent=True)
    return paginate(rows.select_related("household"), order=["village_code", "id"], cursor=cursor)


def key_group_counts(*, actor: User, months: int) -> dict[str, int]:
    """How many key families there are, are overdue, and have a visit under way."""
    rows, late = key_group_rows(actor).order_by(), overdue(months, clock.today())
    return {
        "all": rows.count(),
        "overdue": rows.filter(late, sent=False).count(),
        "sent": rows.filter(sent=True).count(),
    }


def group_rows(actor: User, household_ids: Sequence[object]) -> list[KeyGroupHousehold]:
    """The actor's key families among the ids (as a form sends them)."""
    ids = [int(str(one)) for one in household_ids if str(one).isdigit() and len(str(one)) < 19]
    return list(key_group_rows(actor).filter(household_id__in=ids))


def why_words(actor: User, rows: Iterable[KeyGroupHousehold]) -> dict[int, list[str]]:
    """{row: why, in words}: the group, for whose sake (name as the actor may see it), and the source of the data."""
    rows = list(rows)
    sight = sight_of(actor)
    ids = {person for row in rows for entry in row.why for person in entry["persons"]}
    names = {pk: sight.name(name) for pk, name in person_names_for_system(ids).items()}
    return {
        row.pk: [
            GROUPS[entry["group"]]
            + (f"（{'、'.join(names[one] for one in entry['persons'] if one in names)}）" if entry["persons"] else "")
            + ("" if entry["source"] == "register" else "，据部门数据")
            for entry in row.why
        ]
        for row in rows
    }
