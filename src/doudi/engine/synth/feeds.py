"""The departments' lists, row by row in their own words: what each file of a period says before anybody mistypes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib import resources
from random import Random
from typing import Any

import yaml

from doudi.engine.lake.contracts import load_contracts
from doudi.engine.synth.health import CLINIC, card_number
from doudi.engine.synth.model import County, Person
from doudi.engine.synth.months import last_day, period_of, shift

LONG_FEEDS = {"medical_settlement": 12, "rehabilitation": 12, "wage_income": 15}
"""Feeds that indicators look back on over that many monthly files."""
Value = str | int | date | None


@dataclass(slots=True)
class Row:
    """One line by contract field; money in 分 under ``int``. ``safe``: no indicator changes if this row is lost."""

    values: dict[str, Value]
    person: Person
    safe: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """How a department delivers: ``kind`` csv or xlsx, the encoding, how it writes a date ('' for real date cells)."""

    kind: str
    encoding: str
    write_date: Callable[[date], str | date]


LAYOUTS: dict[str, Layout] = {
    "funeral": Layout("xlsx", "", lambda day: day),
    "disability": Layout("csv", "gb18030", lambda day: f"{day:%Y-%m-%d}"),
    "medical_settlement": Layout("csv", "gb18030", lambda day: f"{day:%Y%m%d}"),
    "poor_student": Layout("xlsx", "", lambda day: f"{day:%Y-%m-%d}"),
    "unemployment": Layout("csv", "utf-8-sig", lambda day: f"{day.year}/{day.month}/{day.day}"),
    "fanpin": Layout("xlsx", "", lambda day: f"{day.year}年{day.month}月{day.day}日"),
}


_GB_LIST = Layout("csv", "gb18030", lambda day: f"{day:%Y-%m-%d}")
LISTED = tuple(sorted(name for name, made in load_contracts().items() if name not in LAYOUTS and not made.disabled))
"""Feeds whose rows are persons' ``listings``; all come as plain CSV, in the months in which anybody is listed."""
LAYOUTS |= dict.fromkeys(LISTED, _GB_LIST)


@cache
def contract(feed: str) -> dict[str, Any]:
    """The feed's contract as it stands in the catalogue."""
    text = resources.files("doudi.catalogue").joinpath("feeds", f"{feed}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def label(feed: str, field: str, code: object) -> str:
    """The department's word for a code: the first one of the contract."""
    codes = next(item["codes"] for item in contract(feed)["fields"] if item["name"] == field)
    return str(next(word for word, value in codes.items() if value == code))


def periods_of(county: County, feed: str) -> list[str]:
    """The months a feed is delivered for, oldest first."""
    if feed not in LONG_FEEDS:
        return county.periods
    return [shift(county.period, -back) for back in range(max(LONG_FEEDS[feed], len(county.periods)) - 1, -1, -1)]


def rows(county: County, feed: str) -> dict[str, list[Row]]:
    """All rows of a feed by period, in an order of the department's own."""
    periods = periods_of(county, feed)
    found: dict[str, list[Row]] = {period: [] for period in periods}
    lister = _LISTS.get(feed, partial(_listed, feed))
    for persons, registered in ((county.persons(), True), (county.strangers, False)):
        for person in persons:
            for period, row in lister(county, person, periods, registered):
                found[period].append(row)
    for period, made in found.items():
        Random(f"doudi/{county.seed}/{feed}/{period}/order").shuffle(made)  # noqa: S311 - a sample
    return found


Listed = Iterator[tuple[str, Row]]


def _listed(feed: str, county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    """The person's listings, in the department's words."""
    fields = {entry["name"]: entry for entry in contract(feed)["fields"]}
    own = {"id_number": person.id_number, "name": person.name}
    for listing in person.listings:
        if listing.feed != feed:
            continue
        for period in periods:
            if listing.first <= period <= listing.last:
                given = {**{name: value for name, value in own.items() if name in fields}, **listing.values}
                values = {name: _written(feed, fields[name], value) for name, value in given.items()}
                yield period, Row(values, person, safe=False)


def _written(feed: str, field: dict[str, Any], value: Any) -> Value:
    if value is None or field["type"] in ("date", "money"):
        return value  # type: ignore[no-any-return]
    if field["type"] == "flag":
        return "是" if value else "否"
    return label(feed, field["name"], value) if "codes" in field else str(value)


def _funeral(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    death = person.death
    if death is not None and (period := period_of(death.died_on)) in periods:
        values: dict[str, Value] = {
            "id_number": person.id_number,
            "name": person.name,
            "died_on": death.died_on,
            "cremated_on": death.cremated_on,
            "funeral_home": death.funeral_home,
        }
        yield period, Row(values, person, not registered and person.person_no not in county.special)


def _disability(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    for period in periods if person.cards else ():
        end = last_day(period)
        held = [card for card in person.cards if card.issued_on <= end]
        if not held:
            continue
        card = max(held, key=lambda held_card: held_card.issued_on)
        cancelled = card.cancelled_on is not None and card.cancelled_on <= end
        expired = card.valid_until is not None and card.valid_until < end
        status = "cancelled" if cancelled else "expired" if expired else "valid"
        values: dict[str, Value] = {
            "card_no": card_number(person, card),
            "id_number": person.id_number,
            "name": person.name,
            "disability_type": label("disability", "disability_type", card.kind),
            "disability_grade": label("disability", "disability_grade", card.grade),
            "issued_on": card.issued_on,
            "valid_until": card.valid_until,
            "status": label("disability", "status", status),
        }
        # A row missing in an earlier month would make this month's card look new.
        harmless = period == county.period or (card.grade > 2 and not registered)
        yield period, Row(values, person, harmless and person.person_no not in county.special)


def _medical_settlement(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    for bill in person.settlements:
        period = period_of(bill.settled_on)
        if period not in periods or (person.death is not None and bill.settled_on > person.death.died_on):
            continue
        values: dict[str, Value] = {
            "settlement_no": bill.settlement_no,
            "id_number": person.id_number,
            "name": person.name,
            "kind": bill.kind,
            "admitted_on": bill.admitted_on,
            "settled_on": bill.settled_on,
            "institution": bill.institution,
            "designated": "是" if bill.designated else "否",
            "disease_name": bill.disease_name,
            "listed_disease": "是" if bill.listed_disease else "否",
            "total_cost": bill.total_cost,
            "in_policy": bill.in_policy,
            "basic_paid": bill.basic_paid,
            "serious_paid": bill.serious_paid,
            "aid_paid": bill.aid_paid,
        }
        harmless = bill.kind == CLINIC or not registered
        yield period, Row(values, person, harmless and person.person_no not in county.special)


def _poor_student(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    study = person.study
    for period in periods if study is not None else ():
        assert study is not None
        values: dict[str, Value] = {
            "id_number": person.id_number,
            "name": person.name,
            "school": study.school,
            "stage": study.stage,
            "poverty_grade": study.poverty_grade,
            "term": term_of(period),
            "aid_item": study.aid_item,
            "aid_amount": study.aid_amount,
        }
        yield period, Row(values, person, person.person_no not in county.special)


def term_of(period: str) -> str:
    """The school term of a month: the first from September to February, the second from March to August."""
    year, month = int(period[:4]), int(period[5:])
    if 3 <= month <= 8:
        return f"{year - 1}-{year}学年第二学期"
    start = year if month >= 9 else year - 1
    return f"{start}-{start + 1}学年第一学期"


def _unemployment(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    for period in periods if person.jobs else ():
        known = [job for job in person.jobs if job.since <= last_day(period)]
        if not known:
            continue
        job = max(known, key=lambda job: job.since)
        working = job.status == "employed"
        values: dict[str, Value] = {
            "id_number": person.id_number,
            "name": person.name,
            "status": label("unemployment", "status", job.status),
            "registered_on": None if working else job.since,
            "benefit_until": job.benefit_until,
            "employed_on": job.since if working else None,
            "employer": job.employer,
            "workplace_division": job.workplace_division,
            "monthly_wage": job.monthly_wage,
        }
        yield period, Row(values, person, person.person_no not in county.special)


def _fanpin(county: County, person: Person, periods: list[str], registered: bool) -> Listed:
    record = person.relapse
    for period in periods if record is not None else ():
        assert record is not None
        if record.identified_on > last_day(period):
            continue
        removed = record.removed_on is not None and record.removed_on <= last_day(period)
        relations = {
            "head": "户主",
            "spouse": "配偶",
            "child": "子女",
            "parent": "父母",
            "grandchild": "孙子女",
            "sibling": "兄弟姐妹",
        }
        values: dict[str, Value] = {
            "household_no": record.household_no,
            "id_number": person.id_number,
            "name": person.name,
            "relation": relations.get(record.relation, "其他"),
            "subtype": label("fanpin", "subtype", record.subtype),
            "risk_status": "是" if removed else "否",
            "identified_on": record.identified_on,
            "removed_on": record.removed_on if removed else None,
            "income_per_capita": record.income_per_capita,
            "measures": record.measures,
        }
        yield period, Row(values, person, person.person_no not in county.special)


_LISTS: dict[str, Callable[[County, Person, list[str], bool], Listed]] = {
    "funeral": _funeral,
    "disability": _disability,
    "medical_settlement": _medical_settlement,
    "poor_student": _poor_student,
    "unemployment": _unemployment,
    "fanpin": _fanpin,
}


def sent_at(period: str) -> str:
    """When the department sent the month's file: the third of the next month."""
    return f"{last_day(period) + timedelta(days=3):%Y-%m-%d}T09:00:00+08:00"
