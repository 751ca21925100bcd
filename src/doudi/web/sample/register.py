"""How the sample register grows: households enter in their month, and each month's benefits are imported with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from doudi.apps.base.crypto import keys
from doudi.apps.payments.services import Line, import_lines
from doudi.apps.registry import queries as registry
from doudi.apps.registry.load import load_county
from doudi.engine.identity import Tokeniser
from doudi.engine.synth import County
from doudi.engine.synth.model import Household


class GrowingRegister:
    """Loads the county's households by cohort and imports payment lines by month."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._tokeniser = Tokeniser(keys().lake)
        self._household_ids: dict[str, int] = {}
        self._person_ids: dict[int, int] = {}
        self._registered: list[Household] = []
        self.counts: dict[str, int] = {}

    def settle(self) -> None:
        """Load everybody who was there before the history begins, with the payments until then."""
        newcomers = {id(household) for cohort in self._county.cohorts for household in cohort}
        settled = [household for household in self._county.households if id(household) not in newcomers]
        self._load(settled, self._county.periods[0])

    def enter(self, period: str) -> None:
        """The households whose case belongs to this month enter the register (or its watch list)."""
        back = len(self._county.periods) - 1 - self._county.periods.index(period)
        if back < len(self._county.cohorts):
            self._load(self._county.cohorts[back], period)

    def pay(self, period: str) -> None:
        """Import the month's payment lines of everybody registered before."""
        lines = [
            Line(
                self._household_ids[household.household_no],
                self._person_ids[line.person.person_no] if line.person else None,
                line.period,
                line.item,
                Decimal(line.amount).scaleb(-2),
                line.result,
                line.paid_on,
            )
            for household in self._registered
            for line in household.payments
            if line.period == period
        ]
        self._count({"payment_lines": import_lines(actor=None, lines=lines)})

    def _load(self, households: list[Household], until: str) -> None:
        known = [replace(h, payments=[line for line in h.payments if line.period <= until]) for h in households]
        self._count(load_county(replace(self._county, households=known)))
        self._registered += households
        numbers = {self._tokeniser.household_key(h.household_no): h.household_no for h in households}
        found = registry.households_by_keys_for_system(numbers)
        self._household_ids |= {numbers[key]: household.pk for key, household in found.items()}
        members = {member.person.person_no: member.person.id_number for h in households for member in h.members}
        of_key = {self._tokeniser.person_key(number): person_no for person_no, number in members.items()}
        persons = registry.persons_by_keys_for_system(of_key)
        self._person_ids |= {of_key[key]: person.pk for key, person in persons.items()}

    def _count(self, more: dict[str, int]) -> None:
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number
