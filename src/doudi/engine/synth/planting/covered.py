"""NHD: new difficulty of people already covered; CPX: several difficulties at once."""

from __future__ import annotations

from doudi.engine.synth import families, health
from doudi.engine.synth.model import Card
from doudi.engine.synth.months import add_months
from doudi.engine.synth.plant import Plot


def newly_ill(plot: Plot, turn: int) -> None:
    """Turn 3 also trips NCE-03: the family is a margin family."""
    context = plot.context
    category = ("DIBAO", "TEKUN", "RIGID", "MARGIN", "OTHER")[turn % 5]
    shape = families.bachelor_elder if category == "TEKUN" else families.middle_couple
    home = plot.household(category, shape, category_from=add_months(context.first, -9))
    person = home.head
    share = health.AID_FLOOR.get(category, 0)
    plot.bill(person, 0, 500000, day=1 + turn % 20, aid=5000 * share, listed=True)
    why = "本月首次出现目录内重病结算"
    if turn % 2 and category != "DIBAO":
        person.serious_illness, person.illness_from = True, plot.context.first.replace(day=2)
        person.disease_name = person.settlements[-1].disease_name
        why += "，档案中的确诊日期在本月"
    plot.trips("NHD-01", why, person=person, household=home)
    if category == "MARGIN":
        plot.trips("NCE-03", why, person=person, household=home)


def illness_not_new(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.middle_couple, category_from=add_months(plot.context.first, -13))
    for back in (0, 4):
        plot.bill(home.head, back, 300000, aid=210000, listed=True)
    plot.spared("NHD-01", "四个月前已有同类结算", person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    health.fall_ill(plot.context, home.head)
    plot.bill(home.head, 0, 300000, aid=300000, listed=True, disease=home.head.disease_name)
    plot.spared("NHD-01", "档案早已登记为重病", person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    plot.bill(home.head, 0, 800000, aid=800000)
    plot.spared("NHD-01", "大额住院，但不在重特大疾病目录内", person=home.head, household=home)
    home = plot.household(None, families.middle_couple, register="WATCH")
    plot.bill(home.head, 0, 200000, listed=True)
    plot.spared("NHD-01", "关注对象，未纳入", person=home.head, household=home)


def worse_card(plot: Plot, turn: int) -> None:
    context = plot.context
    variant = turn % 4
    category = "TEKUN" if variant == 2 else "DIBAO"
    home = plot.household(category, families.bachelor_elder if category == "TEKUN" else families.middle_couple)
    person = home.head
    old, new, why = (
        (None, 3, "新办三级残疾证"),
        (4, 3, "残疾等级由四级变为三级"),
        (3, 1, "残疾等级由三级变为一级"),
        (None, 4, "新办四级残疾证"),
    )[variant]
    if old:
        health.card(context, person, old, kind="physical")
    person.cards.append(Card("physical", new, plot.days_ago(turn % 20), add_months(context.as_of, 120)))
    plot.trips("NHD-02", why, person=person, household=home)


def card_not_worse(plot: Plot, turn: int) -> None:
    context = plot.context
    for old, new, why in ((3, 3, "到期换证，等级不变"), (2, 3, "等级由二级减轻为三级")):
        home = plot.household("DIBAO", families.middle_couple)
        health.card(context, home.head, old, kind="physical")
        home.head.cards.append(Card("physical", new, plot.days_ago(6), add_months(context.as_of, 120)))
        plot.spared("NHD-02", why, person=home.head, household=home)
    home = plot.household("DIBAO", families.middle_couple)
    home.head.cards.append(Card("physical", 3, plot.days_ago(20), add_months(context.as_of, 120), plot.days_ago(3)))
    plot.spared("NHD-02", "新证已注销", person=home.head, household=home)


def several_difficulties(plot: Plot, turn: int) -> None:
    variant = turn % 4
    if variant == 0:
        home = plot.household("DIBAO", families.with_teenager, difficulties=("illness", "schooling", "housing"))
        why = "重病、上学、C/D级住房三项叠加"
    elif variant == 1:
        home = plot.household("TEKUN", families.bachelor_elder, difficulties=("disability", "care", "housing"))
        why = "重残、失能、C/D级住房三项叠加"
    elif variant == 2:
        home = plot.household(
            None, families.with_teenager, register="WATCH", difficulties=("illness", "schooling", "housing")
        )
        why = "关注家庭重病、上学、C/D级住房三项叠加"
    else:
        home = plot.household(
            "DIBAO", families.with_teenager, difficulties=("employment", "schooling", "disability", "housing")
        )
        why = "失业、上学、重残、C/D级住房四项叠加"
    plot.trips("CPX-01", why, household=home)


def two_difficulties(plot: Plot, turn: int) -> None:
    home = plot.household("DIBAO", families.with_teenager, difficulties=("schooling", "housing"))
    health.card(plot.context, home.head, 3, kind="physical")
    home.members[1].person.self_care_failed_items = 3
    plot.spared("CPX-01", "两项困难，另有三级残疾和三项自理能力指标不达标", household=home)
    home = plot.household(
        None, families.with_teenager, register="RETAINED", difficulties=("illness", "schooling", "housing")
    )
    plot.spared("CPX-01", "三项困难，但已退出、只在保留名册", household=home)
    home = plot.household("DIBAO", families.with_teenager, difficulties=("illness", "housing"))
    plot.factory.list_student(home.members[-1].person, "一般困难")
    plot.spared("CPX-01", "两项困难，学生只是一般困难", household=home)


PLANTED = {"NHD-01": newly_ill, "NHD-02": worse_card, "CPX-01": several_difficulties}
NEAR_MISSES = (illness_not_new, card_not_worse, two_difficulties)
