"""One household at a time: a shape, its difficulties, its economy, its dates. Ordinary households trip no indicator."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random

from doudi.engine.synth import economy, families, health
from doudi.engine.synth.context import ADULT_AGE, CARE_FAILED, SEVERE_GRADE, WORKPLACES, Context
from doudi.engine.synth.families import SHAPES, Shape
from doudi.engine.synth.history import give_history
from doudi.engine.synth.model import Area, Household, Job, Member, Person, Register, Relapse, Study, Village
from doudi.engine.synth.months import add_months
from doudi.engine.synth.people import People
from doudi.engine.synth.places import address

# How often a household of each category has each of the difficulties that CPX-01 counts.
_DIFFICULTIES: dict[str | None, dict[str, float]] = {
    "DIBAO": {
        "illness": 0.34,
        "disability": 0.30,
        "schooling": 0.45,
        "housing": 0.04,
        "employment": 0.06,
        "care": 0.05,
    },
    "TEKUN": {"illness": 0.12, "disability": 0.24, "care": 0.24, "housing": 0.02, "schooling": 0.30},
    "MARGIN": {"illness": 0.15, "disability": 0.13, "schooling": 0.35, "housing": 0.03, "employment": 0.08},
    "RIGID": {"illness": 0.80, "schooling": 0.50, "housing": 0.02, "employment": 0.05, "disability": 0.08},
    "OTHER": {"illness": 0.30, "schooling": 0.30, "housing": 0.05, "employment": 0.06, "disability": 0.06},
    None: {"illness": 0.12, "schooling": 0.22, "housing": 0.02, "employment": 0.10, "disability": 0.06},
}
URBAN_SHARE, URBAN_SHARE_OF_ONE = 0.17, 0.05
"""Share of households in urban neighbourhoods, and how much of it a single neighbourhood may hold."""
MOST_DIFFICULTIES = 2
"""CPX-01 begins at three."""
_CAUSES = {
    "illness": "H01",
    "disability": "H02",
    "schooling": "H03",
    "housing": "H06",
    "employment": "H07",
    "care": "H09",
}
_WORKING = {"DIBAO": 0.30, "TEKUN": 0.0, "MARGIN": 0.62, "RIGID": 0.62, "OTHER": 0.6, None: 0.68}
_FANPIN = {"DIBAO": 0.045, "MARGIN": 0.07, "RIGID": 0.08, None: 0.11}
_MEASURES = ("产业帮扶、小额信贷", "公益性岗位", "务工补贴", "医疗救助、临时救助", "庭院经济")
EMPLOYERS = (
    "惠民家政服务部",
    "县环卫公司",
    "龙泉食品厂",
    "恒达建筑劳务公司",
    "东方服装厂",
    "顺通物流公司",
    "乡村就业工厂",
    "旺角餐饮店",
)
SCHOOL_NAMES = {
    "学前": "中心幼儿园",
    "小学": "中心小学",
    "初中": "第一初级中学",
    "普通高中": "县第二高级中学",
    "中职": "县职业技术学校",
    "本专科": "省内高校",
}
Shaper = Callable[[Random], Shape]


class Households:
    """Makes households of the county; numbers them later, when all are there.

    Half of them live in the township ``focus``, if one is given.
    """

    def __init__(self, context: Context, people: People, *, focus: str = "") -> None:
        self.context, self.people = context, people
        urban = [village for village in context.villages if village.area == "urban"]
        rural = [village for village in context.villages if village.area == "rural"]
        self._pools = {"urban": urban or rural, "rural": rural or urban}
        self._urban_share = min(URBAN_SHARE, URBAN_SHARE_OF_ONE * len(urban))
        townships = sorted({village.township_code for village in context.villages})
        self._level = {code: context.rng.uniform(0.86, 1.12) for code in townships}
        self._weight = {code: context.rng.uniform(0.5, 1.5) for code in townships}
        if focus:
            self._weight[focus] = sum(weight for code, weight in self._weight.items() if code != focus)

    def make(
        self,
        category: str | None,
        *,
        register: Register = "ACTIVE",
        shape: Shaper | None = None,
        difficulties: Iterable[str] | None = None,
        area: Area | None = None,
        quiet: bool = False,
        category_from: date | None = None,
    ) -> Household:
        """One household.

        ``difficulties`` given: exactly those, where the shape allows; ``quiet``: no bills, lists or jobs by chance;
        ``area``: the family's own, also where the county has no village of it (a family that lives in the town).
        """
        context, rng = self.context, self.context.rng
        village = self._village(area or ("urban" if rng.random() < self._urban_share else "rural"))
        if shape is None:
            shapes = SHAPES[category if category in SHAPES else "MARGIN"]
            shape = rng.choices([made for made, _ in shapes], [weight for _, weight in shapes])[0]
        members = families.gather(self.people, rng, shape(rng))
        household = Household(
            "",
            village,
            address(rng, context.county_name, village),
            area or village.area,
            register,
            category,
            None,
            members,
        )
        if category == "TEKUN":
            for member in members:
                member.person.has_legal_supporter = False
                member.person.labour_ability = "none"
        self._enrol(members, sure=quiet)
        found = self._afflict(household, difficulties, shape)
        household.causes = [_CAUSES[name] for name in found] or ["H08" if category else "H12"]
        self._categorise(household, shape, quiet, category_from)
        self._employ(household, found, quiet)
        total = (
            0
            if self._single(household)
            else economy.target_income(context, household, self._level[village.township_code])
        )
        economy.share_out(context, household, total)
        if category != "TEKUN" and not self._single(household):
            household.supporters = families.supporters(rng, members, context.as_of.year)
        self._list_jobs(household, quiet)
        economy.spend(context, household)
        economy.own(context, household, rng.choice("CD") if "housing" in found else rng.choice((None, "A", "B", "B")))
        household.monthly_benefit = economy.benefit(context, household)
        give_history(context, household)
        if not quiet:
            self._mild_card(household)
            self._fanpin(household)
            health.household_bills(context, household)
        return household

    def _single(self, household: Household) -> bool:
        return household.members[0].route == "single_household"

    def _village(self, area: str) -> Village:
        pool = self._pools[area]
        return self.context.rng.choices(pool, [self._weight[village.township_code] for village in pool])[0]

    def _enrol(self, members: list[Member], sure: bool) -> None:
        rng = self.context.rng
        for member in members:
            person = member.person
            age = person.age(self.context.as_of)
            if age < 3 or age > 22 or (member.relation == "head" and age > 18):
                continue
            if age < 6:
                person.student = "preschool" if rng.random() < 0.7 else None
            elif age < 15:
                person.student = "compulsory"
            elif age < 18:
                person.student = (
                    "senior_high" if sure else rng.choices(("senior_high", "vocational", None), (60, 32, 8))[0]
                )
            elif rng.random() < 0.5:
                person.student = "undergraduate"
            if person.student:
                person.school = SCHOOL_NAMES[stage_label(person, age)]
                person.occupation = "31"

    def _afflict(self, household: Household, wanted: Iterable[str] | None, shape: Shaper) -> list[str]:
        """Give the household its difficulties; returns those that took hold."""
        rng = self.context.rng
        if wanted is None:
            chances = _DIFFICULTIES[household.category]
            order = sorted(chances, key=lambda name: rng.random())
            # These shapes need a reason why a grown person lives so.
            if shape in (families.single_adult, families.adult_with_parents) and household.category in (
                "DIBAO",
                "TEKUN",
            ):
                reason = "disability" if household.category == "TEKUN" or rng.random() < 0.7 else "illness"
                order = [reason, *(name for name in order if name != reason)]
                chances = {**chances, reason: 1.0}
            names = [name for name in order if rng.random() < chances[name]]
        else:
            names = list(wanted)
        found: list[str] = []
        for name in names:
            if (wanted is not None or len(found) < MOST_DIFFICULTIES) and getattr(self, f"_give_{name}")(household):
                found.append(name)
        return found

    def _pick(self, household: Household, test: Callable[[Person, int], bool]) -> Person | None:
        as_of = self.context.as_of
        persons = [
            m.person
            for m in household.members
            if not (m.person.jobs or m.person.employed) and test(m.person, m.person.age(as_of))
        ]
        if household.category == "MARGIN" and sum(_earns(m.person, m.person.age(as_of)) for m in household.members) < 2:
            return None  # one becomes 单人保; somebody else's income must make the family a margin family
        return self.context.rng.choice(persons) if persons else None

    def _give_illness(self, household: Household) -> bool:
        person = self._pick(household, lambda p, age: age >= 24 and p.disability_grade is None)
        if person is not None:
            health.fall_ill(self.context, person)
        return person is not None

    def _give_disability(self, household: Household) -> bool:
        # A severely disabled adult of working age could enter 低保 alone (参照单人户): only others have such cards.
        any_age = household.category in ("DIBAO", "TEKUN", "MARGIN")
        person = self._pick(
            household,
            lambda p, age: (
                age >= 4 and not p.serious_illness and p.student is None and (any_age or age >= 60 or age < 16)
            ),
        )
        if person is not None:
            health.card(self.context, person, self.context.rng.choice((1, 2, 2)))
        return person is not None

    def _give_schooling(self, household: Household) -> bool:
        students = [member.person for member in household.members if member.person.student]
        for person in students:
            self.list_student(person, self.context.rng.choice(("特别困难", "困难", "困难")))
        return bool(students)

    def _give_housing(self, household: Household) -> bool:
        return True

    def _give_employment(self, household: Household) -> bool:
        """A registered unemployed; outside 低保 only beside somebody who has a job (NCE-05 looks for the others)."""
        as_of, rng = self.context.as_of, self.context.rng
        adults = [m.person for m in household.members if 20 <= m.person.age(as_of) <= 54 and can_work(m.person)]
        if not adults or (household.category != "DIBAO" and len(adults) < 2):
            return False
        self.lose_job(adults[0], add_months(as_of, -rng.randint(1, 14)))
        if household.category != "DIBAO":
            self.hire(adults[1])
        return True

    def _give_care(self, household: Household) -> bool:
        person = self._pick(household, lambda p, age: age >= 70 or (p.disability_grade or 9) <= SEVERE_GRADE)
        if person is not None:
            person.self_care_failed_items = self.context.rng.randint(CARE_FAILED, 6)
        return person is not None

    def lose_job(self, person: Person, registered_on: date, benefit_until: date | None = None) -> None:
        """Registered as unemployed from that day; an insurance benefit of half a year where none is given."""
        until = benefit_until or add_months(registered_on, 6)
        person.jobs.append(Job("unemployed", registered_on, benefit_until=until))
        person.occupation = "70"

    def hire(self, person: Person) -> None:
        """A job that the register has known for long; its wage comes with ``economy.share_out``."""
        rng = self.context.rng
        person.employed = True
        person.employed_since = self.context.first - timedelta(days=rng.randint(330, 1900))
        person.employer = rng.choice(EMPLOYERS)
        person.workplace_division = rng.choice(tuple(WORKPLACES)) if rng.random() < 0.2 else self.context.county
        person.occupation = "24"

    def list_student(self, person: Person, grade: str) -> None:
        stage = stage_label(person, person.age(self.context.as_of))
        item = (
            "国家助学金" if stage in ("普通高中", "中职", "本专科") else "生活补助" if stage != "学前" else "学前资助"
        )
        person.study = Study(person.school, stage, grade, item, self.context.rng.choice((50000, 62500, 75000, 100000)))

    def _categorise(self, household: Household, shape: Shaper, quiet: bool, category_from: date | None) -> None:
        context, category = self.context, household.category
        if category is None:
            return
        months = 10 if category in ("RIGID", "OTHER") else 84
        household.category_from = category_from or context.day_between(
            add_months(context.first, -months), add_months(context.first, -2)
        )
        for member in household.members:
            person = member.person
            severe = person.serious_illness or (person.disability_grade or 9) <= SEVERE_GRADE
            member.category = "DIBAO" if category == "MARGIN" and severe else category
            member.route = _route(category, member.category)
            member.category_from = household.category_from
        only = household.members[0]
        severe_alone = shape is families.single_adult and (only.person.disability_grade or 9) <= SEVERE_GRADE
        if category == "DIBAO" and severe_alone and not quiet and context.chance(0.4):
            only.route = "single_household"

    def _employ(self, household: Household, found: list[str], quiet: bool) -> None:
        if quiet:
            return
        chance = _WORKING[household.category]
        for member in household.members:
            person = member.person
            if (
                member.route in ("single_person", "single_household")
                or person.jobs
                or person.employed
                or not can_work(person)
            ):
                continue
            if 18 <= person.age(self.context.as_of) <= 58 and self.context.chance(chance):
                self.hire(person)

    def _list_jobs(self, household: Household, quiet: bool) -> None:
        """Some of the jobs that the register knows also stand in the employment feed, with the same wage."""
        for member in household.members:
            person = member.person
            if person.employed and person.employed_since and not quiet and self.context.chance(0.6):
                person.jobs.append(
                    Job(
                        "employed",
                        person.employed_since,
                        None,
                        person.employer,
                        person.workplace_division,
                        person.wage // 12,
                    )
                )
            if person.student and person.study is None and not quiet and self.context.chance(0.25):
                self.list_student(person, "一般困难")

    def _mild_card(self, household: Household) -> None:
        for member in household.members:
            person = member.person
            if person.disability_grade is None and person.age(self.context.as_of) >= 12 and self.context.chance(0.035):
                health.card(
                    self.context,
                    person,
                    self.context.rng.choice((3, 4)),
                    kind=self.context.rng.choice(("physical", "visual", "hearing")),
                )

    def _fanpin(self, household: Household) -> None:
        context = self.context
        if household.area != "rural" or not context.chance(_FANPIN.get(household.category, 0.0)):
            return
        subtype = context.rng.choices(("unstable", "marginal", "sudden"), (35, 40, 25))[0]
        number = f"{context.county}{context.rng.randint(10**9, 10**10 - 1)}"
        identified = context.day_between(date(2021, 6, 1), add_months(context.first, -12))
        removed = add_months(identified, 10) if context.chance(0.35) else None
        measures = context.rng.choice(_MEASURES)
        for member in household.members:
            member.fanpin = subtype
            member.person.relapse = Relapse(
                number, member.relation, subtype, identified, removed,
                household.income_year // len(household.members) // 100 * 100, measures,
            )  # fmt: skip


def can_work(person: Person) -> bool:
    return person.labour_ability != "none" and person.student is None and not person.serious_illness


def _earns(person: Person, age: int) -> bool:
    severe = person.serious_illness or (person.disability_grade or 9) <= SEVERE_GRADE
    return age >= ADULT_AGE and person.student is None and not severe


def stage_label(person: Person, age: int) -> str:
    """The education bureau's word for the stage."""
    if person.student == "compulsory":
        return "小学" if age < 12 else "初中"
    return {"preschool": "学前", "senior_high": "普通高中", "vocational": "中职", "postgraduate": "研究生"}.get(
        person.student or "", "本专科"
    )


def _route(household_category: str, category: str) -> str | None:
    if household_category == "TEKUN":
        return "tekun"
    if category == "DIBAO":
        return "whole_household" if household_category == "DIBAO" else "single_person"
    return None
