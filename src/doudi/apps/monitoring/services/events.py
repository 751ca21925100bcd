"""A single pushed event is judged for its household at once, by the statements that the month's run uses.

Only the indicators that read the event's feed run, over the household of the person it speaks of and over the lake as
it is. An event opens, reopens and supports alerts; that something is gone it never tells.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

import pghistory
from django.conf import settings
from django.db import transaction

from doudi.apps.base import clock
from doudi.apps.base.locks import advisory_lock
from doudi.apps.exchange import queries as exchange
from doudi.apps.exchange.services.events import Event
from doudi.apps.monitoring.models import MonitorRun
from doudi.apps.monitoring.queries.settings import local
from doudi.apps.monitoring.services.reconcile import reconcile_event
from doudi.apps.monitoring.services.runs import ALERTS_LOCK, record
from doudi.apps.policy import queries as policy
from doudi.apps.registry import queries as registry
from doudi.apps.registry.snapshot import export_snapshot
from doudi.engine import indicators
from doudi.engine.indicators.inputs import REGISTRY_FILES
from doudi.engine.indicators.periods import last_day


def event_judge(event: Event) -> MonitorRun | None:
    """Judge what ``event`` means for its person's households; None where it speaks of nobody in the county's register.

    Hearing of an event twice does nothing more: the run of the first time is returned.
    """
    done = MonitorRun.objects.filter(event_id=event.batch_id, state="DONE").first()
    if done is not None:
        return done
    here = local(event.county, last_day(event.period))
    catalogue = here.catalogue()
    asked = [
        one for one in catalogue.values() if event.feed in one.feeds and one.state != "off" and one.per != "office"
    ]
    own = registry.household_keys_of_for_system(event.county, event.person_keys)
    if not asked or not own:
        return None
    # Members may stand in other households too: what is asked about a person is asked about all of these.
    members = [m.person.person_key for home in registry.households_by_keys_for_system(own).values()
               for m in registry.active_members_for_system(home.pk)]  # fmt: skip
    around = registry.household_keys_of_for_system(event.county, members)
    started = clock.now()
    scratch = Path(settings.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    pack = policy.pack_for(event.county)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"event-{event.batch_id}-{uuid.uuid4().hex[:8]}-") as folder:
        snapshot = export_snapshot(
            event.county,
            event.period,
            Path(folder),
            households=around,
            parts={*REGISTRY_FILES, "standards", *(name for one in asked for name in one.records)},
        )
        lake = exchange.lake_files(event.county, events=True)
        codes = [one.code for one in asked]
        result = indicators.run(snapshot, lake, event.period, pack, indicators=codes, overrides=here.overrides)
        result.report["inputs"]["settings"] = here.basis()
        for code, entry in result.report["indicators"].items():
            entry["state"] = catalogue[code].state
    signals = [signal for signal in result.signals if signal.household_key in own]
    with (
        transaction.atomic(),
        pghistory.context(action="monitor.event", batch=event.batch_id),
        advisory_lock(ALERTS_LOCK.format(event.county)),
    ):
        done = MonitorRun.objects.filter(event_id=event.batch_id, state="DONE").first()
        if done is not None:
            return done
        run = MonitorRun.objects.create(
            kind="EVENT", event_id=event.batch_id, county_id=event.county, period=event.period, pack=pack,
            state="RUNNING", started_at=started,
        )  # fmt: skip
        outcome = reconcile_event(run, signals, catalogue=catalogue)
        return record(run, result.report, outcome)
