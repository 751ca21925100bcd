"""NCE: not covered, and somebody tells of it: a school, a hotline, the police, a visitor, or one who has left."""

from __future__ import annotations

from datetime import timedelta

from doudi.engine.synth import families, health
from doudi.engine.synth.households import SCHOOL_NAMES
from doudi.engine.synth.model import Household, Study
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import Plot

RETAINING_PACKS = ("national_guide", "zhengzhou", "hubei", "anyang")
"""庆阳 clears those who leave."""
UNLIMITED_PACKS = ("national_guide", "zhengzhou", "anyang")
"""Where the document sets no limit, whoever left stays; 湖北 keeps them for less than two years."""
REJECTED_PACKS = ("hubei",)
EVERYBODY_PACKS = ("zhengzhou", "hubei")
"""Emergency relief for anyone, registered or not."""
_ELSEWHERE = "410105"


def poor_student(plot: Plot, turn: int) -> None:
    stage, grade = (("普通高中", "特别困难"), ("本专科", "困难"))[turn % 2]
    person = plot.stranger(17 if turn % 2 == 0 else 20)
    person.study = Study(SCHOOL_NAMES[stage], stage, grade, "国家助学金", 100000)
    plot.trips("NCE-07", f"学校认定为{grade}，家庭不在登记库", person=person)


def student_known_or_less_poor(plot: Plot, turn: int) -> None:
    person = plot.stranger(16)
    person.study = Study(SCHOOL_NAMES["普通高中"], "普通高中", "一般困难", "国家助学金", 50000)
    plot.spared("NCE-07", "学校认定为一般困难", person=person)
    home = plot.household(None, families.with_teenager, register="WATCH")
    child = home.members[-1].person
    plot.factory.list_student(child, "特别困难")
    plot.spared("NCE-07", "家庭已在关注名册", person=child, household=home)


def left_and_in_trouble(plot: Plot, turn: int) -> None:
    context = plot.context
    home = plot.household(None, families.middle_couple, register="RETAINED")
    person = home.head
    variant = turn % 4
    if variant == 1:
        plot.record(
            "visits", home, visited_on=plot.days_ago(6), method="HOME", outcome="TRUE_REFER", other_difficulty=True
        )
        plot.trips("NCE-12", "已退出的家庭，走访发现其他困难", household=home, packs=RETAINING_PACKS)
        return
    health.card(context, person, 4, kind="physical", issued_on=plot.days_ago(turn % 8), register=False)
    if variant == 2:
        a_year_ago = add_months(context.as_of, -12)
        if add_months(a_year_ago, 12) < context.as_of:  # on 29 February
            a_year_ago += timedelta(days=1)
        plot.record("exits", home, person, kind="rejected", left_on=a_year_ago)
        plot.trips(
            "NCE-12", "未获批恰满一年，新办四级残疾证", person=person, household=home, packs=REJECTED_PACKS
        )  # fmt: skip
    elif variant == 3:
        left_on = add_months(context.first, -23) - timedelta(days=1)
        plot.record("exits", home, person, kind="exited", category="DIBAO", left_on=left_on)
        plot.trips(
            "NCE-12", "退出恰满两年，新办四级残疾证", person=person, household=home, packs=UNLIMITED_PACKS
        )  # fmt: skip
    else:
        plot.trips(
            "NCE-12", "已退出的人新办四级残疾证", person=person, household=home, packs=RETAINING_PACKS
        )  # fmt: skip


def left_too_long_ago(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="RETAINED")
    health.card(plot.context, home.head, 4, kind="physical", issued_on=plot.days_ago(3), register=False)
    left_on = add_months(plot.context.as_of, -12) - timedelta(days=1)
    plot.record("exits", home, home.head, kind="rejected", left_on=left_on)
    plot.spared("NCE-12", "未获批已满一年零一天", person=home.head, household=home)


def clue(plot: Plot, turn: int) -> None:
    received_on = plot.days_ago(turn % 12)
    if turn % 2:
        home = plot.household(None, families.middle_couple, register="WATCH")
        person = home.members[1].person
        plot.record(
            "clues", home, person, clue_no=_number(plot, "XF"), kind="petition", received_on=received_on, state="open"
        )
        plot.trips("NCE-14", "信访线索涉及关注家庭", person=person, household=home)
        return
    person = plot.stranger(57)
    plot.listed(
        person, "hotline_clue", since=0, clue_no=_number(plot, "RX"), kind="hotline", received_on=received_on,
        division=plot.context.county,
    )  # fmt: skip
    plot.trips("NCE-14", "热线反映登记库以外的人有困难", person=person)


def clue_about_the_covered(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple)
    plot.listed(
        home.head, "hotline_clue", since=0, clue_no=_number(plot, "RX"), kind="media", received_on=plot.days_ago(4),
        division=plot.context.county,
    )  # fmt: skip
    plot.spared("NCE-14", "已纳入低保", person=home.head, household=home)
    plot.trips("CPX-08", "媒体反映低保家庭的困难", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    plot.record(
        "clues", home, home.head, clue_no=_number(plot, "XF"), kind="petition", received_on=plot.days_ago(20),
        state="closed",
    )  # fmt: skip
    plot.spared("NCE-14", "线索已办结", person=home.head, household=home)


def accident(plot: Plot, turn: int) -> None:
    variant = turn % 4
    day = plot.days_ago(turn % 10)
    if variant == 1:
        person = plot.stranger(44)
        plot.listed(person, "accident", since=0, kind="drowning", happened_on=day)
        plot.trips("NCE-15", "登记库以外的人溺水", person=person, packs=EVERYBODY_PACKS)
        return
    shape = families.elder_couple if variant == 2 else families.middle_couple
    home = plot.household(None, shape, register="WATCH")
    if variant == 0:
        plot.listed(home.head, "accident", since=0, kind="fire", happened_on=day)
        why = "关注家庭失火，没有急难救助"
    elif variant == 2:
        plot.listed(home.head, "death_record", since=0, died_on=day, cause="accident")
        why = "意外死亡，家中还有老伴"
    else:
        _hit(plot, home, "emergency", day - timedelta(days=3))
        _emergency(plot, home, reported_on=day - timedelta(days=1))
        why = "应急期受灾，第二天才登记急难救助"
    plot.trips("NCE-15", why, person=home.head, household=home)


def accident_helped(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    plot.listed(home.head, "accident", since=0, kind="traffic", happened_on=plot.days_ago(9))
    _emergency(plot, home, reported_on=plot.days_ago(8))
    plot.spared("NCE-15", "次日已登记急难救助", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _hit(plot, home, "drought", plot.days_ago(5))
    plot.spared("NCE-15", "旱灾，不是突发的急难", person=home.head, household=home)


def far_from_home(plot: Plot, turn: int) -> None:
    reported_on = plot.days_ago(turn % 12)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _emergency(plot, home, reported_on=reported_on, place=_ELSEWHERE, completed=False)
    plot.trips("NCE-16", "在外地遇急难求助", person=home.head, household=home)


def near_home(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    _emergency(plot, home, reported_on=plot.days_ago(7), home_division="130427", completed=False)
    plot.spared("NCE-16", "户籍在外地，但就住在事发地", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _emergency(plot, home, reported_on=plot.days_ago(7), place=_ELSEWHERE)
    plot.spared("NCE-16", "在外地遇急难，已办结", person=home.head, household=home)


def unvisited(plot: Plot, turn: int) -> None:
    if turn % 2 == 0:
        home = plot.household(None, families.middle_couple, register="WATCH")
        health.card(plot.context, home.head, 3, kind="physical")
        why = "有三级残疾人的关注家庭，三个月零一天没有走访"
    else:
        home = plot.household("MARGIN", families.elder_couple)
        why = "没有劳动力的边缘家庭，三个月零一天没有走访"
    _visited(plot, home, days=1)
    plot.trips("NCE-17", why, household=home)


def visited_in_time(plot: Plot, turn: int) -> None:
    home = plot.household(None, families.middle_couple, register="WATCH")
    health.card(plot.context, home.head, 3, kind="physical")
    _visited(plot, home, days=0)
    plot.spared("NCE-17", "恰好三个月前走访过", household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    _visited(plot, home, days=40)
    plot.spared("NCE-17", "不是重点走访的家庭", household=home)


def _visited(plot: Plot, home: Household, *, days: int) -> None:
    """Last visited ``days`` before the day that lies three months before the month's end."""
    edge = add_months(plot.context.first, -2) - timedelta(days=1)
    plot.record(
        "visits", home, visited_on=edge - timedelta(days=days), method="HOME", outcome="WATCH", other_difficulty=False
    )


def _hit(plot: Plot, home: Household, stage: str, event_on: object) -> None:
    plot.listed(home.head, "disaster", since=0, event_no=f"ZQ{plot.context.period}", event_on=event_on, stage=stage)


def _emergency(
    plot: Plot,
    home: Household,
    *,
    reported_on: object,
    place: str = "",
    home_division: str = "",
    completed: bool = True,
) -> None:
    """A light case of the head, settled on the same day unless said otherwise."""
    county = plot.context.county
    plot.record(
        "emergencies", home, home.head, emergency_no=_number(plot, "JN"), level="light", amount=50000,
        reported_on=reported_on, completed_on=reported_on if completed else None, place_division=place or county,
        home_division=home_division or county, identity_known=True, declined_by=0, extreme_risk=False,
    )  # fmt: skip


def _number(plot: Plot, kind: str) -> str:
    return f"{kind}{plot.context.period}{plot.context.rng.randint(10**7, 10**8 - 1)}"


PLANTED = {
    "NCE-07": poor_student,
    "NCE-12": left_and_in_trouble,
    "NCE-14": clue,
    "NCE-15": accident,
    "NCE-16": far_from_home,
    "NCE-17": unvisited,
}
NEAR_MISSES = (
    student_known_or_less_poor,
    left_too_long_ago,
    clue_about_the_covered,
    accident_helped,
    near_home,
    visited_in_time,
)
