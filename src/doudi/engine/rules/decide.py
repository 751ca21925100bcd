"""Decide households by a pack: category, routes, amounts, entitlements, what is missing, warnings, explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.explain import explanation
from doudi.engine.rules.household import Row, read_household
from doudi.engine.rules.interpret import Causes, Evaluation, rows_of
from doudi.engine.rules.items import item_places
from doudi.engine.rules.membership import Memberships
from doudi.engine.rules.overpayment import overpayment
from doudi.engine.rules.pack import Finding, Outcome, Pack, Step
from doudi.engine.rules.parameters import Standards, Values
from doudi.engine.rules.phrases import show
from doudi.engine.rules.schema import BY_NAME


def determine(
    households: Sequence[Any],
    pack: Pack,
    as_of: dt.date,
    standards: Standards | None = None,
    overrides: Mapping[str, Any] | None = None,
    explain: bool = False,
    where: str = "household",
    amendments: Standards | None = None,
) -> dict[str, Any]:
    """The result document of interfaces §3 for household documents of interfaces §2.

    ``standards``: a locality's numbers for parameters that are local or unset in the pack. ``overrides``: parameter
    name → value, above everything. ``amendments``: published changes, in the shape of standards, that count also where
    the document decides. The same input gives the same result, byte for byte.
    Raises InputError naming household, field or parameter.
    """
    values = Values(pack, as_of, standards, overrides, amendments)
    result: dict[str, Any] = {"pack": pack.name, "pack_version": pack.version, "as_of": as_of.isoformat()}
    numbered = len(households) > 1
    memberships = Memberships()
    decided = []
    for index, document in enumerate(households, 1):
        household = read_household(document, f"{where} {index}" if numbered else where, as_of)
        decided.append(decide(pack, household, values, explain))
        memberships.add(document)
    warnings = [_not_used(pack, name, as_of) for name in sorted(values.ignored)] + memberships.warnings
    if warnings:
        result["warnings"] = warnings
    return {**result, "households": decided}


def decide(pack: Pack, household: Row, values: Values, explain: bool = False) -> dict[str, Any]:
    """One household's result. ``household`` is fresh from ``read_household``; its rows receive every rule's value."""
    Evaluation(pack, household, values)
    persons = rows_of(household, "person")
    lines = [line for outcome in pack.lines for line in _amounts(outcome, household)]
    total = household.values["monthly"]
    causes = Causes(pack)
    result: dict[str, Any] = {
        "household_id": household.key,
        "category": household.values["category"],
        "members": [_member(pack, person) for person in persons],
        "monthly": None if total is None else text_money(total),
        "lines": lines,
        "entitlements": _entitlements(pack, household, causes),
        "missing": _missing(pack, household, causes),
        "warnings": [warning for outcome in pack.warnings for warning in _warnings(outcome, household)],
        "findings": [line for finding in pack.findings for line in _found(finding, pack, household)],
    }
    if pack.taper and household.values[pack.taper["when"]]:
        result["taper"] = _taper(pack, household)
    overpaid = overpayment(pack, household, values)
    if overpaid:
        result["overpayment"] = overpaid
    if explain:
        result |= explanation(pack, household)
    return result


def _not_used(pack: Pack, name: str, as_of: dt.date) -> dict[str, str]:
    parameter = pack.parameters[name]
    dated = parameter.at(as_of)
    cite = dated.cite if dated else parameter.cite
    return {
        "code": "STANDARD_NOT_USED",
        "parameter": name,
        "cite": cite,
        "message": f"{parameter.label}由文件规定，标准文件中的数值未采用；如需试算请用 --set {name}=数值。",
    }


def _member(pack: Pack, person: Row) -> dict[str, Any]:
    category, route = person.values["person_category"], person.values["route"]
    categories = [] if category in (None, "none") else [category]
    for flag in pack.flags:
        if _holds(person, flag) and flag.category not in categories:
            categories.append(flag.category)
    return {"person_id": person.key, "categories": categories, "route": None if route in (None, "none") else route}


def _holds(row: Row, step: Step) -> bool:
    return row.values.get(step.rule) is True


def _rows(outcome: Outcome, household: Row) -> list[Row]:
    return [row for row in rows_of(household, outcome.entity) if row.values[outcome.when] is True]


def _read(row: Row, rule: str) -> Any:
    """A rule's value for the row, or for the person or household it belongs to."""
    at: Row | None = row
    while at is not None and rule not in at.values:
        at = at.above
    assert at is not None, rule
    return at.values[rule]


def _amounts(outcome: Outcome, household: Row) -> list[dict[str, Any]]:
    return [
        _entry(outcome, row, {"amount": text_money(amount)})
        for row in _rows(outcome, household)
        if (amount := _read(row, outcome.amount)) is not None
    ]


def _entitlements(pack: Pack, household: Row, causes: Causes) -> list[dict[str, Any]]:
    """All rights in the catalogue's order."""
    found = [line for outcome in pack.entitlements for line in _entitled(outcome, household, causes)]
    places = item_places()
    return sorted(found, key=lambda line: places[line["item"]])


def _entitled(outcome: Outcome, household: Row, causes: Causes) -> list[dict[str, Any]]:
    """What each row has a right to. A right that only a local number leaves open is told as not settled."""
    entries = []
    kind, rule = outcome.value
    for row in rows_of(household, outcome.entity):
        holds = row.values[outcome.when]
        if holds is False:
            continue
        waits = outcome.when if holds is None else rule
        amount = _read(row, rule) if rule and holds else None
        missing = causes.of(waits, row) if holds is None or (rule and amount is None) else {}
        if holds is None and (not missing or missing.keys() - causes.pack.parameters.keys()):
            continue
        entry = _entry(outcome, row, {} if amount is None else {kind: text_money(amount)})
        if missing:
            entry["missing"] = sorted(_public(name) for name in missing)
        if holds is None:
            entry["settled"] = False
        entries.append(entry)
    return entries


def _entry(outcome: Outcome, row: Row, amount: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "item": outcome.item,
        "person_id": None if row.entity == "household" else row.key,
        **amount,
    }
    if outcome.period:
        entry["period"] = outcome.period
    if outcome.reason:
        entry["reason"] = outcome.reason
    if outcome.optional:
        entry["optional"] = True
    authority = _read(row, outcome.decided_by) if outcome.decided_by else None
    if authority is not None:
        entry["decided_by"] = authority
    return {**entry, "cite": outcome.cite}


def _found(finding: Finding, pack: Pack, household: Row) -> list[dict[str, Any]]:
    unit = pack.rules[finding.value].unit
    entries = []
    for row in rows_of(household, finding.entity):
        value = _read(row, finding.value)
        if value is not None:
            entries.append(
                {
                    "finding": finding.name,
                    "person_id": None if row.entity == "household" else row.key,
                    "label": finding.label,
                    "value": value if isinstance(value, (bool, str)) else show(value, unit),
                    "cite": finding.cite,
                }
            )
    return entries


def _taper(pack: Pack, household: Row) -> dict[str, Any]:
    taper = {key: household.values[pack.taper[key]].strftime("%Y-%m") for key in ("from", "to")}
    monthly = household.values[pack.taper["monthly"]]
    return {**taper, "monthly": None if monthly is None else text_money(monthly)}


def _warnings(outcome: Outcome, household: Row) -> list[dict[str, Any]]:
    found = []
    for row in _rows(outcome, household):
        warning: dict[str, Any] = {"code": outcome.name, "message": outcome.message, "cite": outcome.cite}
        if row.entity != "household":
            warning["person_id"] = row.key
        if outcome.blocks:
            warning["blocks"] = True
        found.append(warning)
    return found


def _missing(pack: Pack, household: Row, causes: Causes) -> list[dict[str, Any]]:
    """Each missing parameter or field once, with the first decision that waits for it."""
    found: dict[str, dict[str, Any]] = {}

    def note(rule: str, row: Row, decides: str) -> None:
        for name, at in causes.of(rule, row).items():
            entry = {"parameter": _public(name), "decides": decides, "cite": _cite(pack, name, rule)}
            if at.entity != "household" and name in BY_NAME:
                entry["person_id"] = at.key if at.entity == "person" or at.above is None else at.above.key
            found.setdefault(entry["parameter"], entry)

    for step in pack.household_steps:
        if household.values[step.rule]:
            break
        note(step.rule, household, step.category)
    for person in rows_of(household, "person"):
        for step in pack.person_steps:
            if person.values[step.rule] is not False:  # what comes after the first unknown step may never be asked
                note(step.rule, person, step.category)
                break
    for outcome in pack.lines:
        for row in rows_of(household, outcome.entity):
            holds = row.values[outcome.when]
            if holds:
                note(outcome.amount, row, outcome.item)
            elif holds is None and row.values.get("route", "") is not None:  # an open route is noted above
                note(outcome.when, row, outcome.item)
    return list(found.values())


def _public(name: str) -> str:
    """A parameter's name, or a field's name as the household document writes it."""
    if name not in BY_NAME:
        return name
    column = BY_NAME[name]
    below = {"supporter": "supporters.", "settlement": "settlements."}  # a person's age, or a supporter's
    return below.get(column.entity, "") + column.field


def _cite(pack: Pack, name: str, rule: str) -> str:
    return pack.parameters[name].cite if name in pack.parameters else pack.rules[rule].cite
