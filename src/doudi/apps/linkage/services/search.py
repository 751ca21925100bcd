"""The search for persons who may be one: a run, its pairs, and what of them is new in the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.base.locks import advisory_lock
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import division_get
from doudi.apps.exchange.queries import batch_get
from doudi.apps.exchange.queries.unmatched import (
    batch_for_system,
    batches_without_number,
    rows_without_number_for_system,
)
from doudi.apps.linkage.models import LinkageRun, Suggestion
from doudi.apps.registry.queries import in_reach
from doudi.apps.registry.queries.identities import Identity, identities_for_system
from doudi.engine.backends.duckdb import connect
from doudi.engine.identity.linkage import chinese_model, link, same_number_pairs

LEAST_PROBABILITY = 0.5
_TYPES = {
    "record_id": "BIGINT",
    "name": "VARCHAR",
    "sex": "VARCHAR",
    "birth_date": "DATE",
    "division": "VARCHAR",
    "address": "VARCHAR",
    "phone": "VARCHAR",
    "id_number": "VARCHAR",
}
LEVELS = ("province_code", "city_code", "county_code", "township_code", "village_code")


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: int
    kind: str
    probability: float
    weight: float
    evidence: list[dict[str, Any]]
    doubts: list[str]


def run_start(*, actor: User, division: str) -> LinkageRun:
    """Ask for a search over the persons of a county or city in the actor's reach; a job carries it out."""
    require(actor, "linkage.run")
    place = division_get(division)
    if place is None or place.level not in (Level.COUNTY, Level.CITY):
        raise Invalid("查重按县（市、区）或市进行", where="division", hint="请选择县（市、区）或市")
    if not in_reach(actor, division):
        raise Refused("该地区不在您的管辖范围内，不能发起查重。")
    return _start(actor, division, None)


def batch_run_start(*, actor: User, batch_id: int) -> LinkageRun:
    """Ask whom the rows of a batch mean that came without a usable number; a job carries it out."""
    require(actor, "linkage.run")
    batch = batch_get(actor=actor, batch_id=batch_id)
    return _start(actor, batch.county_id, batch.pk)


@transaction.atomic
def _start(actor: User | None, division: str, batch_id: int | None) -> LinkageRun:
    run = LinkageRun.objects.create(division_id=division, batch_id=batch_id, started_by=actor, started_at=clock.now())
    detail = {"batch": batch_id} if batch_id else {}
    record(Action.RUN, actor=actor, object_type="linkage_run", object_id=run.pk, county_code=division, detail=detail)
    from doudi.apps.linkage.jobs import execute

    transaction.on_commit(lambda: execute.defer(run_id=run.pk))
    return run


def batches_start() -> int:
    """Search once for each of the latest batches that has rows without a usable number; how many were started."""
    waiting = batches_without_number(None, most=200)
    known = set(LinkageRun.objects.filter(batch__in=waiting).values_list("batch_id", flat=True))
    for batch in waiting:
        if batch.pk not in known:
            _start(None, batch.county_id, batch.pk)
    return len({batch.pk for batch in waiting} - known)


def run_execute(*, run_id: int) -> LinkageRun:
    """Carry out a run. Again with the same register it finds the same pairs and adds none."""
    run = LinkageRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound()
    if run.finished_at is not None:
        return run
    with advisory_lock(f"linkage:{run.division_id}"):
        people = {one.person_id: one for one in identities_for_system(run.division_id)}
        with connect() as connection:
            _table(connection, "people", (_record(one) for one in people.values()))
            if run.batch_id:
                added, pairs = _of_rows(connection, run, people)
            else:
                added, pairs = _of_persons(connection, run, people)
        run.records, run.suggested, run.added = len(people), len(pairs), added
        run.model, run.finished_at = chinese_model().provenance[:200], clock.now()
        run.save(update_fields=["records", "suggested", "added", "model", "finished_at"])
    return run


def _of_persons(
    connection: duckdb.DuckDBPyConnection, run: LinkageRun, people: dict[int, Identity]
) -> tuple[int, list[Pair]]:
    pairs = {(pair.left, pair.right): pair for pair in _probable(connection, "people", None)}
    by_number = same_number_pairs("people", row="record_id", number="id_number", name="name")
    for left, right, kind in connection.execute(by_number).fetchall():
        probable = pairs.get((left, right))
        known = (probable.probability, probable.weight, probable.evidence, probable.doubts) if probable else None
        pairs[left, right] = Pair(left, right, kind, *(known or (1.0, 0.0, [], ["DIFFERENT_NUMBERS"])))
    suggestions = [
        Suggestion(
            person_id=pair.left,
            other_id=pair.right,
            **_shared(people[pair.left].levels, people[pair.right].levels),
            **_found(run, pair),
        )
        for pair in pairs.values()
    ]
    return _add(suggestions), list(pairs.values())


def _of_rows(
    connection: duckdb.DuckDBPyConnection, run: LinkageRun, people: dict[int, Identity]
) -> tuple[int, list[Pair]]:
    assert run.batch_id is not None
    rows = rows_without_number_for_system(batch_for_system(run.batch_id))
    _table(connection, "delivered", (_delivered(row_id, values) for row_id, values in rows))
    pairs = list(_probable(connection, "people", "delivered"))
    suggestions = [
        Suggestion(person_id=pair.left, row_id=pair.right, **people[pair.left].levels, **_found(run, pair))
        for pair in pairs
    ]
    return _add(suggestions), pairs


def _probable(connection: duckdb.DuckDBPyConnection, left: str, right: str | None) -> Iterable[Pair]:
    sizes = [connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in (left, right) if table]
    if min(sizes) < (1 if right else 2):
        return
    link(connection, left, right, least_probability=LEAST_PROBABILITY)
    for left_id, right_id, weight, probability, evidence, doubts in connection.execute(
        "SELECT left_id, right_id, weight, probability, evidence, doubts FROM linked_pairs"
    ).fetchall():
        rounded = [{**entry, "weight": round(entry["weight"], 2)} for entry in evidence]
        yield Pair(left_id, right_id, "PROBABLE", probability, weight, rounded, doubts)


def _table(connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """A table of records in memory, column by column: nothing of it reaches a disk in clear."""
    columns = list(zip(*rows, strict=True)) or [()] * len(_TYPES)
    values = {column: list(values) for column, values in zip(_TYPES, columns, strict=True)}
    spread = ", ".join(f"unnest(${column}::{kind}[]) AS {column}" for column, kind in _TYPES.items())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {spread}", values)


def _record(one: Identity) -> tuple[Any, ...]:
    return (
        one.person_id, one.name, one.sex, one.birth_date, one.division, one.address or None, one.phone or None,
        one.id_number or None,
    )  # fmt: skip


def _delivered(row_id: int, values: dict[str, str]) -> tuple[Any, ...]:
    """A delivered row as a record: what it does not say itself its bad number may still say."""
    number = "".join(values.get("id_number", "").split()).upper()
    born, sex = None, None
    if len(number) in (17, 18) and number[:17].isdigit():
        sex = "male" if int(number[16]) % 2 else "female"
        try:
            born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            born = None
    phone, address = values.get("phone") or None, values.get("address") or None
    return row_id, values.get("name", ""), sex, born, None, address, phone, number or None


def _shared(left: dict[str, str], right: dict[str, str]) -> dict[str, str]:
    """The level columns that both have: from the first difference down they are empty."""
    shared, same = {}, True
    for level in LEVELS:
        same = same and left[level] == right[level]
        shared[level] = left[level] if same else ""
    return shared


def _found(run: LinkageRun, pair: Pair) -> dict[str, Any]:
    return {
        "run": run,
        "found_at": clock.now(),
        "kind": pair.kind,
        "probability": pair.probability,
        "weight": pair.weight,
        "evidence": pair.evidence,
        "doubts": pair.doubts,
    }


def _add(suggestions: list[Suggestion]) -> int:
    """Put into the queue what is not there yet, decided or not; how many were new."""
    before = Suggestion.objects.count()
    with transaction.atomic():
        Suggestion.objects.bulk_create(suggestions, ignore_conflicts=True, batch_size=1000)
        return Suggestion.objects.count() - before
