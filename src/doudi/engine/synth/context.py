"""What every part of the generator needs to know: the month, the county, its sample standards, and chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from doudi.engine.synth.model import Area, Village
from doudi.engine.synth.months import first_day, last_day, shift

# Sample values, marked so in snapshot.json: yuan a month, yuan a year, day of the month.
DIBAO_STANDARD: dict[Area, int] = {"urban": 800, "rural": 600}
TEKUN_BASIC_STANDARD: dict[Area, int] = {"urban": 1040, "rural": 780}
DISPOSABLE_INCOME = 36000
INSURANCE_CONTRIBUTION = 400
PAY_DAY = 10
SUPPLEMENT_FEN = 10000
MARGIN_MULTIPLIER = (3, 2)  # 1.5 exactly
WORKPLACES = {"410105": (950, 760), "310115": (1595, 1595), "440306": (1500, 1500)}
"""Counties where people of the sample work, and their sample 低保 standards (urban, rural) in yuan a month."""
JOB_COST_PERCENT = {"anyang": 30}
"""Percent of the work place's urban standard deducted for an employed 低保 member (安政办〔2024〕1号 二(四)5)."""
SUPPLEMENT_AGE, ADULT_AGE, SEVERE_GRADE = 70, 18, 2
CARE_FAILED = 4


@dataclass(slots=True)
class Context:
    """Chance and circumstances of one county. ``first`` and ``as_of`` bound the current month."""

    rng: Random
    county: str
    county_name: str
    villages: list[Village]
    period: str
    pack: str
    bill_number: int = 0
    first: date = field(init=False)
    as_of: date = field(init=False)

    def __post_init__(self) -> None:
        self.first, self.as_of = first_day(self.period), last_day(self.period)

    def month(self, back: int) -> str:
        return shift(self.period, -back)

    def day_between(self, start: date, end: date) -> date:
        """A day from ``start`` to ``end``, both included."""
        return start + timedelta(days=self.rng.randint(0, max(0, (end - start).days)))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def standard(self, area: Area) -> int:
        """低保 standard, 分 a person a month."""
        return DIBAO_STANDARD[area] * 100

    def job_cost(self, workplace: str) -> int:
        """Employment cost of one employed 低保 member, 分 a month, under the county's pack."""
        urban = WORKPLACES[workplace][0] if workplace in WORKPLACES else DIBAO_STANDARD["urban"]
        return urban * JOB_COST_PERCENT.get(self.pack, 0)
