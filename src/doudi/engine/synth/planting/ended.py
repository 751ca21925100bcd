"""MNE: what a benefit rested on has changed: the family, a card, school, childhood; or a large sum has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from doudi.engine.synth import families, health
from doudi.engine.synth.context import DIBAO_STANDARD, SUPPLEMENT_FEN
from doudi.engine.synth.model import Household, Member, Payment, Person
from doudi.engine.synth.months import add_months, years_before
from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting.delivery import SUPPLEMENT_PACKS

_COMPENSATION_STANDARDS = 24
_CHANGES = (("marriage", "结婚"), ("birth", "生育"), ("divorce", "离婚"), ("adoption", "收养"))


def family_changed(plot: Plot, turn: int) -> None:
    change, word = _CHANGES[turn % 4]
    home = plot.household(("DIBAO", "MARGIN")[turn % 2], families.adult_with_parents)
    _registered(plot, home, change, plot.days_ago(turn % 20))
    plot.trips("MNE-17", f"成员登记{word}", household=home)


def family_as_known(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.adult_with_parents)
    _registered(plot, home, "marriage", plot.context.first - timedelta(days=9), since=1)
    plot.spared("MNE-17", "上月名单已有的登记", household=home)
    home = plot.household(None, families.adult_with_parents, register="WATCH")
    _registered(plot, home, "marriage", plot.days_ago(9))
    plot.spared("MNE-17", "关注家庭，没有纳入", household=home)


def _registered(plot: Plot, home: Household, change: str, day: date, *, since: int = 0) -> None:
    plot.listed(home.members[-1].person, "marriage", since=since, change=change, registered_on=day)


def compensated(plot: Plot, turn: int) -> None:
    home = plot.household(("DIBAO", "MARGIN")[turn % 2], families.middle_couple)
    limit = _limit(home)
    if turn % 2:
        _paid(plot, home.members[1].person, limit + 1000000, plot.days_ago(turn % 20), "demolition")
        why = "领取拆迁补偿，超过限额"
    else:
        _paid(plot, home.head, limit // 2, plot.context.first - timedelta(days=4), since=1, until=1)
        _paid(plot, home.members[1].person, limit - limit // 2 + 1, plot.days_ago(turn % 20))
        why = "上月和本月两笔征地补偿，合计比限额多1分"
    plot.trips("MNE-18", why, household=home)


def compensated_within_the_limit(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    _paid(plot, home.head, _limit(home), plot.days_ago(8))
    plot.spared("MNE-18", "补偿恰好等于限额", household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _paid(plot, home.head, _limit(home) * 5, plot.days_ago(8))
    plot.spared("MNE-18", "关注家庭，没有纳入", household=home)


def _limit(home: Household) -> int:
    return DIBAO_STANDARD[home.area] * 100 * _COMPENSATION_STANDARDS * len(home.members)


def _paid(
    plot: Plot, person: Person, amount: int, paid_on: date, kind: str = "land", *, since: int = 0, until: int = 0
) -> None:
    number = f"BC{paid_on:%Y%m%d}{person.person_no:06d}"
    plot.listed(
        person, "compensation", since=since, until=until, payment_no=number, kind=kind, paid_on=paid_on, amount=amount
    )  # fmt: skip


def card_ended(plot: Plot, turn: int) -> None:
    context = plot.context
    variant = turn % 4
    if variant in (0, 3):
        home, member = _covered_alone(plot)
        person = member.person
        card = person.cards.pop()
        if variant == 0:
            person.cards.append(replace(card, valid_until=plot.days_ago(1)))
            why = "以重残单独纳入低保，残疾证昨天到期"
        else:
            person.cards += [card, replace(card, grade=3, kind="physical", issued_on=plot.days_ago(9))]
            why = "以重残单独纳入低保，换证后为三级"
    else:
        home = plot.household("DIBAO", families.middle_couple)
        person = home.head
        if variant == 1:
            card = health.card(context, person, 2, kind="physical")
            person.cards.append(replace(card, grade=3, issued_on=add_months(context.first, -2)))
            _allowed(plot, person, "care")
            why = "换证后为三级，仍领护理补贴"
        else:
            health.card(context, person, 3, kind="physical", cancelled_on=plot.days_ago(20))
            _allowed(plot, person, "living")
            why = "残疾证已注销，仍领生活补贴"
    plot.trips("MNE-19", why, person=person, household=home)


def card_still_valid(plot: Plot, turn: int) -> None:
    context = plot.context
    home, member = _covered_alone(plot)
    member.person.cards.append(replace(member.person.cards.pop(), valid_until=context.as_of))
    plot.spared("MNE-19", "残疾证当月末日到期，当日仍有效", person=member.person, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    health.card(context, home.head, 3, kind="physical", cancelled_on=plot.days_ago(20))
    plot.spared("MNE-19", "残疾证已注销，没有领补贴", person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    card = health.card(context, home.head, 2, kind="physical")
    home.head.cards.append(replace(card, grade=3, issued_on=add_months(context.first, -2)))
    plot.spared("MNE-19", "换证后为三级，只领生活补贴", person=home.head, household=home)


def _covered_alone(plot: Plot) -> tuple[Household, Member]:
    """A 低保边缘 family of whom one, severely disabled, is in 低保 alone."""
    home = plot.household("MARGIN", families.adult_with_parents, difficulties=("disability",))
    return home, next(member for member in home.members if member.route == "single_person")


def _allowed(plot: Plot, person: Person, kind: str) -> None:
    from_on = add_months(plot.context.first, -20)
    plot.listed(person, "disability_allowance", kind=kind, from_on=from_on, monthly=8000)


def supplement_goes_on(plot: Plot, turn: int) -> None:
    first = plot.context.first
    home = plot.household("DIBAO", families.with_teenager)
    person = home.members[-1].person
    if turn % 2 == 0:
        plot.people.reborn(person, years_before(first, 18))
        _pay(plot, home, person)
        why = "本月1日年满18周岁，在读高中，仍增发"
    else:
        _graduate(plot, person, first - timedelta(days=1))
        why = "上月末大学毕业，仍增发"
    plot.trips("MNE-20", why, person=person, household=home, packs=SUPPLEMENT_PACKS)


def supplement_still_due(plot: Plot, turn: int) -> None:
    first = plot.context.first
    home = plot.household("DIBAO", families.with_teenager)
    person = home.members[-1].person
    plot.people.reborn(person, years_before(first, 18) + timedelta(days=1))
    plot.spared("MNE-20", "本月2日才满18周岁", person=person, household=home)
    home = plot.household("DIBAO", families.with_teenager)
    person = home.members[-1].person
    _graduate(plot, person, first)
    plot.spared("MNE-20", "本月1日才毕业", person=person, household=home)


def _graduate(plot: Plot, person: Person, left_on: date) -> None:
    """A student of whom the register does not know yet that he or she has graduated: the supplement is paid."""
    first = plot.context.first
    plot.people.reborn(person, years_before(first, 22) - timedelta(days=40))
    person.student, person.school = "undergraduate", "省内高校"
    plot.listed(
        person, "school_enrolment", since=0, school=person.school, stage="undergraduate",
        enrolled_on=date(first.year - 4, 9, 1), status="graduated", left_on=left_on,
    )  # fmt: skip


def _pay(plot: Plot, home: Household, person: Person) -> None:
    paid_on = plot.context.first + timedelta(days=7)
    home.payments.append(Payment(person, plot.context.period, "supplement", SUPPLEMENT_FEN, "paid", paid_on))


PLANTED = {
    "MNE-17": family_changed,
    "MNE-18": compensated,
    "MNE-19": card_ended,
    "MNE-20": supplement_goes_on,
}
NEAR_MISSES = (family_as_known, compensated_within_the_limit, card_still_valid, supplement_still_due)
