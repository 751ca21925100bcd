"""A drafted setting tried on past periods: the signals without it and with it, and which of them were right.

What was right is known only of alerts that existed in those periods: a visit confirmed them (TRUE_…) or found nothing.
A signal that was never an alert has no outcome and is counted as unknown. A trial writes nothing but its own result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings as django
from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries as exchange
from doudi.apps.monitoring import parameters, queries
from doudi.apps.monitoring.models import AlertEvidence, IndicatorSetting, IndicatorTrial
from doudi.apps.monitoring.queries.settings import MOST_PERIODS, Local, local, local_with
from doudi.apps.monitoring.services.settings import opened
from doudi.apps.policy import queries as policy
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine import indicators
from doudi.engine.errors import InputError
from doudi.engine.indicators import Signal
from doudi.engine.indicators.periods import last_day

_WAITING = ("QUEUED", "RUNNING")
Subject = tuple[int | None, int | None, str | None]
"""Person key, or household key, or a matter of supervision: what makes one signal the same without and with."""


@transaction.atomic
def trial_request(
    *, actor: User, setting_id: int, version: int, county: str, periods: Collection[str]
) -> IndicatorTrial:
    """Queue the trial of a draft on past periods of a county in its division; one that waits is returned instead."""
    from doudi.apps.monitoring import jobs

    setting = opened(actor, setting_id, version, "try")
    if not county.startswith(policy.stem(setting.division)):
        raise NotFound()
    chosen = sorted(set(periods))
    known = queries.trial_periods(county)
    if not chosen or len(chosen) > MOST_PERIODS or any(one not in known for one in chosen):
        raise Invalid(f"请选择 1 到 {MOST_PERIODS} 个有数据的监测期", where="periods", hint="从列表中选择")
    waiting = setting.trials.filter(state__in=_WAITING, setting_version=version, county_id=county, periods=chosen)
    if (found := waiting.first()) is not None:
        return found
    trial = IndicatorTrial.objects.create(
        setting=setting,
        setting_version=version,
        county_id=county,
        periods=chosen,
        state="QUEUED",
        requested_by=actor,
        requested_at=clock.now(),
    )
    transaction.on_commit(lambda: jobs.trial.defer(trial_id=trial.pk))
    return trial


def trial_execute(*, trial_id: int) -> IndicatorTrial:
    """Carry out a queued trial; one that is done or failed is returned as it is, one that died starts over."""
    with advisory_lock(f"indicator-trial:{trial_id}"):
        trial = IndicatorTrial.objects.select_related("setting").get(pk=trial_id)
        if trial.state not in _WAITING:
            return trial
        trial.state = "RUNNING"
        trial.save(update_fields=["state"])
        try:
            trial.result = [_try(trial, period) for period in trial.periods]
        except InputError as error:
            _finish(trial, "FAILED", error.line())
            raise
        except Exception:
            _finish(trial, "FAILED", "系统内部错误，请联系管理员查看日志")
            raise
        return _finish(trial, "DONE")


def _finish(trial: IndicatorTrial, state: str, error: str = "") -> IndicatorTrial:
    trial.state, trial.error, trial.finished_at = state, error[:300], clock.now()
    trial.save(update_fields=["state", "error", "result", "finished_at"])
    return trial


def _try(trial: IndicatorTrial, period: str) -> dict[str, Any]:
    """One period: ``without`` and ``with`` [signals, right, wrong, unknown], and the same of ``added`` and ``dropped``.

    ``skipped`` says why the indicator could not run on that period's data.
    """
    setting, county, end = trial.setting, trial.county_id, last_day(period)
    scratch = Path(django.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"trial-{trial.pk}-") as folder:
        snapshot = export_snapshot(county, period, Path(folder) / "registry")
        before, why = _subjects(snapshot, setting, county, period, local(county, end))
        after, why_after = _subjects(snapshot, setting, county, period, local_with(county, end, setting))
    known = _outcomes(setting, county, period)
    return {
        "period": period,
        "skipped": why or why_after,
        "without": _judged(before, known),
        "with": _judged(after, known),
        "added": _judged(after - before, known),
        "dropped": _judged(before - after, known),
    }


def _subjects(
    snapshot: Path, setting: IndicatorSetting, county: str, period: str, own: Local
) -> tuple[set[Subject], str]:
    code = setting.indicator
    if own.catalogue()[code].state == "off":
        return set(), ""
    result = indicators.run(
        snapshot,
        exchange.lake_files(county),
        period,
        policy.pack_for(county),
        indicators=[code],
        overrides={code: own.overrides.get(code, {})},
    )
    skipped = next((entry["message"] for entry in result.report["skipped"]), "")
    return {_subject(signal) for signal in result.signals}, skipped


def _subject(signal: Signal) -> Subject:
    _, person, household, matter = signal.subject
    return person, None if person is not None else household, matter


def _outcomes(setting: IndicatorSetting, county: str, period: str) -> Mapping[Subject, str]:
    """What visits said about the alerts that a run of that period saw."""
    rows = AlertEvidence.objects.filter(
        period=period, alert__county_code=county, alert__indicator=setting.indicator
    ).values_list("alert__person__person_key", "alert__household__household_key", "alert__outcome")
    return {(person, None if person is not None else household, None): outcome for person, household, outcome in rows}


def _judged(subjects: Iterable[Subject], known: Mapping[Subject, str]) -> dict[str, int]:
    counted = {"signals": 0, "right": 0, "wrong": 0, "unknown": 0}
    for subject in subjects:
        outcome = known.get(subject, "")
        right = parameters.is_hit(outcome)
        counted["signals"] += 1
        counted["right" if right else "wrong" if right is False else "unknown"] += 1
    return counted
