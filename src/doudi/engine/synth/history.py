"""Categories over the years, and the payments of the last months."""

from __future__ import annotations

from datetime import date, timedelta

from doudi.engine.synth.context import ADULT_AGE, PAY_DAY, SEVERE_GRADE, SUPPLEMENT_AGE, SUPPLEMENT_FEN, Context
from doudi.engine.synth.model import Household, Member, Payment, Person, StatusChange
from doudi.engine.synth.months import add_months, first_day, period_of, years_before

MONTHS_PAID = 7
_EXIT_REASONS = ("家庭人均收入超过标准", "子女就业，收入稳定", "家庭财产超过规定", "主动申请退出")
RETURNED_BEFORE = 0.004
"""Share of past lines that the bank returned and that were paid again after the pay day. Never in the current month."""


def give_history(context: Context, household: Household) -> None:
    """The changes of category that led to the present one, oldest first."""
    rng, now = context.rng, household.category
    if now is None:
        last = context.day_between(add_months(context.first, -20), add_months(context.first, -1))
        if household.register == "WATCH":
            household.history = [
                StatusChange(
                    last, "watched", None, None, rng.choice(("走访发现", "数据比对", "申请未通过", "村级上报"))
                )
            ]
            return
        before = rng.choice(("DIBAO", "DIBAO", "MARGIN"))
        entered = add_months(last, -rng.randint(8, 90))
        household.history = [
            StatusChange(entered, "entered", None, before, "经审核确认"),
            StatusChange(last, "exited", before, None, rng.choice(_EXIT_REASONS)),
        ]
        return
    since = household.category_from
    assert since is not None
    earlier = {"DIBAO": "MARGIN", "MARGIN": "DIBAO", "RIGID": "MARGIN"}.get(now)
    if earlier and rng.random() < 0.22:
        entered = add_months(since, -rng.randint(6, 60))
        reason = "收入减少" if now == "DIBAO" else "收入增加" if now == "MARGIN" else "刚性支出增加"
        household.history = [
            StatusChange(entered, "entered", None, earlier, "经审核确认"),
            StatusChange(since, "changed", earlier, now, reason),
        ]
    else:
        household.history = [StatusChange(since, "entered", None, now, "经审核确认")]


def supplement_due(context: Context, person: Person, period: str) -> bool:
    """Whether a 低保 member meets a supplement group on the first of the month (郑政办〔2024〕46号 三(一))."""
    first = first_day(period)
    return (
        person.birth_date <= years_before(first, SUPPLEMENT_AGE)
        or years_before(first, ADULT_AGE) < person.birth_date <= first
        or (person.disability_grade or 9) <= SEVERE_GRADE
        or (person.serious_illness and (person.illness_from is None or person.illness_from <= first))
        or person.student in ("undergraduate", "postgraduate")
    )


def pay(
    context: Context, household: Household, *, case: str = "", without_supplement: frozenset[int] = frozenset()
) -> None:
    """Write the lines of the last seven months.

    ``case`` says how the current month's benefit was (not) paid: '' ordinary, 'missing', 'late', 'returned',
    'last_day', 'reissued'. Persons in ``without_supplement`` got none this month.
    """
    members = [member for member in household.members if member.category in ("DIBAO", "TEKUN")]
    exit_month = ""
    if not members:
        exited = next(
            (change for change in household.history if change.event == "exited" and change.before == "DIBAO"), None
        )
        if exited is None:
            return
        since, exit_month = household.history[0].on, period_of(exited.on)
    else:
        since = members[0].category_from or context.first
    for back in range(MONTHS_PAID - 1, -1, -1):
        period = context.month(back)
        if period <= period_of(since) or (exit_month and period > exit_month):
            continue
        if exit_month:
            former = 20000 * len(household.members)
            household.payments.append(Payment(None, period, "dibao", former, "paid", _pay_day(context, period)))
            continue
        lines = _benefit_lines(household, members)
        household.payments += _settle(context, lines, period, case if back == 0 else "")
        for member in members:
            due = member.category == "DIBAO" and supplement_due(context, member.person, period)
            if due and (back or member.person.person_no not in without_supplement):
                paid_on = _pay_day(context, period)
                household.payments.append(Payment(member.person, period, "supplement", SUPPLEMENT_FEN, "paid", paid_on))


def _benefit_lines(household: Household, members: list[Member]) -> list[tuple[Person | None, str, int]]:
    if household.category == "TEKUN":
        return [(None, "tekun", household.monthly_benefit)]
    if household.category == "DIBAO":
        return [(None, "dibao", household.monthly_benefit)]
    return [(member.person, "dibao", household.monthly_benefit // len(members)) for member in members]


def _pay_day(context: Context, period: str) -> date:
    return first_day(period) + timedelta(days=context.rng.choice((4, 6, 7, 7, 8, 8, 8, 9)))


def _settle(context: Context, lines: list[tuple[Person | None, str, int]], period: str, case: str) -> list[Payment]:
    """The payment lines of one month; a returned line stands beside the line that was paid instead."""
    first, rng = first_day(period), context.rng
    pay_day = first + timedelta(days=PAY_DAY - 1)
    made: list[Payment] = []
    for person, item, amount in lines:
        paid_on = {"late": pay_day + timedelta(days=1), "last_day": pay_day, "reissued": pay_day}.get(
            case, _pay_day(context, period)
        )
        past_return = not case and period != context.period and rng.random() < RETURNED_BEFORE
        if case in ("returned", "reissued") or past_return:
            made.append(Payment(person, period, item, amount, "returned", first + timedelta(days=6)))  # type: ignore[arg-type]
        if past_return:
            paid_on = pay_day + timedelta(days=rng.randint(2, 9))
        if case not in ("missing", "returned"):
            made.append(Payment(person, period, item, amount, "paid", paid_on))  # type: ignore[arg-type]
    return made
