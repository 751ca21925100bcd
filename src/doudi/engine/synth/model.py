"""What a sample county holds: plain dataclasses, money in 分, dates as ``date``.

A person's ``cards``, ``jobs``, ``settlements`` … are what the departments know; the other fields are what the register
knows. The two differ where the county is meant to trip an indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Sex = Literal["male", "female"]
Area = Literal["urban", "rural"]
Register = Literal["ACTIVE", "WATCH", "RETAINED"]


@dataclass(frozen=True, slots=True)
class Village:
    """A village or neighbourhood; ``code`` and ``township_code`` have twelve digits."""

    code: str
    name: str
    township_code: str
    township_name: str
    area: Area


@dataclass(frozen=True, slots=True)
class Card:
    """A disability card as the federation holds it from ``issued_on``; ``cancelled_on`` makes it 注销 from that day."""

    kind: str
    grade: int
    issued_on: date
    valid_until: date | None
    cancelled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One state in the employment feed, known from ``since``. ``monthly_wage`` in 分."""

    status: Literal["unemployed", "employed"]
    since: date
    benefit_until: date | None = None
    employer: str = ""
    workplace_division: str = ""
    monthly_wage: int | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A student on the education bureau's list. ``stage`` and ``poverty_grade`` as the bureau writes them."""

    school: str
    stage: str
    poverty_grade: str
    aid_item: str
    aid_amount: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """One medical bill, money in 分. ``kind`` and ``disease_name`` as the bureau writes them."""

    settlement_no: str
    kind: str
    admitted_on: date
    settled_on: date
    institution: str
    designated: bool
    disease_name: str
    listed_disease: bool
    total_cost: int
    in_policy: int
    basic_paid: int
    serious_paid: int
    aid_paid: int

    @property
    def left(self) -> int:
        """In-policy self-paid after every payer, medical aid included."""
        return self.in_policy - self.basic_paid - self.serious_paid - self.aid_paid


@dataclass(frozen=True, slots=True)
class Relapse:
    """The agriculture bureau's record of a 防止返贫监测对象 (its own household number)."""

    household_no: str
    relation: str
    subtype: str  # unstable, marginal or sudden
    identified_on: date
    removed_on: date | None
    income_per_capita: int
    measures: str


@dataclass(frozen=True, slots=True)
class Death:
    """A death as the funeral home recorded it."""

    died_on: date
    cremated_on: date
    funeral_home: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A row of a department's list about a person, by contract field: codes as the lake has them, money in 分.

    It stands in the deliveries from month ``first`` to month ``last``, both included.
    """

    feed: str
    values: Mapping[str, object]
    first: str
    last: str


@dataclass(slots=True)
class Person:
    """A person. Annual incomes in 分; ``hukou_code`` is the county of the ID number."""

    person_no: int
    id_number: str
    name: str
    sex: Sex
    birth_date: date
    ethnicity: str = "01"  # GB/T 3304
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""
    marital_status: str = "10"  # GB/T 2261.2
    education: str = "70"  # GB/T 4658
    occupation: str = "70"  # GB/T 2261.4
    student: str | None = None
    school: str = ""
    labour_ability: Literal["full", "partial", "none"] = "full"
    employed: bool = False
    employed_since: date | None = None
    employer: str = ""
    workplace_division: str = ""
    disability_type: str | None = None
    disability_grade: int | None = None
    disability_card_no: str = ""
    serious_illness: bool = False
    disease_name: str = ""
    illness_from: date | None = None
    self_care_failed_items: int = 0
    wage: int = 0
    business_net: int = 0
    property_net: int = 0
    transfer_net: int = 0
    other_income: int = 0
    income_as_of: date | None = None
    has_legal_supporter: bool = True
    supporter_able: bool = True
    died_on: date | None = None
    cards: list[Card] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    study: Study | None = None
    settlements: list[Settlement] = field(default_factory=list)
    relapse: Relapse | None = None
    death: Death | None = None
    listings: list[Listing] = field(default_factory=list)
    """What further departments know (``feeds.LISTED``)."""
    unlisted: set[str] = field(default_factory=set)
    """Feeds and records that ``background`` must not fill in: their absence is the case."""

    @property
    def income(self) -> int:
        return self.wage + self.business_net + self.property_net + self.transfer_net + self.other_income

    def age(self, on: date) -> int:
        """Completed years."""
        return on.year - self.birth_date.year - ((on.month, on.day) < (self.birth_date.month, self.birth_date.day))


@dataclass(slots=True)
class Member:
    """A person's active membership in one household."""

    person: Person
    relation: str
    category: str | None = None
    route: str | None = None
    category_from: date | None = None
    fanpin: str | None = None


@dataclass(frozen=True, slots=True)
class Supporter:
    """赡(抚、扶)养人 who lives elsewhere; ``annual_support`` in 分."""

    supports: Person = field(repr=False)
    relation: str
    name: str
    age: int
    marital_status: str
    occupation: str
    annual_support: int


@dataclass(slots=True)
class Spending:
    """Annual spending by the form's kinds, 分."""

    daily: int = 0
    social_insurance: int = 0
    job_cost: int = 0
    illness_rigid: int = 0
    disability_rigid: int = 0
    education_rigid: int = 0
    other: int = 0

    @property
    def necessary(self) -> int:
        """Medical, disability and education spending: what 刚性支出 compares with income."""
        return self.illness_rigid + self.disability_rigid + self.education_rigid


@dataclass(frozen=True, slots=True)
class House:
    address: str
    floor_area: int  # m²
    source: str
    built_on: date
    grade: str | None  # A to D, None where nobody has graded it


@dataclass(frozen=True, slots=True)
class Vehicle:
    owner: Person = field(repr=False)
    kind: str
    plate: str
    bought_on: date
    price: int


@dataclass(slots=True)
class Assets:
    """Point-in-time property, money in 分."""

    deposits: int = 0
    houses: list[House] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)
    business: str = ""
    conforms: bool = True


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step of a household's category history. ``after`` None: left every category."""

    on: date
    event: Literal["entered", "changed", "exited", "watched"]
    before: str | None
    after: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment line; ``person`` None for the household's own benefit. ``amount`` in 分."""

    person: Person | None = field(repr=False)
    period: str
    item: Literal["dibao", "tekun", "supplement"]
    amount: int
    result: Literal["paid", "returned"]
    paid_on: date


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the platform's own records (doudi.engine.indicators.records): of a person, a household or an office."""

    table: str
    values: Mapping[str, object]
    person: Person | None = field(default=None, repr=False)


@dataclass(slots=True)
class Household:
    """A household of the register. ``monthly_benefit`` in 分, supplements not counted."""

    household_no: str
    village: Village
    address: str
    area: Area
    register: Register
    category: str | None
    category_from: date | None
    members: list[Member] = field(default_factory=list)
    shared_income: int = 0
    supporters: list[Supporter] = field(default_factory=list)
    spending: Spending = field(default_factory=Spending)
    assets: Assets = field(default_factory=Assets)
    causes: list[str] = field(default_factory=list)
    monthly_benefit: int = 0
    history: list[StatusChange] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def head(self) -> Person:
        return self.members[0].person

    @property
    def income_year(self) -> int:
        return self.shared_income + sum(member.person.income for member in self.members)

    @property
    def house_grade(self) -> str | None:
        return self.assets.houses[0].grade if self.assets.houses else None


@dataclass(frozen=True, slots=True)
class Planted:
    """A case made to trip ``indicator``, or (in ``County.near_misses``) made not to.

    ``person`` None: the household as a whole. ``household`` None: somebody outside the register. ``other``: the second
    household of one who is registered twice. ``packs``: the packs whose rules trip it; empty where all do. ``matter``:
    of supervision, the case of an office (its signal has neither person nor household key in the truth).
    """

    indicator: str
    person: Person | None
    household: Household | None
    why: str
    packs: tuple[str, ...] = ()
    other: Household | None = None
    matter: str | None = None


@dataclass(slots=True)
class County:
    """A whole sample county."""

    code: str
    name: str
    pack: str
    seed: int
    period: str
    periods: list[str]
    as_of: date
    token_key: bytes
    villages: list[Village]
    households: list[Household]
    strangers: list[Person]
    standards: list[tuple[str, str, str | None, date, str]]
    planted: list[Planted]
    near_misses: list[Planted]
    under_other_packs: list[Planted]
    """Cases that trip another indicator where the pack lacks a rule: without a taper, MNE-11 is MNE-03."""
    special: frozenset[int]
    """Person numbers of planted cases and near-misses: no typing error may lose their rows."""
    cohorts: list[list[Household]] = field(default_factory=list)
    """Households made for the cases of the current month, of the month before, …"""
    records: list[Record] = field(default_factory=list)
    """The platform's records about offices rather than households."""

    def persons(self) -> list[Person]:
        """Registered persons, each once."""
        seen: dict[int, Person] = {}
        for household in self.households:
            for member in household.members:
                seen.setdefault(member.person.person_no, member.person)
        return list(seen.values())
