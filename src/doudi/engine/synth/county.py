"""A whole county: planted cases, ordinary households around them, and the people outside the register."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random

from doudi.engine.errors import InputError
from doudi.engine.synth import background
from doudi.engine.synth import context as sample
from doudi.engine.synth.context import Context
from doudi.engine.synth.history import pay
from doudi.engine.synth.households import Households
from doudi.engine.synth.model import County, Household, Register, Village
from doudi.engine.synth.months import check_period, shift
from doudi.engine.synth.people import People
from doudi.engine.synth.places import DEFAULT_COUNTY, villages_of
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting import sow
from doudi.engine.synth.strangers import STRANGERS_PER_PERSON, make_strangers

# Shares of households that give the national shares of people: 低保 about 61 %, 特困 7 %, 边缘 9 %, 刚性 3 %
# (特困 households have one person, the others about three).
HOUSEHOLD_SHARES: tuple[tuple[str | None, Register, float], ...] = (
    ("DIBAO", "ACTIVE", 0.570), ("TEKUN", "ACTIVE", 0.172), ("MARGIN", "ACTIVE", 0.074), ("RIGID", "ACTIVE", 0.025),
    ("OTHER", "ACTIVE", 0.024), (None, "WATCH", 0.083), (None, "RETAINED", 0.052),
)  # fmt: skip
LONGEST_HISTORY = 24
EARLIER_SHARE = 8
"""An earlier month has the cases of a county this many times smaller."""


def make_county(
    households: int,
    seed: int,
    period: str,
    periods: int = 2,
    divisions: list[Village] | None = None,
    county: str = DEFAULT_COUNTY,
    *,
    county_name: str | None = None,
    pack: str = "anyang",
    lived: int = 0,
    progress: Callable[[], object] = lambda: None,
) -> County:
    """Everything a platform holds about a sample county; the same arguments give the same county.

    ``period`` is the current month (YYYY-MM), ``periods`` how many monthly deliveries each feed has (medical bills: at
    least twelve), ``divisions`` the villages (from the divisions file or invented where None), ``county`` six digits,
    ``pack`` the policy pack that benefits follow. ``lived`` months before the current one have cases of their own (a
    county with a past, for demonstrations): some of them still hold, so that the planted truth is then incomplete;
    half of the cases live in one township.
    ``progress`` is called once a household.

    Raises InputError for a number of households below 1, of periods outside 2 to 24, a bad period or an unknown county.
    """
    if households < 1:
        raise InputError(f"{households} households cannot make a county", where="--households", hint="give at least 1")
    if not 2 <= periods <= LONGEST_HISTORY:
        raise InputError(f"{periods} periods", where="--periods", hint=f"give 2 to {LONGEST_HISTORY}")
    check_period(period)
    name, villages = villages_of(county) if divisions is None else ("", divisions)
    rng = Random(f"doudi/{seed}")  # noqa: S311 - a sample, not a secret
    context = Context(rng, county, county_name or name, villages, period, pack)
    people = People(context)
    factory = Households(context, people)
    focus = Counter(village.township_code for village in villages).most_common(1)[0][0] if lived else ""
    plot = Plot(context, people, Households(context, people, focus=focus) if focus else factory)
    sow(plot, households)
    cohorts = [list(plot.households), *(_sow_earlier(plot, back, households, focus) for back in range(1, lived + 1))]
    made = list(plot.households)
    for _ in made:
        progress()
    for category, register in _quota(rng, households - len(made)):
        made.append(factory.make(category, register=register))
        progress()
    rng.shuffle(made)
    _number(context, made)
    without = frozenset(plot.without_supplement)
    for household in made:
        pay(context, household, case=plot.pay_case.get(household.head.person_no, ""), without_supplement=without)
    persons = sum(len(household.members) for household in made)
    strangers = plot.strangers + make_strangers(context, people, max(20, int(persons * STRANGERS_PER_PERSON)))
    rng.shuffle(strangers)
    records = [*plot.records, *background.fill(context, made)]
    return County(
        code=county,
        name=context.county_name,
        pack=pack,
        seed=seed,
        period=period,
        periods=[shift(period, back) for back in range(1 - periods, 1)],
        as_of=context.as_of,
        token_key=hashlib.sha256(f"doudi sample county {seed}".encode()).digest(),
        villages=villages,
        households=made,
        strangers=strangers,
        standards=_standards(context),
        planted=plot.planted,
        near_misses=plot.near_misses,
        under_other_packs=plot.under_other_packs,
        special=frozenset(plot.special),
        cohorts=cohorts,
        records=records,
    )


def _sow_earlier(plot: Plot, back: int, households: int, focus: str) -> list[Household]:
    """The cases of the month ``back`` months ago, fewer than those of the current one."""
    now = plot.context
    then = Context(now.rng, now.county, now.county_name, now.villages, now.month(back), now.pack, now.bill_number)
    earlier = Plot(then, plot.people, Households(then, plot.people, focus=focus))
    sow(earlier, households // EARLIER_SHARE)
    now.bill_number = then.bill_number
    plot.households += earlier.households
    plot.strangers += earlier.strangers
    plot.records += earlier.records
    plot.special |= earlier.special
    return earlier.households


def _quota(rng: Random, number: int) -> list[tuple[str | None, Register]]:
    """Categories of ``number`` households in the shares above, shuffled; rounding goes to the largest."""
    kinds: list[tuple[str | None, Register]] = []
    for category, register, share in HOUSEHOLD_SHARES[1:]:
        kinds += [(category, register)] * round(number * share)
    category, register, _ = HOUSEHOLD_SHARES[0]
    kinds = kinds[:number] + [(category, register)] * (number - len(kinds))
    rng.shuffle(kinds)
    return kinds


def _number(context: Context, households: list[Household]) -> None:
    for number, household in enumerate(households, 1):
        household.household_no = f"{context.county}{number:07d}"


def _standards(context: Context) -> list[tuple[str, str, str | None, date, str]]:
    """Sample local standards: parameter, division, area, valid_from, yuan."""
    county, since = context.county, date(context.first.year - 3, 1, 1)
    rows: list[tuple[str, str, str | None, date, str]] = [
        ("disposable_income", county, None, since, str(sample.DISPOSABLE_INCOME)),
        ("insurance_contribution", county, None, since, str(sample.INSURANCE_CONTRIBUTION)),
        ("pay_day", county, None, since, str(sample.PAY_DAY)),
    ]
    for area in ("rural", "urban"):
        rows.append(("dibao_standard", county, area, since, str(sample.DIBAO_STANDARD[area])))
        rows.append(("tekun_basic_standard", county, area, since, str(sample.TEKUN_BASIC_STANDARD[area])))
    for division, (urban, rural) in sorted(sample.WORKPLACES.items()):
        if division != county:
            rows.append(("dibao_standard", division, "urban", since, str(urban)))
            rows.append(("dibao_standard", division, "rural", since, str(rural)))
    return sorted(rows, key=lambda row: (row[0], row[1], row[2] or ""))
