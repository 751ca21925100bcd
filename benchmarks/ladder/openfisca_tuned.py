"""The ladder as tuned for speed, still with a variable a rule, so that every rule of every household can be asked for.

Money is whole 分 in 32-bit integers; inputs that the register does not fill are not summed; standards stand in arrays
by county and area; what a member looks up in the household is looked up once; sums and any are bincounts and marks over
the household's index; amounts are computed only for the members who receive them. Rules that gain nothing from all this
are taken over from ``openfisca_usual``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ladder import openfisca_usual as usual
from ladder.data import BY_COUNTY
from ladder.openfisca_usual import INCOMES, PARAMETERS, SHARED, SPENDING, Household, Person, variable
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH, YEAR
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

VARIABLES = {found.__name__: found for found in usual.VARIABLES}
for name in (*INCOMES, "support_received"):
    VARIABLES[name] = variable(name, Person, int, YEAR)
for name in (*SHARED, *SPENDING):
    VARIABLES[name] = variable(name, Household, int, YEAR)


def rule(entity: Any, value_type: Any, period: Any = MONTH, **more: Any) -> Callable[[Any], Any]:
    def made(formula: Any) -> Any:
        name = formula.__name__
        VARIABLES[name] = variable(name, entity, value_type, period, formula=formula, **more)
        return formula

    return made


def up(person: Any, name: str, period: Any) -> Any:
    """A household's value for each member, looked up once."""
    household = person.simulation.household
    seen = household.__dict__.setdefault("looked_up", {})
    if name not in seen:
        seen[name] = household(name, period)[household.members_entity_id]
    return seen[name]


def filled(population: Any, names: tuple[str, ...], period: Any) -> Any:
    """The sum of the inputs that the register fills."""
    found = [population.get_holder(name).get_array(period) for name in names]
    return sum(array for array in found if array is not None)


def total(household: Any, array: Any) -> Any:
    return np.bincount(household.members_entity_id, weights=array, minlength=household.count)


def marked(household: Any, condition: Any) -> Any:
    found = np.zeros(household.count, dtype=bool)
    found[household.members_entity_id[condition]] = True
    return found


@rule(Person, int)
def age(person, period):  # type: ignore[no-untyped-def]
    birth = person("birth_date", period)
    months = birth.astype("datetime64[M]")
    number = months.astype(np.int64)
    day = (birth - months).astype(np.int64)
    late = (number % 12 + 1) * 100 + day + 1 > period.start.month * 100 + period.start.day
    return period.start.year - 1970 - number // 12 - late


@rule(Person, Enum, possible_values=usual.Labour)
def labour_ability(person, period):
    years = person("age", period)
    working = (years >= PARAMETERS["labour_age"]) & (years < PARAMETERS["elder_age"])
    return np.where(working, 0, 2).astype(np.uint8)


@rule(Person, bool)
def has_no_labour(person, period):
    years = person("age", period)
    weak = (years >= PARAMETERS["elder_age"]) | (years < PARAMETERS["adult_age"])
    weak |= person("disability_grade", period) > 0
    return weak & (person("labour_ability", period).view(np.ndarray) == 2)


@rule(Person, int, YEAR)
def own_income(person, period):
    return filled(person, INCOMES, period)


@rule(Person, int, YEAR)
def support_undeclared(person, period):
    received = person("support_received", period)
    return received * (person("transfer_net", period) < received)


@rule(Person, int, YEAR)
def person_income(person, period):
    return person("own_income", period) + person("support_undeclared", period)


@rule(Household, int, YEAR)
def shared_income(household, period):
    return filled(household, SHARED, period)


@rule(Person, bool)
def has_no_income(person, period):
    income = person("person_income", period.this_year)
    shared = up(person, "shared_income", period.this_year)
    both = income + shared
    return (both < PARAMETERS["tekun_income_limit"] * 1200) | ((income <= 0) & (shared <= 0))


@rule(Person, bool)
def has_no_supporter(person, period):
    return ~(person("has_legal_supporter", period) & person("supporter_able", period))


@rule(Household, bool)
def is_tekun_household(household, period):
    living = household.members("is_living", period)
    return marked(household, living) & ~marked(household, living & ~household.members("is_tekun", period))


@rule(Household, int)
def member_count(household, period):
    return total(household, household.members("is_counted", period))


@rule(Household, int)
def household_income(household, period):
    incomes = household.members("person_income", period.this_year) * household.members("is_counted", period)
    return total(household, incomes) + household("shared_income", period.this_year)


def by_county(name):
    def formula(household, period):
        standards = household.simulation.standards
        return standards[name][household("county", period).view(np.ndarray), household("area", period).view(np.ndarray)]

    VARIABLES[name] = variable(name, Household, int, MONTH, formula=formula)


for standard in BY_COUNTY:
    by_county(standard)


@rule(Household, int)
def dibao_line(household, period):
    """The standard of all members in a year; incomes are compared with it, so that nothing is divided."""
    return household("dibao_standard", period) * 12 * household("member_count", period)


@rule(Household, bool)
def is_dibao(household, period):
    low = household("household_income", period) < household("dibao_line", period)
    return (household("member_count", period) > 0) & low & household("property_conforms", period)


@rule(Household, bool)
def is_margin(household, period):
    low = household("household_income", period) < household("dibao_line", period) * PARAMETERS["margin_multiplier"]
    open_ = (household("member_count", period) > 0) & ~household("is_dibao", period)
    return open_ & low & household("property_conforms_margin", period)


@rule(Household, int, YEAR)
def necessary_spending(household, period):
    return filled(household, SPENDING, period)


@rule(Household, bool)
def is_spending_heavy(household, period):
    spending = household("necessary_spending", period.this_year)
    return (spending > 0) & (spending >= household("household_income", period) * PARAMETERS["rigid_ratio"])


@rule(Household, bool)
def is_below_disposable(household, period):
    line = household("disposable_income", period) * household("member_count", period).astype(np.int64)
    return household("household_income", period) < line


@rule(Household, bool)
def is_other(household, period):
    return marked(household, household.members("is_other_person", period))


@rule(Person, bool)
def is_other_person(person, period):
    return person("is_living", period) & (person("current_category", period).view(np.ndarray) == 1)


@rule(Person, bool)
def is_single_person(person, period):
    holds = person("is_counted", period) & (person("is_severe", period) | person("serious_illness", period))
    weak = np.flatnonzero(holds & up(person, "is_margin", period))
    holds[:] = False
    holds[weak] = shortfall(person, weak, period)[0] > 0
    return holds


def shortfall(person, chosen, period):
    """What chosen members lack to the standard in a year, times the household's members, and those."""
    household = person.simulation.household
    at = household.members_entity_id[chosen]
    members = household("member_count", period)[at].astype(np.int64)
    shared = household("shared_income", period.this_year)[at]
    return household("dibao_line", period)[at] - person("person_income", period.this_year)[
        chosen
    ] * members - shared, members


@rule(Person, Enum, possible_values=usual.Route)
def route(person, period):
    whole = person("is_counted", period) & up(person, "is_dibao", period)
    found = np.where(whole, 2, 0).astype(np.uint8)
    found[person("is_single_person", period)] = 3
    found[person("is_tekun", period)] = 1
    return found


@rule(Person, int)
def single_amount(person, period):
    amount = person.filled_array(0, dtype=np.int32)
    chosen = np.flatnonzero(person("route", period).view(np.ndarray) == 3)
    lacking, members = shortfall(person, chosen, period)
    amount[chosen] = (lacking * 2 + 12 * members) // (24 * members)
    return amount


def for_tekun(person, period):
    chosen = np.flatnonzero(person("route", period).view(np.ndarray) == 1)
    return person.filled_array(0, dtype=np.int32), chosen, person.simulation.household.members_entity_id[chosen]


@rule(Person, int)
def tekun_amount(person, period):
    amount, chosen, at = for_tekun(person, period)
    amount[chosen] = person.simulation.household("tekun_basic_standard", period)[at]
    return amount


@rule(Person, int)
def tekun_care_amount(person, period):
    amount, chosen, at = for_tekun(person, period)
    failed = person("self_care_failed_items", period)[chosen]
    household = person.simulation.household
    full, some = household("tekun_care_none", period)[at], household("tekun_care_partial", period)[at]
    amount[chosen] = np.where(failed >= PARAMETERS["care_failed_none"], full, some) * (failed > 0)
    return amount


@rule(Person, int)
def person_monthly(person, period):
    return person("single_amount", period) + person("tekun_amount", period) + person("tekun_care_amount", period)


@rule(Household, Enum, possible_values=usual.Category)
def category(household, period):
    found = np.zeros(household.count, dtype=np.uint8)
    steps = ("is_other", "is_rigid", "is_margin", "is_dibao", "is_tekun_household")
    for code, step in zip((5, 4, 3, 2, 1), steps, strict=True):
        found[household(step, period)] = code
    return found


@rule(Household, int)
def dibao_amount(household, period):
    amount = household.filled_array(0, dtype=np.int32)
    chosen = np.flatnonzero(household("category", period).view(np.ndarray) == 2)
    lacking = household("dibao_line", period)[chosen] - household("household_income", period)[chosen]
    amount[chosen] = (lacking.astype(np.int64) * 2 + 12) // 24
    return amount


@rule(Household, int)
def monthly(household, period):
    amounts = total(household, household.members("person_monthly", period))
    return household("dibao_amount", period) + amounts.astype(np.int32)


def system() -> TaxBenefitSystem:
    found = TaxBenefitSystem([Person, Household])
    found.add_variables(*VARIABLES.values())
    found.parameters = ParameterNode("", data={})
    return found
