"""What-if cases and trials of changes on the real register. They read it and write only their own result."""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.base.bulk import copy_rows
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.history import named
from doudi.apps.base.locks import advisory_lock
from doudi.apps.divisions.queries import division_path
from doudi.apps.policy import queries
from doudi.apps.policy.models import Simulation, SimulationMove
from doudi.apps.policy.services.changes import tried
from doudi.apps.policy.values import read_value
from doudi.apps.registry import queries as registry
from doudi.engine import simulate as engine
from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.errors import InputError
from doudi.engine.rules import Pack, load_pack, parameter_value
from doudi.engine.rules.bulk import create_tables
from doudi.engine.rules.parameters import AREAS
from doudi.engine.simulate.workbook import write_workbook

_SAY = 500  # households between two reports of progress
_WAITING = ("QUEUED", "RUNNING")
_TRIAL = "调整后"
MOST_SCENARIOS = 20
_MOVE_COLUMNS = (
    "simulation_id",
    "household_id",
    "category_before",
    "category_after",
    "monthly_before",
    "monthly_after",
)


@dataclass(frozen=True)
class Assumption:
    """One number of a case, as typed: ``area`` urban, rural or '' for both."""

    parameter: str
    area: str
    value: str


@transaction.atomic
def simulation_request(
    *, actor: User, division: str, title: str, cases: Mapping[str, list[Assumption]], as_of: dt.date
) -> Simulation:
    """Queue what-if cases (name → numbers) on the register of a county or of the counties of a city.

    Raises :class:`Invalid` naming the case and what to correct.
    """
    if not queries.acts_for(actor, "policy.simulate", division):
        raise Refused()
    pack = load_pack(queries.pack_for(division))
    if not cases:
        raise Invalid("没有填写方案", where="cases", hint="请至少填写一个参数的数值")
    if len(cases) > MOST_SCENARIOS:
        raise Invalid(f"方案超过 {MOST_SCENARIOS} 个", where="cases", hint="请分次模拟")
    scenarios = [
        {"name": name, "values": [_read(pack, name, assumption) for assumption in assumptions]}
        for name, assumptions in cases.items()
    ]
    return _queue(actor, division=division, pack=pack.name, as_of=as_of, title=title[:80], scenarios=scenarios)


@transaction.atomic
def trial_request(*, actor: User, change_id: int, version: int) -> Simulation:
    """Queue the trial of an open change on the register of its division; one that waits already is returned."""
    change = queries.change_get(actor, change_id)
    if not any(queries.acts_for(actor, one, change.division) for one in ("policy.draft", "policy.publish")):
        raise Refused()
    if change.version != version or change.state not in ("DRAFT", "TRIED"):
        raise Conflict("该调整的状态已发生变化，请刷新页面核对后再试算。")
    waiting = change.trials.filter(state__in=_WAITING, change_version=version).first()
    if waiting is not None:
        return waiting
    _, parameter = queries.described(change)
    return _queue(
        actor,
        division=change.division,
        pack=change.pack,
        as_of=max(clock.today(), change.valid_from),
        title=f"试算：{parameter.label}"[:80],
        scenarios=[{"name": _TRIAL, "values": []}],
        change=change,
        change_version=version,
    )


def simulation_execute(*, simulation_id: int) -> Simulation:
    """Carry out a queued simulation; one that is done or failed is returned as it is.

    One that a dead process left RUNNING starts over: its result is one transaction.
    """
    with advisory_lock(f"simulation:{simulation_id}"):
        simulation = Simulation.objects.select_related("change", "requested_by").get(pk=simulation_id)
        if simulation.state not in _WAITING:
            return simulation
        simulation.state = "RUNNING"
        simulation.save(update_fields=["state"])
        try:
            return _execute(simulation)
        except InputError as error:
            _fail(simulation, error.line())
            raise
        except Exception:
            _fail(simulation, "系统内部错误，请联系管理员查看日志")
            raise


def _execute(simulation: Simulation) -> Simulation:
    pack = load_pack(simulation.pack)
    counties = _counties(simulation)
    scratch = Path(settings.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with connect() as duck, tempfile.TemporaryDirectory(dir=scratch, prefix=f"simulation-{simulation.pk}-") as folder:
        workplaces, digest = _fill(duck, simulation, counties, Path(folder))
        local = queries.in_force(
            counties[0] if counties else simulation.division,
            simulation.as_of,
            also=[*counties[1:], *sorted(workplaces)],
            pack=pack.name,
        )
        if simulation.change is not None:
            cases = {_TRIAL: _difference(pack, simulation, counties)}
        else:
            cases = {case["name"]: _assumed(pack, case["values"], counties) for case in simulation.scenarios}
        result = engine.simulate(
            duck,
            pack,
            simulation.as_of,
            cases,
            standards=local.standards,
            amendments=local.amendments,
            division_digits=9 if len(counties) == 1 else 6,
            data={"name": f"{division_path(simulation.division)} 登记库", "sha256": digest},
            changed_table="changed_household" if simulation.change is not None else None,
        )
        moves = list(_moves(duck, simulation)) if simulation.change is not None else []
    with transaction.atomic(), named(simulation.requested_by, "simulation.run"):
        simulation.report, simulation.state = result.document(), "DONE"
        if simulation.change is None:
            book = io.BytesIO()
            write_workbook(result, book)
            simulation.workbook = book.getvalue()
        simulation.progress, simulation.finished_at = 100, clock.now()
        simulation.save()
        SimulationMove.objects.filter(simulation=simulation).delete()
        copy_rows(SimulationMove, _MOVE_COLUMNS, moves)
        if simulation.change is not None:
            tried(simulation.change.pk, simulation.change_version or 0, _summary(simulation, result))
    return simulation


def _counties(simulation: Simulation) -> list[str]:
    stem = queries.stem(simulation.division)
    return [
        code
        for code in registry.counties_for_system()
        if code.startswith(stem) and queries.pack_for(code) == simulation.pack
    ]


def _fill(
    duck: duckdb.DuckDBPyConnection, simulation: Simulation, counties: list[str], folder: Path
) -> tuple[set[str], str]:
    """The register's documents as the engine's tables, saying how far it is; returns workplaces and a digest."""
    total = sum(registry.registered_count_for_system(code) for code in counties)
    workplaces: set[str] = set()
    written = 0
    with (folder / "documents.jsonl").open("w", encoding="utf-8") as lines:
        for read, (household_id, document) in enumerate(_documents(simulation, counties), 1):
            if read % _SAY == 0:
                Simulation.objects.filter(pk=simulation.pk).update(progress=min(99, read * 100 // max(total, 1)))
            members = document.get("members", ())
            if members:  # a household that everybody has left cannot be decided
                lines.write(json.dumps({**document, "household_id": str(household_id)}, ensure_ascii=False) + "\n")
                workplaces |= {m["workplace_division"] for m in members if m.get("workplace_division")}
                written += 1
    if not written:
        create_tables(duck)
        return workplaces, ""
    source, target = quoted(folder / "documents.jsonl"), quoted(folder / "documents.parquet")
    duck.execute(
        f"COPY (FROM read_json({source}, format = 'newline_delimited', sample_size = -1)) TO {target} (FORMAT parquet)"
    )
    return workplaces, engine.open_register(duck, folder / "documents.parquet").sha256


def _documents(simulation: Simulation, counties: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for code in counties:
        yield from registry.registered_documents_for_system(code, simulation.as_of)


def _difference(pack: Pack, simulation: Simulation, counties: list[str]) -> dict[str, Any]:
    """The change as the engine takes it: a county that has its own number is not touched by a city's."""
    change, name = simulation.change, simulation.change.parameter  # type: ignore[union-attr]
    row = queries.row_of(change)
    row.valid_from = min(row.valid_from, simulation.as_of)
    places: dict[str, Any] = {}
    for county in counties:
        values = []
        for extra in ([], [row]):
            local = queries.in_force(county, simulation.as_of, pack=pack.name, extra=extra)
            values.append(
                {
                    area: parameter_value(
                        pack, name, simulation.as_of, local.standards, county[:6], area, amendments=local.amendments
                    )
                    for area in AREAS
                }
            )
        if values[0] != values[1]:
            places[county[:6]] = {area: _listed(value) for area, value in values[1].items()}
    return {name: places} if places else {}


def _assumed(pack: Pack, values: list[dict[str, Any]], counties: list[str]) -> dict[str, Any]:
    """A case by county, so that the standards of other places of work stay as they are."""
    found: dict[str, Any] = {}
    for one in values:
        if one["area"]:
            held = found.get(one["parameter"])
            found[one["parameter"]] = {**(held if isinstance(held, dict) else {}), one["area"]: one["value"]}
        else:
            found[one["parameter"]] = one["value"]
    return {name: {county[:6]: value for county in counties} for name, value in found.items()}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _moves(duck: duckdb.DuckDBPyConnection, simulation: Simulation) -> Iterator[tuple[Any, ...]]:
    rows = duck.execute(
        "SELECT household_key, category_before, category_after, monthly_before, monthly_after FROM changed_household"
        " ORDER BY household_key::BIGINT"
    ).fetchall()
    for key, before, after, monthly_before, monthly_after in rows:
        yield simulation.pk, int(key), before, after, _yuan(monthly_before), _yuan(monthly_after)


def _summary(simulation: Simulation, result: engine.Simulation) -> dict[str, Any]:
    total = result.document()["scenarios"][0]
    moved = [move for move in total["moves"] if move["before"] != move["after"]]
    return {
        "simulation": simulation.pk,
        "as_of": simulation.as_of.isoformat(),
        "households": total["households"],
        "persons": total["persons"],
        "moved": sum(move["households"] for move in moved),
        "moved_persons": sum(move["persons"] for move in moved),
        "monthly": total["monthly"],
        "winners": total["winners"],
        "losers": total["losers"],
        "unknown": total["unknown"],
    }


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def _read(pack: Pack, case: str, assumption: Assumption) -> dict[str, Any]:
    parameter = pack.parameters.get(assumption.parameter)
    if parameter is None:
        raise Invalid(f"{case}：没有选择参数", where="cases", hint="请选择要改变的参数")
    if assumption.area and parameter.by and "area" not in parameter.by:
        raise Invalid(f"{case}：{parameter.label}不分城乡", where="cases", hint="请选择城乡统一")
    try:
        value = read_value(pack, parameter, assumption.value)
    except Invalid as error:
        raise Invalid(f"{case}，{parameter.label}：{error.what}", where="cases", hint=error.hint) from error
    return {"parameter": assumption.parameter, "area": assumption.area, "value": value}


def _queue(actor: User, **fields: Any) -> Simulation:
    from doudi.apps.policy import jobs

    simulation = Simulation.objects.create(state="QUEUED", requested_by=actor, requested_at=clock.now(), **fields)
    transaction.on_commit(lambda: jobs.simulate.defer(simulation_id=simulation.pk))
    return simulation


def _fail(simulation: Simulation, error: str) -> None:
    Simulation.objects.filter(pk=simulation.pk).update(state="FAILED", error=error[:300], finished_at=clock.now())
