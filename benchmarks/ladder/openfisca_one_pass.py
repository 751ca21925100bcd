"""The ladder as NumPy by hand in the clothes of OpenFisca: one formula an entity, whole 分 in 32-bit integers.

A limit to look at: no single rule can be asked for or explained any more, and the day is written into it. What is
looked up in the household is looked up once, sums are bincounts over the household's index, and the members who cannot
receive anything are left out of the second pass.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from ladder.openfisca_usual import INCOMES, PARAMETERS, SHARED, SPENDING, Category, variable
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH, YEAR
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

Person = build_entity(key="person", plural="persons", label="person", is_person=True)
Household = build_entity(
    key="household", plural="households", label="household", roles=[{"key": "head"}, {"key": "other"}]
)


def given(population: Any, names: tuple[str, ...], period: Any) -> Any:
    """The sum of the inputs that the register fills; nobody reads the others."""
    found = [population.get_holder(name).get_array(period) for name in names]
    return sum(array for array in found if array is not None)


def counted_income(person, period):  # type: ignore[no-untyped-def]
    """Yearly income of those who count in 分, -1 for tekun persons, -2 for the dead."""
    year = period.this_year
    income = given(person, INCOMES, year)
    received = person("support_received", year)
    income = income + np.where(person("transfer_net", year) >= received, 0, received)
    living = person("died_on", period) >= np.datetime64(str(period.start))
    alone = np.flatnonzero(living & ~(person("has_legal_supporter", period) & person("supporter_able", period)))
    birth = person("birth_date", period)[alone]
    month = birth.astype("datetime64[M]")
    ymd = (
        (month.astype(int) // 12 + 1970) * 10000 + (month.astype(int) % 12 + 1) * 100 + (birth - month).astype(int) + 1
    )
    age = (20250301 - ymd) // 10000
    weak = ((age >= 60) | (person("disability_grade", period)[alone] > 0) | (age < 18)) & ((age < 16) | (age >= 60))
    shared = given(person.household, SHARED, year)[person.household.members_entity_id[alone]]
    poor = ((income[alone] <= 0) & (shared <= 0)) | (income[alone] + shared < PARAMETERS["tekun_income_limit"] * 1200)
    income[alone[weak & poor]] = -1
    income[~living] = -2
    return income


def decision(household, period):
    """The category; the amounts of the same pass are put where ``monthly`` finds them."""
    simulation, year = household.simulation, period.this_year
    person, index = simulation.persons, household.members_entity_id
    income = person("counted_income", period)
    counted = income >= 0
    tekun = income == -1
    members = np.bincount(index, weights=counted, minlength=household.count).astype(np.int64)
    shared = given(household, SHARED, year)
    total = (
        np.bincount(index, weights=np.where(counted, income, 0), minlength=household.count).astype(np.int64) + shared
    )
    at = (household("county", period), household("area", period))
    standard = {name: table[at] for name, table in simulation.standards.items()}
    line = standard["dibao_standard"] * 12 * members
    property_conforms = household("property_conforms", period)
    is_dibao = (members > 0) & (total < line) & property_conforms
    is_margin = (members > 0) & ~is_dibao & (total * 2 < line * 3) & property_conforms
    spending = given(household, SPENDING, year)
    is_rigid = (members > 0) & ~is_dibao & ~is_margin & (total < standard["disposable_income"] * members)
    is_rigid &= (spending > 0) & (spending * 2 >= total) & property_conforms
    is_tekun = np.bincount(index[tekun], minlength=household.count) > 0
    is_tekun &= members == 0
    others = index[(person("current_category", period) == 1) & (income > -2)]
    is_other = np.zeros(household.count, dtype=bool)
    is_other[others] = True
    category = np.select([is_tekun, is_dibao, is_margin, is_rigid, is_other], [1, 2, 3, 4, 5], default=0)

    amount = np.where(category == 2, ((line - total) * 2 + 12) // 24, 0)
    at_tekun = index[tekun]
    failed = person("self_care_failed_items", period)[tekun]
    care = np.where(failed >= 4, standard["tekun_care_none"][at_tekun], standard["tekun_care_partial"][at_tekun])
    np.add.at(amount, at_tekun, standard["tekun_basic_standard"][at_tekun] + np.where(failed >= 1, care, 0))
    grade = person("disability_grade", period)
    single = np.flatnonzero(counted & (person("serious_illness", period) | (grade == 1) | (grade == 2)))
    single = single[is_margin[index[single]]]
    at_single = index[single]
    short = line[at_single] - income[single] * members[at_single] - shared[at_single]
    whole = 12 * members[at_single]
    np.add.at(amount, at_single, np.where(short > 0, (short * 2 + whole) // (2 * whole), 0))
    simulation.amounts = amount
    return category.astype(np.uint8)


def monthly(household, period):
    household("category", period)
    return household.simulation.amounts


VARIABLES = [
    *(variable(name, Person, int, YEAR) for name in (*INCOMES, "support_received")),
    *(variable(name, Household, int, YEAR) for name in (*SHARED, *SPENDING)),
    *(variable(name, Person, bool, MONTH) for name in ("serious_illness", "has_legal_supporter", "supporter_able")),
    *(
        variable(name, Person, int, MONTH)
        for name in ("disability_grade", "self_care_failed_items", "current_category")
    ),
    *(variable(name, Person, dt.date, MONTH) for name in ("birth_date", "died_on")),
    *(variable(name, Household, int, MONTH) for name in ("county", "area")),
    variable("property_conforms", Household, bool, MONTH),
    variable("counted_income", Person, int, MONTH, formula=counted_income),
    variable("category", Household, Enum, MONTH, possible_values=Category, formula=decision),
    variable("monthly", Household, int, MONTH, formula=monthly),
]


def system() -> TaxBenefitSystem:
    found = TaxBenefitSystem([Person, Household])
    found.add_variables(*VARIABLES)
    found.parameters = ParameterNode("", data={})
    return found
