"""Load a sample county once: divisions, accounts, register, standards, departments' files, months of handled alerts."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from doudi.apps.accounts import services as accounts
from doudi.apps.base import clock
from doudi.apps.divisions import services as divisions
from doudi.engine.synth import County, make_county, write_county
from doudi.web.database import home
from doudi.web.sample.history import first_delivery, live_through
from doudi.web.sample.people import Cast
from doudi.web.sample.register import GrowingRegister

HISTORY_MONTHS = 6
SEED = 2024
COUNTY = "410522"
Say = Callable[[str], None]


def build(*, households: int, password: str, months: int = HISTORY_MONTHS, say: Say = print) -> dict[str, Any]:
    """Make the sample county if it is not there; returns what it holds. A build that was cut off starts anew."""
    done = home() / "sample.json"
    if done.exists():
        return dict(json.loads(done.read_text()))
    say("载入行政区划")
    divisions.load_divisions()
    period = _last_month(clock.today())
    say(f"生成样例县 {households} 户")
    county = make_county(households, SEED, period, periods=months + 2, county=COUNTY, lived=months)
    township, village = _busiest(county)
    shown = accounts.ensure_sample_accounts(
        county_code=f"{COUNTY}000000", password=password, township_code=township, village_code=village
    )
    say("载入登记册")
    register = GrowingRegister(county)
    with clock.at(first_delivery(county) - dt.timedelta(days=1)):
        register.settle()
    cast = Cast(f"{COUNTY}000000")
    with tempfile.TemporaryDirectory(prefix="doudi-sample-") as folder:
        write_county(county, Path(folder))
        handled = live_through(county, Path(folder) / "feeds", register, cast, say)
    summary = {"county": county.name, "period": period, "accounts": shown, **register.counts, **handled}
    done.write_text(json.dumps(summary, ensure_ascii=False))
    return summary


def _busiest(county: County) -> tuple[str, str]:
    """The township and village with most of this month's cases: where the sample officers of that level serve."""
    cases = [household.village for household in county.cohorts[0]]
    township = Counter(village.township_code for village in cases).most_common(1)[0][0]
    villages = Counter(village.code for village in cases if village.township_code == township)
    return township, villages.most_common(1)[0][0]


def _last_month(today: dt.date) -> str:
    return (today.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
