"""The ladder as one writes it for OpenFisca-Core: a variable a rule, parameters by date, sums over the members.

Incomes are yearly variables in yuan, decisions monthly ones, as in the country template. Standards by county and area
are parameters that are looked up by variables (``parameters(period).dibao_standard[county][area]``). This lookup is
dear, so its time is put out besides (``lookup_cpu_s``).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from ladder.data import BY_COUNTY, COUNTIES, standards
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH, YEAR
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Person = build_entity(key="person", plural="persons", label="person", is_person=True)
Household = build_entity(
    key="household", plural="households", label="household", roles=[{"key": "head"}, {"key": "other"}]
)
Area = Enum("Area", {name: name for name in ("urban", "rural")})
Labour = Enum("Labour", {name: name for name in ("full", "partial", "none")})
County = Enum("County", {f"c{code}": f"c{code}" for code in COUNTIES})
Current = Enum("Current", {name: name for name in ("none", "OTHER")})
Route = Enum("Route", {name: name for name in ("none", "tekun", "whole_household", "single_person")})
CATEGORIES = ("NOT_LOW_INCOME", "TEKUN", "DIBAO", "MARGIN", "RIGID", "OTHER")
Category = Enum("Category", {name: name for name in CATEGORIES})

INCOMES = ("wage", "business_net", "property_net", "transfer_net", "other_income")
SHARED = ("shared_wage", "shared_business_net", "shared_property_net", "shared_transfer_net", "shared_other_income")
SPENDING = ("spending_illness_rigid", "spending_disability_rigid", "spending_education_rigid")
PARAMETERS = {
    "elder_age": 60, "adult_age": 18, "labour_age": 16, "tekun_income_limit": 100, "margin_multiplier": 1.5,
    "rigid_ratio": 0.5, "care_failed_partial": 1, "care_failed_none": 4,
}  # fmt: skip


def variable(name: str, entity: Any, value_type: Any, period: Any, **more: Any) -> type[Variable]:
    fields = {"entity": entity, "value_type": value_type, "definition_period": period, "label": name, **more}
    if value_type is Enum:
        fields["default_value"] = next(iter(fields["possible_values"]))
    return type(name, (Variable,), fields)


VARIABLES = [
    *(variable(name, Person, float, YEAR) for name in (*INCOMES, "support_received")),
    *(variable(name, Household, float, YEAR) for name in (*SHARED, *SPENDING)),
    *(variable(name, Person, bool, MONTH) for name in ("serious_illness", "has_legal_supporter", "supporter_able")),
    *(variable(name, Person, int, MONTH) for name in ("disability_grade", "self_care_failed_items")),
    *(variable(name, Person, dt.date, MONTH) for name in ("birth_date", "died_on")),
    variable("current_category", Person, Enum, MONTH, possible_values=Current),
    variable("area", Household, Enum, MONTH, possible_values=Area),
    variable("county", Household, Enum, MONTH, possible_values=County),
    variable("property_conforms", Household, bool, MONTH),
]


def rule(entity: Any, value_type: Any, period: Any = MONTH, **more: Any) -> Callable[[Any], Any]:
    """The variable that a formula of its name computes."""

    def made(formula: Any) -> Any:
        VARIABLES.append(variable(formula.__name__, entity, value_type, period, formula=formula, **more))
        return formula

    return made


# ---- the person, before the household is known ----


@rule(Person, int)
def age(person, period):  # type: ignore[no-untyped-def]
    birth = person("birth_date", period)
    year = birth.astype("datetime64[Y]").astype(int) + 1970
    month = birth.astype("datetime64[M]").astype(int) % 12 + 1
    day = (birth - birth.astype("datetime64[M]") + 1).astype(int)
    had_birthday = (month < period.start.month) + (month == period.start.month) * (day <= period.start.day)
    return period.start.year - year - np.where(had_birthday, 0, 1)


@rule(Person, bool)
def is_living(person, period):
    return person("died_on", period) >= np.datetime64(str(period.start))


@rule(Person, Enum, possible_values=Labour)
def labour_ability(person, period, parameters):
    p = parameters(period)
    years = person("age", period)
    return np.where((years >= p.labour_age) * (years < p.elder_age), Labour.full, Labour.none)


@rule(Person, bool)
def is_severe(person, period):
    grade = person("disability_grade", period)
    return (grade == 1) + (grade == 2)


@rule(Person, float, YEAR)
def own_income(person, period):
    return sum(person(name, period) for name in INCOMES)


@rule(Person, float, YEAR)
def support_undeclared(person, period):
    received = person("support_received", period)
    return np.where(person("transfer_net", period) >= received, 0, received)


@rule(Person, float, YEAR)
def person_income(person, period):
    return person("own_income", period) + person("support_undeclared", period)


@rule(Person, bool)
def has_no_labour(person, period, parameters):
    p = parameters(period)
    years = person("age", period)
    weak = (years >= p.elder_age) + (person("disability_grade", period) > 0) + (years < p.adult_age)
    return (person("labour_ability", period) == Labour.none) * weak


@rule(Person, bool)
def has_no_supporter(person, period):
    return np.logical_not(person("has_legal_supporter", period)) + np.logical_not(person("supporter_able", period))


@rule(Person, bool)
def has_no_income(person, period, parameters):
    income = person("person_income", period.this_year)
    shared = person.household("shared_income", period.this_year)
    nothing = (income <= 0) * (shared <= 0)
    return nothing + (income + shared < parameters(period).tekun_income_limit * 12)


@rule(Person, bool)
def is_tekun(person, period):
    weak = person("has_no_supporter", period) * person("has_no_labour", period)
    return person("is_living", period) * weak * person("has_no_income", period)


@rule(Person, bool)
def is_counted(person, period):
    return person("is_living", period) * np.logical_not(person("is_tekun", period))


@rule(Person, bool)
def is_other_person(person, period):
    return person("is_living", period) * (person("current_category", period) == Current.OTHER)


# ---- the household ----


@rule(Household, float, YEAR)
def shared_income(household, period):
    return sum(household(name, period) for name in SHARED)


@rule(Household, bool)
def is_tekun_household(household, period):
    living = household.members("is_living", period)
    others = living * np.logical_not(household.members("is_tekun", period))
    return household.any(living) * np.logical_not(household.any(others))


@rule(Household, int)
def member_count(household, period):
    return household.sum(household.members("is_counted", period))


@rule(Household, float)
def household_income(household, period):
    incomes = household.members("person_income", period.this_year) * household.members("is_counted", period)
    return household.sum(incomes) + household("shared_income", period.this_year)


@rule(Household, float)
def income_per_capita_month(household, period):
    members = household("member_count", period)
    return household("household_income", period) / np.maximum(members, 1) / 12


lookup_seconds = [0.0]


def by_county(name: str) -> None:
    def formula(household, period, parameters):
        start = time.process_time()
        found = parameters(period)[name][household("county", period)][household("area", period)]
        lookup_seconds[0] += time.process_time() - start
        return found

    VARIABLES.append(variable(name, Household, float, MONTH, formula=formula))


for standard in BY_COUNTY:
    by_county(standard)


@rule(Household, bool)
def is_dibao(household, period):
    low = household("income_per_capita_month", period) < household("dibao_standard", period)
    return (household("member_count", period) > 0) * low * household("property_conforms", period)


@rule(Household, bool)
def property_conforms_margin(household, period):
    return household("property_conforms", period)


@rule(Household, bool)
def is_margin(household, period, parameters):
    line = household("dibao_standard", period) * parameters(period).margin_multiplier
    low = household("income_per_capita_month", period) < line
    open_ = (household("member_count", period) > 0) * np.logical_not(household("is_dibao", period))
    return open_ * low * household("property_conforms_margin", period)


@rule(Household, float, YEAR)
def necessary_spending(household, period):
    return sum(household(name, period) for name in SPENDING)


@rule(Household, bool)
def is_spending_heavy(household, period, parameters):
    spending = household("necessary_spending", period.this_year)
    return (spending > 0) * (spending >= household("household_income", period) * parameters(period).rigid_ratio)


@rule(Household, bool)
def is_below_disposable(household, period):
    members = np.maximum(household("member_count", period), 1)
    return household("household_income", period) / members < household("disposable_income", period)


@rule(Household, bool)
def is_rigid(household, period):
    covered = household("is_dibao", period) + household("is_margin", period)
    open_ = (household("member_count", period) > 0) * np.logical_not(covered)
    heavy = household("is_below_disposable", period) * household("is_spending_heavy", period)
    return open_ * heavy * household("property_conforms_margin", period)


@rule(Household, bool)
def is_other(household, period):
    return household.any(household.members("is_other_person", period))


@rule(Household, Enum, possible_values=Category)
def category(household, period):
    steps = ("is_tekun_household", "is_dibao", "is_margin", "is_rigid", "is_other")
    names = (Category.TEKUN, Category.DIBAO, Category.MARGIN, Category.RIGID, Category.OTHER)
    return np.select([household(step, period) for step in steps], names, default=Category.NOT_LOW_INCOME)


# ---- what each member receives ----


def half_up(yuan):
    return np.floor(yuan * 100 + 0.5) / 100


@rule(Person, float)
def single_income_month(person, period):
    members = np.maximum(person.household("member_count", period), 1)
    shared = person.household("shared_income", period.this_year) / members
    return (person("person_income", period.this_year) + shared) / 12


@rule(Person, bool)
def is_single_person(person, period):
    weak = person("is_counted", period) * (person("is_severe", period) + person("serious_illness", period))
    low = person("single_income_month", period) < person.household("dibao_standard", period)
    return weak * person.household("is_margin", period) * low


@rule(Person, Enum, possible_values=Route)
def route(person, period):
    whole = person("is_counted", period) * person.household("is_dibao", period)
    holds = [person("is_tekun", period), whole, person("is_single_person", period)]
    return np.select(holds, (Route.tekun, Route.whole_household, Route.single_person), default=Route.none)


@rule(Person, float)
def single_amount(person, period):
    amount = half_up(person.household("dibao_standard", period) - person("single_income_month", period))
    return np.where(person("route", period) == Route.single_person, amount, 0)


@rule(Person, float)
def tekun_amount(person, period):
    basic = person.household("tekun_basic_standard", period)
    return np.where(person("route", period) == Route.tekun, basic, 0)


@rule(Person, float)
def tekun_care_amount(person, period, parameters):
    p = parameters(period)
    failed = person("self_care_failed_items", period)
    full = person.household("tekun_care_none", period)
    amount = np.where(failed >= p.care_failed_none, full, person.household("tekun_care_partial", period))
    return (person("route", period) == Route.tekun) * (failed >= p.care_failed_partial) * amount


@rule(Person, float)
def person_monthly(person, period):
    return person("single_amount", period) + person("tekun_amount", period) + person("tekun_care_amount", period)


@rule(Household, float)
def dibao_amount(household, period):
    standard = household("dibao_standard", period) * household("member_count", period)
    amount = half_up(standard - household("household_income", period) / 12)
    return np.where(household("category", period) == Category.DIBAO, amount, 0)


@rule(Household, float)
def monthly(household, period):
    persons = household.sum(household.members("person_monthly", period))
    return household("dibao_amount", period) + persons


def system() -> TaxBenefitSystem:
    found = TaxBenefitSystem([Person, Household])
    found.add_variables(*VARIABLES)

    def dated(value: float) -> dict[str, Any]:
        return {"values": {"2021-05-01": {"value": value}}}

    parameters: dict[str, Any] = {name: dated(value) for name, value in PARAMETERS.items()}
    for name in BY_COUNTY:
        counties = standards()[name].items()
        parameters[name] = {f"c{code}": {area: dated(v) for area, v in areas.items()} for code, areas in counties}
    found.parameters = ParameterNode("", data=parameters)
    return found
