"""Planted cases: the tools that every recipe uses. The recipes stand in ``planting``.

A recipe makes quiet households, changes what has to be changed, and says what it planted. Numbers grow with the county.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from doudi.engine.synth import economy, health
from doudi.engine.synth.context import Context
from doudi.engine.synth.households import Households
from doudi.engine.synth.model import Household, Listing, Person, Planted, Record
from doudi.engine.synth.people import People

LONGEST = 24
"""Months: longer than any feed of a sample county goes back."""


class Plot:
    """Where recipes put their households, and the truth about them."""

    def __init__(self, context: Context, people: People, households: Households) -> None:
        self.context, self.people, self.factory = context, people, households
        self.households: list[Household] = []
        self.strangers: list[Person] = []
        self.planted: list[Planted] = []
        self.near_misses: list[Planted] = []
        self.under_other_packs: list[Planted] = []
        self.pay_case: dict[int, str] = {}
        """By the person number of the household's head: how the current month was paid."""
        self.without_supplement: set[int] = set()
        self.records: list[Record] = []
        """The platform's records about offices."""
        self.special: set[int] = set()
        """Person numbers whose rows must reach the lake unharmed."""

    def household(self, category: str | None, shape: Callable[..., object], **options: object) -> Household:
        """A quiet household without any difficulty, unless ``difficulties`` names some."""
        options.setdefault("difficulties", ())
        made = self.factory.make(category, shape=shape, quiet=True, **options)  # type: ignore[arg-type]
        self.households.append(made)
        self.special.update(member.person.person_no for member in made.members)
        return made

    def stranger(self, age: int) -> Person:
        """Somebody of the county who is in no household of the register."""
        person = self.people.person(self.context.rng.choice(("male", "female")), age)
        self.strangers.append(person)
        self.special.add(person.person_no)
        return person

    def trips(
        self,
        indicator: str,
        why: str,
        *,
        person: Person | None = None,
        household: Household | None = None,
        packs: tuple[str, ...] = (),
        other: Household | None = None,
        matter: str | None = None,
    ) -> None:
        self.planted.append(Planted(indicator, person, household, why, packs, other, matter))

    def spared(
        self,
        indicator: str,
        why: str,
        *,
        person: Person | None = None,
        household: Household | None = None,
        matter: str | None = None,
    ) -> None:
        self.near_misses.append(Planted(indicator, person, household, why, matter=matter))

    def set_income(self, household: Household, total: int) -> None:
        """Give the household exactly ``total`` 分 a year, all as the head's transfer income, nobody employed."""
        household.shared_income = 0
        for member in household.members:
            person = member.person
            economy.drop_job(person)
            person.wage = person.business_net = person.property_net = person.transfer_net = person.other_income = 0
        household.head.transfer_net = total

    def listed(self, person: Person, feed: str, *, since: int = LONGEST, until: int = 0, **values: object) -> None:
        """A row about ``person`` in a feed, by contract field, delivered from ``since`` to ``until`` months ago."""
        context = self.context
        person.listings.append(Listing(feed, values, context.month(since), context.month(until)))

    def record(
        self, table: str, household: Household | None = None, person: Person | None = None, **values: object
    ) -> None:
        """A row of the platform's own records about a household, one of its members, or (without both) an office."""
        (self.records if household is None else household.records).append(Record(table, values, person))

    def severe(self, person: Person, grade: int = 2, *, register: bool = True) -> None:
        health.card(self.context, person, grade, kind="physical", register=register)

    def bill(self, person: Person, back: int, self_paid: int, *, day: int = 12, **options: object) -> None:
        """A bill on ``day`` of the month ``back`` months ago."""
        month = self.context.month(back)
        settled_on = date(int(month[:4]), int(month[5:]), day)
        health.settlement(self.context, person, settled_on, self_paid, **options)  # type: ignore[arg-type]

    def days_ago(self, days: int) -> date:
        return self.context.as_of - timedelta(days=days)
