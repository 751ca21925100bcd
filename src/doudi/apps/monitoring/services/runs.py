"""A monitoring run of a county: snapshot of the register, signals by the indicators, alerts by reconciliation."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pghistory
from django.conf import settings
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring.models import MonitorRun
from doudi.apps.monitoring.queries.settings import local
from doudi.apps.monitoring.services.reconcile import Outcome, reconcile
from doudi.apps.policy import queries as policy
from doudi.apps.registry import queries as registry
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine import indicators
from doudi.engine.errors import InputError
from doudi.engine.indicators.periods import check_period, last_day

_WAITING = ("QUEUED", "RUNNING")
ALERTS_LOCK = "alerts:{}"
"""Whoever brings a county's alerts to what was found holds it: month's runs and events come after one another."""


@transaction.atomic
def run_request(*, actor: User | None, county: str, period: str) -> MonitorRun:
    """Queue a run of ``period`` (YYYY-MM); the one that already waits for the same period is returned instead.

    Raises :class:`NotFound` for a county out of reach, :class:`Invalid` for a period that is malformed, in the future
    or before the latest one judged: an older period's data would mark as vanished what a newer one found.
    """
    from doudi.apps.monitoring import jobs

    _check(actor, county, period)
    waiting = MonitorRun.objects.filter(kind="MONTH", county_id=county, period=period, state="QUEUED").first()
    if waiting is not None:
        return waiting
    run = _queued(actor, county, period)
    transaction.on_commit(lambda: jobs.execute.defer(run_id=run.pk))
    return run


def run(*, actor: User | None, county: str, period: str) -> MonitorRun:
    """Run now, in this process; refusals as in :func:`run_request`, InputError where the inputs do not allow a run."""
    _check(actor, county, period)
    return run_execute(run_id=_queued(actor, county, period).pk)


def run_execute(*, run_id: int) -> MonitorRun:
    """Carry out a queued run. Runs of one county follow one another; a run that is done or failed is returned as it is.

    A run that a dead process left RUNNING starts over: its reconciliation was one transaction and left nothing.
    """
    county = MonitorRun.objects.values_list("county_id", flat=True).get(pk=run_id)
    with advisory_lock(f"monitor:{county}"):
        started = MonitorRun.objects.get(pk=run_id)
        if started.state not in _WAITING:
            return started
        started.state, started.started_at = "RUNNING", clock.now()
        started.save(update_fields=["state", "started_at"])
        try:
            return _execute(started)
        except InputError as error:
            _fail(started, error.line())
            raise
        except Exception:
            _fail(started, "系统内部错误，请联系管理员查看日志")
            raise


def _execute(run: MonitorRun) -> MonitorRun:
    _check_order(run.county_id, run.period)
    scratch = Path(settings.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"run-{run.pk}-{uuid.uuid4().hex[:8]}-") as folder:
        snapshot = export_snapshot(run.county_id, run.period, Path(folder) / "registry")
        own = local(run.county_id, last_day(run.period))
        catalogue = own.catalogue()
        result = indicators.run(
            snapshot,
            exchange.lake_files(run.county_id),
            run.period,
            run.pack,
            indicators=[code for code, one in catalogue.items() if one.state != "off"],
            overrides=own.overrides,
        )
        result.report["inputs"]["settings"] = own.basis()
        for code, entry in result.report["indicators"].items():
            entry["state"] = catalogue[code].state
    with (
        transaction.atomic(),
        pghistory.context(actor=run.requested_by_id, action="monitor.run", run=run.pk),
        advisory_lock(ALERTS_LOCK.format(run.county_id)),
    ):
        outcome = reconcile(run, result.signals, evaluated=result.report["counts"], catalogue=catalogue)
        record(run, result.report, outcome)
        audit.record(
            Action.RUN,
            actor=run.requested_by,
            object_type="monitor_run",
            object_id=run.pk,
            county_code=run.county_id,
            detail={"period": run.period, "signals": run.signals, "opened": run.opened},
        )
    return run


def record(run: MonitorRun, report: Mapping[str, Any], outcome: Outcome) -> MonitorRun:
    """Write down what ``run`` read, found and did, and that it is done."""
    for name in ("signals", "opened", "continued", "vanished", "suppressed"):
        setattr(run, name, outcome.counts[name])
    run.inputs = {**report["inputs"], "pack_version": report["pack_version"]}
    run.report = {
        "indicators": report["indicators"],
        "skipped": report["skipped"],
        "warnings": report["warnings"],
        "seconds": report["seconds"],
        "fates": {
            name: outcome.counts[name] for name in ("reopened", "settled", "unregistered", "silent", "supervision")
        },
        "unregistered": outcome.unregistered,
    }
    run.state, run.finished_at = "DONE", clock.now()
    run.save()
    return run


def _fail(run: MonitorRun, error: str) -> None:
    MonitorRun.objects.filter(pk=run.pk).update(state="FAILED", error=error[:300], finished_at=clock.now())


def _queued(actor: User | None, county: str, period: str) -> MonitorRun:
    return MonitorRun.objects.create(
        county_id=county,
        period=period,
        pack=policy.pack_for(county),
        state="QUEUED",
        requested_by=actor,
        started_at=clock.now(),
    )


def _check(actor: User | None, county: str, period: str) -> None:
    if actor is not None:
        require(actor, "monitor.run")
        if not registry.in_reach(actor, county):
            raise NotFound()
    try:
        check_period(period, "period")
    except InputError as error:
        raise Invalid("监测期格式不对", where="period", hint="请写成 2025-03") from error
    if period > f"{clock.today():%Y-%m}":
        raise Invalid("监测期不能晚于本月", where="period", hint="请选择本月或以前的月份")
    _check_order(county, period)


def _check_order(county: str, period: str) -> None:
    latest = MonitorRun.objects.filter(kind="MONTH", county_id=county, state="DONE").order_by("-period").first()
    if latest is not None and period < latest.period:
        raise Invalid(
            f"本县已完成 {latest.period} 的监测，不能再运行更早的 {period}",
            where="period",
            hint="更早月份补报的数据会在当期监测中一并使用",
        )
