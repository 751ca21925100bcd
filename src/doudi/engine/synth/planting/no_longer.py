"""MNE: what departments and the platform know by now: pensions, property, work, terms that end, people who left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from doudi.engine.synth import families
from doudi.engine.synth.families import Shape
from doudi.engine.synth.model import Household, Person
from doudi.engine.synth.months import add_months, years_before
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting.improved import dibao_line, new_job

TAPER_PACKS = ("anyang", "qingyang")
REVIEW_PACKS = ("anyang",)
"""Elsewhere nobody has said how often a margin family is reviewed."""
_PENSION_SHARE, _DWELLINGS, _ASSET_STANDARDS = 10, 2, 24
_REMINDER, _FAILED_APART = 30, 30
_VALID_MONTHS = 12
_TESTED = ("DIBAO", "MARGIN", "RIGID", "TEKUN")


def _tested(plot: Plot, turn: int) -> Household:
    """A family whose income and property are tested, recognised long ago; the category changes with the turn."""
    category = _TESTED[turn % 4]
    shape: Callable[[Random], Shape] = families.bachelor_elder if category == "TEKUN" else families.middle_couple
    since = -8 if category == "RIGID" else -20
    return plot.household(category, shape, category_from=add_months(plot.context.first, since))


def _poor_couple(plot: Plot) -> Household:
    """A 低保 couple of half the line, all of it the head's."""
    home = plot.household("DIBAO", families.middle_couple, category_from=add_months(plot.context.first, -20))
    plot.set_income(home, dibao_line(plot.context, home) // 24 * 12)
    home.monthly_benefit = dibao_line(plot.context, home) // 12 - home.income_year // 12
    return home


def pension(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    limit = plot.context.standard(home.area) // _PENSION_SHARE
    if turn % 2 == 0:
        person, monthly = home.members[1].person, limit + 1
        why = "领取职工养老金，没有申报，比月低保标准的10%多1分"
    else:
        person, monthly = home.head, home.head.transfer_net // 12 + limit + 100
        why = "职工养老金比申报的转移净收入多出月低保标准的10%以上"
    _pensioner(plot, person, monthly)
    plot.trips("MNE-04", why, person=person, household=home)


def pension_declared(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    limit = plot.context.standard(home.area) // _PENSION_SHARE
    _pensioner(plot, home.head, home.head.transfer_net // 12 + limit)
    plot.spared("MNE-04", "比申报恰好多出月低保标准的10%", person=home.head, household=home)
    home = _poor_couple(plot)
    _pensioner(plot, home.members[1].person, limit * 3, kind="resident")
    plot.spared("MNE-04", "城乡居民养老金", person=home.members[1].person, household=home)


def _pensioner(plot: Plot, person: Person, monthly: int, *, kind: str = "employee") -> None:
    started_on = add_months(plot.context.first, -40)
    plot.listed(person, "pension", kind=kind, started_on=started_on, monthly=monthly)


def vehicle(plot: Plot, turn: int) -> None:
    home = _tested(plot, turn)
    _vehicle(plot, home.head, kind=("car", "boat", "motorcycle")[turn % 3])
    plot.trips("MNE-05", "名下有自用的机动车船", person=home.head, household=home)


def vehicle_exempt(plot: Plot, turn: int) -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"use": "disability"}, "残疾人代步车"),
        ({"use": "livelihood", "kind": "truck"}, "生产经营用货车"),
        ({"status": "cancelled"}, "已注销"),
    )
    for values, why in cases:
        home = _tested(plot, turn)
        _vehicle(plot, home.head, **values)
        plot.spared("MNE-05", why, person=home.head, household=home)


def _vehicle(plot: Plot, person: Person, **values: Any) -> None:
    given = {"kind": "car", "registered_on": plot.days_ago(70), "use": "private", "status": "registered"}
    plot.listed(person, "vehicle", plate_no=f"豫E{person.person_no:05d}", **{**given, **values})


def real_estate(plot: Plot, turn: int) -> None:
    home = _tested(plot, turn)
    long_ago = add_months(plot.context.first, -90)
    if turn % 2 == 0:
        for number in range(_DWELLINGS):
            _property(plot, home.members[-1].person, number, registered_on=long_ago)
        why = "名下有两套住宅"
    else:
        _property(plot, home.head, 0, registered_on=plot.days_ago(turn % 9), kind="shop")
        why = "本月新登记商铺"
    plot.trips("MNE-06", why, household=home)


def real_estate_within_limit(plot: Plot, turn: int) -> None:
    long_ago = add_months(plot.context.first, -90)
    home = _tested(plot, turn)
    _property(plot, home.head, 0, registered_on=long_ago)
    _property(plot, home.head, 1, registered_on=long_ago, kind="shop")
    plot.spared("MNE-06", "一套住宅、一间早年的商铺", household=home)
    home = _tested(plot, turn)
    _property(plot, home.head, 0, registered_on=long_ago)
    _property(plot, home.head, 1, registered_on=plot.days_ago(9), status="transferred")
    plot.spared("MNE-06", "另一套已转移", household=home)


def _property(plot: Plot, person: Person, number: int, **values: Any) -> None:
    given = {"kind": "dwelling", "area_m2": 86, "status": "held"}
    plot.listed(person, "real_estate", unit_no=f"{person.person_no}F{number:04d}", **{**given, **values})


def business(plot: Plot, turn: int) -> None:
    home = _tested(plot, turn)
    _business(plot, home.head, role=("sole_trader", "shareholder", "legal_representative")[turn % 3])
    plot.trips("MNE-07", "存续经营主体的负责人或出资人", person=home.head, household=home)


def business_closed(plot: Plot, turn: int) -> None:
    for status, why in (("dormant", "已歇业"), ("cancelled", "已注销")):
        home = _tested(plot, turn)
        _business(plot, home.head, status=status)
        plot.spared("MNE-07", why, person=home.head, household=home)


def _business(plot: Plot, person: Person, **values: Any) -> None:
    given = {"role": "sole_trader", "registered_on": plot.days_ago(100), "status": "active"}
    plot.listed(person, "business", credit_code=f"92{person.person_no:016d}", **{**given, **values})


def financial_assets(plot: Plot, turn: int) -> None:
    home = _tested(plot, turn)
    _asked(plot, home, _asset_limit(plot, home) + 1)
    plot.trips("MNE-08", "金融资产比限额多1分", household=home)


def financial_assets_within_limit(plot: Plot, turn: int) -> None:
    home = _tested(plot, turn)
    _asked(plot, home, _asset_limit(plot, home))
    plot.spared("MNE-08", "恰好等于限额", household=home)
    home = _tested(plot, turn)
    _asked(plot, home, _asset_limit(plot, home) * 2, asked_on=add_months(plot.context.first, -13))
    plot.spared("MNE-08", "一年多以前查询的", household=home)


def _asset_limit(plot: Plot, home: Household) -> int:
    return plot.context.standard(home.area) * _ASSET_STANDARDS * len(home.members)


def _asked(plot: Plot, home: Household, total: int, *, asked_on: date | None = None) -> None:
    plot.listed(home.head, "financial_assets", since=0, asked_on=asked_on or plot.days_ago(8), total=total)


def employer_pays(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    if turn % 2 == 0:
        _insured(plot, home.head, insured_from=plot.context.as_of)
        why = "登记没有工作，单位当月末日起为其参保"
    else:
        plot.listed(
            home.head, "housing_fund", opened_on=plot.days_ago(90), monthly=30000, employer_contribution=True
        )  # fmt: skip
        why = "登记没有工作，单位为其缴存公积金"
    plot.trips("MNE-09", why, person=home.head, household=home)


def pays_alone(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    _insured(plot, home.head, kind="flexible", employer=None)
    plot.spared("MNE-09", "灵活就业，自己缴费", person=home.head, household=home)
    home = _poor_couple(plot)
    _insured(plot, home.head, insured_until=plot.days_ago(100))
    plot.spared("MNE-09", "单位早已停保", person=home.head, household=home)


def _insured(plot: Plot, person: Person, **values: Any) -> None:
    given = {"kind": "employee", "employer": "东方服装厂", "insured_from": add_months(plot.context.first, -30)}
    plot.listed(person, "employment", **{**given, **values})


def taper_ending(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    if turn % 2 == 0:
        _taper(plot, home, plot.days_ago(-_REMINDER))
        why = "渐退期还有30天届满"
    else:
        _taper(plot, home, plot.days_ago(3))
        why = "渐退期三天前已届满，仍在低保"
    plot.trips("MNE-12", why, household=home, packs=TAPER_PACKS)


def taper_running(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    _taper(plot, home, plot.days_ago(-_REMINDER - 1))
    plot.spared("MNE-12", "渐退期还有31天届满", household=home)
    since = add_months(plot.context.first, -4)
    home = plot.household("DIBAO", families.middle_couple, category_from=since)
    _taper(plot, home, since - timedelta(days=1))
    plot.spared("MNE-12", "届满次日重新认定为低保", household=home)


def _taper(plot: Plot, home: Household, last: date) -> None:
    plot.record("tapers", home, taper_from=add_months(last, -6), taper_to=last)


def tekun_changed(plot: Plot, turn: int) -> None:
    variant = turn % 3
    if variant == 0:
        home = _tekun(plot, families.bachelor_elder)
        _supporter(plot, home, "child", 42)
        why = "登记了有能力的子女"
    elif variant == 1:
        home = _orphan(plot, years_before(plot.context.as_of, 18))
        why = "当月末日满18周岁，不再就读"
    else:
        home = _tekun(plot, families.single_adult)
        new_job(plot, home.head, 180000, plot.days_ago(40))
        why = "已经就业"
    plot.trips("MNE-13", why, person=home.head, household=home)


def tekun_unchanged(plot: Plot, turn: int) -> None:
    home = _tekun(plot, families.bachelor_elder)
    _supporter(plot, home, "sibling", 60)
    plot.spared("MNE-13", "兄弟姐妹没有法定义务", person=home.head, household=home)
    home = _orphan(plot, years_before(plot.context.as_of + timedelta(days=1), 18))
    plot.spared("MNE-13", "次日才满18周岁", person=home.head, household=home)
    home = _orphan(plot, years_before(plot.context.as_of, 18))
    home.head.student = "vocational"
    plot.spared("MNE-13", "满18周岁，中职在读", person=home.head, household=home)


def _tekun(plot: Plot, shape: Callable[[Random], Shape]) -> Household:
    return plot.household("TEKUN", shape, category_from=add_months(plot.context.first, -50))


def _orphan(plot: Plot, birth_date: date) -> Household:
    """A 特困 minor recognised years ago, of an age without a school."""
    home = _tekun(plot, families.orphan)
    plot.people.reborn(home.head, birth_date)
    home.head.student, home.head.school = None, ""
    return home


def _supporter(plot: Plot, home: Household, relation: str, age: int) -> None:
    plot.record("supporters", home, home.head, relation=relation, age=age, annual_support=0, able=True)


def rigid_expiring(plot: Plot, turn: int) -> None:
    if turn % 2 == 0:
        home = _rigid(plot, plot.days_ago(-_REMINDER))
        why = "认定满12个月还有30天"
    else:
        home = _rigid(plot, plot.days_ago(5))
        why = "认定满12个月已过五天"
    plot.trips("MNE-14", why, household=home)


def rigid_valid(plot: Plot, turn: int) -> None:
    home = _rigid(plot, plot.days_ago(-_REMINDER - 1))
    plot.spared("MNE-14", "认定满12个月还有31天", household=home)
    home = _rigid(plot, plot.days_ago(60))
    plot.record("reviews", home, kind="rigid_recognition", last_on=plot.days_ago(70))
    plot.spared("MNE-14", "到期前已重新认定", household=home)


def _rigid(plot: Plot, due_on: date) -> Household:
    """A 刚性支出 family whose recognition is a year old on ``due_on``."""
    home = plot.household("RIGID", families.middle_couple, category_from=add_months(due_on, -_VALID_MONTHS))
    home.head.unlisted.add("reviews")
    return home


def review_due(plot: Plot, turn: int) -> None:
    if turn % 2 == 0:
        home = _margin(plot, plot.days_ago(-_REMINDER))
        why = "上次复核满12个月还有30天"
    else:
        home = plot.household(
            "MARGIN", families.middle_couple, category_from=add_months(plot.context.first, -14)
        )  # fmt: skip
        home.head.unlisted.add("reviews")
        why = "认定一年多，没有复核记录"
    plot.trips("MNE-15", why, household=home, packs=REVIEW_PACKS)


def review_not_due(plot: Plot, turn: int) -> None:
    home = _margin(plot, plot.days_ago(-_REMINDER - 1))
    plot.spared("MNE-15", "上次复核满12个月还有31天", household=home)


def _margin(plot: Plot, due_on: date) -> Household:
    home = plot.household("MARGIN", families.middle_couple, category_from=add_months(plot.context.first, -40))
    plot.record("reviews", home, kind="margin_annual", last_on=add_months(due_on, -_VALID_MONTHS))
    return home


def moved_away(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    if turn % 2 == 0:
        _moved(plot, home, "410105")
        why = "户籍本月迁出本县，登记库仍在册"
    else:
        _not_found(plot, home, 3 + _FAILED_APART, 3)
        why = "两次入户未见到本人，相隔30天"
    plot.trips("MNE-16", why, household=home)


def still_there(plot: Plot, turn: int) -> None:
    home = _poor_couple(plot)
    _moved(plot, home, plot.context.county)
    plot.spared("MNE-16", "迁往本县另一乡镇", household=home)
    home = _poor_couple(plot)
    _not_found(plot, home, 2 + _FAILED_APART, 3)
    plot.spared("MNE-16", "两次入户未见到本人，只相隔29天", household=home)
    home = _poor_couple(plot)
    _not_found(plot, home, 60, 3)
    plot.record(
        "visits", home, visited_on=plot.days_ago(30), method="PHONE", outcome="WATCH", other_difficulty=False
    )  # fmt: skip
    plot.spared("MNE-16", "两次之间电话联系上了", household=home)


def _moved(plot: Plot, home: Household, to_division: str) -> None:
    changed_on = plot.context.first.replace(day=15)
    plot.listed(home.head, "residence", since=0, change="move_out", changed_on=changed_on, to_division=to_division)


def _not_found(plot: Plot, home: Household, *days: int) -> None:
    for ago in days:
        plot.record(
            "visits", home, visited_on=plot.days_ago(ago), method="HOME", outcome="NOT_FOUND", other_difficulty=False
        )  # fmt: skip


PLANTED = {
    "MNE-04": pension,
    "MNE-05": vehicle,
    "MNE-06": real_estate,
    "MNE-07": business,
    "MNE-08": financial_assets,
    "MNE-09": employer_pays,
    "MNE-12": taper_ending,
    "MNE-13": tekun_changed,
    "MNE-14": rigid_expiring,
    "MNE-15": review_due,
    "MNE-16": moved_away,
}
"""MNE-02 is off, and its feed has no legal basis in the sample county: nobody is planted."""
NEAR_MISSES = (
    pension_declared,
    vehicle_exempt,
    real_estate_within_limit,
    business_closed,
    financial_assets_within_limit,
    pays_alone,
    taper_running,
    tekun_unchanged,
    rigid_valid,
    review_not_due,
    still_there,
)
