"""People outside the register who stand in departments' files: residents, and some of other counties."""

from __future__ import annotations

from datetime import date, timedelta

from doudi.engine.synth import health
from doudi.engine.synth.context import WORKPLACES, Context
from doudi.engine.synth.households import EMPLOYERS, SCHOOL_NAMES, stage_label
from doudi.engine.synth.model import Death, Job, Person, Relapse, Study
from doudi.engine.synth.months import add_months, first_day
from doudi.engine.synth.people import People

STRANGERS_PER_PERSON = 0.6
FROM_OTHER_COUNTIES = 0.18
FUNERAL_HOMES = ("殡仪馆", "殡仪馆二分馆")
_OTHER_COUNTIES = ("410502", "410503", "410505", "410506", "410523", "410526", "410527", "410581", "130427")
_ROLES = (("medical", 50), ("disability", 19), ("unemployment", 15), ("student", 10), ("death", 4), ("fanpin", 2))


def make_strangers(context: Context, people: People, number: int) -> list[Person]:
    """``number`` people, each in at least one department's list."""
    roles = context.rng.choices([role for role, _ in _ROLES], [weight for _, weight in _ROLES], k=number)
    return [_stranger(context, people, role) for role in roles]


def _stranger(context: Context, people: People, role: str) -> Person:
    rng = context.rng
    low, high = {"unemployment": (19, 57), "student": (6, 22), "death": (45, 96), "disability": (6, 88)}.get(
        role, (1, 92)
    )
    hukou = rng.choice(_OTHER_COUNTIES) if context.chance(FROM_OTHER_COUNTIES) else None
    person = people.person(rng.choice(("male", "female")), rng.randint(low, high), hukou=hukou)
    if role == "disability":
        _card(context, person)
    if role == "unemployment":
        _job(context, person)
    if role == "student":
        person.student = (
            "compulsory" if (age := person.age(context.as_of)) < 15 else "senior_high" if age < 18 else "undergraduate"
        )
        stage = stage_label(person, age)
        # Graded worse they would be families that nobody has covered (NCE-07).
        aid = "国家助学金" if age >= 15 else "生活补助"
        person.study = Study(SCHOOL_NAMES[stage], stage, "一般困难", aid, rng.choice((50000, 62500)))
    if role == "fanpin":
        identified = context.day_between(date(2021, 6, 1), add_months(context.first, -12))
        number = f"{context.county}{rng.randint(10**9, 10**10 - 1)}"
        subtype = rng.choice(("unstable", "marginal", "sudden"))
        person.relapse = Relapse(number, "head", subtype, identified, None, rng.randint(80, 120) * 10000, "产业帮扶")
    if role == "death":
        person.death = die(context, add_months(context.first, -rng.randint(0, 3)))
    else:
        if role == "medical" and context.chance(0.3) and person.age(context.as_of) >= 24:
            health.fall_ill(context, person)
        if role == "medical" or context.chance(0.2):
            health.stranger_bills(context, person)
        if role == "medical" and not person.settlements:
            day = first_day(context.month(rng.randint(0, 11))) + timedelta(days=rng.randint(0, 27))
            health.settlement(context, person, day, rng.randint(20, 90) * 100, kind=health.CLINIC)
    return person


def die(context: Context, month: date) -> Death:
    """A death between the 2nd and the 20th of the month of ``month``, cremated two or three days later."""
    died_on = month.replace(day=context.rng.randint(2, 20))
    return Death(
        died_on,
        died_on + timedelta(days=context.rng.randint(2, 3)),
        context.county_name + context.rng.choice(FUNERAL_HOMES),
    )


def _card(context: Context, person: Person) -> None:
    """Severe cards are long held: NCE-01 looks for new ones, registered or not. Some mild ones are new or cancelled."""
    rng = context.rng
    grade = rng.choices((1, 2, 3, 4), (14, 24, 30, 32))[0]
    issued_on = None
    cancelled_on = None
    if grade > 2 and context.chance(0.15):
        issued_on = context.day_between(add_months(context.first, -6), context.as_of)
    elif grade > 2 and context.chance(0.05):
        cancelled_on = context.day_between(add_months(context.first, -6), context.as_of)
    health.card(context, person, grade, issued_on=issued_on, cancelled_on=cancelled_on)


def _job(context: Context, person: Person) -> None:
    rng = context.rng
    since = context.day_between(add_months(context.first, -20), context.as_of)
    if context.chance(0.45):
        person.jobs.append(Job("unemployed", since, benefit_until=add_months(since, 6)))
        if context.chance(0.3) and (again := add_months(since, rng.randint(2, 8))) <= context.as_of:
            person.jobs.append(_work(context, again))
    else:
        person.jobs.append(_work(context, since))


def _work(context: Context, since: date) -> Job:
    rng = context.rng
    workplace = rng.choice(tuple(WORKPLACES)) if context.chance(0.25) else context.county
    return Job("employed", since, None, rng.choice(EMPLOYERS), workplace, rng.randint(20, 52) * 10000)
