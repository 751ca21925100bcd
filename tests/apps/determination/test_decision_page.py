"""The page of a decision: computation, tree, why not another category, stops, findings, rights with departments."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from django.urls import reverse

from doudi.apps.base import clock
from doudi.apps.determination import services
from doudi.apps.determination.explanation import explain
from doudi.apps.policy.services import StandardRow, standards_import
from tests import factories as f

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 1)


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.at(clock.at_noon(DAY)):
        yield


@pytest.fixture
def decision():
    """Two people, 800 yuan a month a head: above 低保, below the margin line."""
    numbers = {("dibao_standard", "rural"): 600, ("disposable_income", ""): 36000}
    rows = [StandardRow(name, f.COUNTY, area, dt.date(2024, 1, 1), n) for (name, area), n in numbers.items()]
    standards_import(actor=None, rows=rows, is_sample=True)
    members = [("head", f.make_person("张大山")), ("spouse", f.make_person("李小花", sex="female"))]
    household = f.make_household(f.VILLAGE_A, members=members, income=19200)
    return services.decision_compute(actor=None, household_id=household.pk)


def page(client, decision):
    client.force_login(f.make_user("TOWN_CLERK", f.TOWN_A))
    answer = client.get(reverse("determination:decision", args=[decision.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def changed(decision, **changes):
    """The stored result with some of it replaced, as a computation that found it so would have left it."""
    decision.result = copy.deepcopy(decision.result)
    decision.result["households"][0].update(changes)
    decision.save()
    return decision


def names_of(decision):
    return {str(m.person_id): m.person.name for m in decision.household.memberships.select_related("person")}


def test_it_answers_why_not_with_the_difference_and_the_clause(client, decision):
    """R332: which published condition failed, by how much, in the document's words."""
    text = page(client, decision)
    assert "为什么不是其他类别" in text
    assert "家庭人均月收入 800.00 元 不低于 低保标准 600.00 元，超出 200.00 元" in text
    assert "依据：安政办〔2024〕1号 二(一)1" in text
    assert "<b>共同生活家庭成员人均收入低于当地最低生活保障标准" in text


def test_formulas_are_read_aloud_with_members_names(client, decision):
    """Signs are words, members are names, and nothing speaks of keys."""
    text = page(client, decision)
    assert "张大山、李小花" in text
    assert "家庭人均月收入 800.00 低于 低保标准 600.00 × 低保边缘倍数 1.5" in text
    assert [sign for sign in (" &lt; ", " ≥ ", "成员 1", "is_margin") if sign in text] == []


def test_the_tree_works_without_scripts(client, decision):
    text = page(client, decision)
    start, end = text.index("类别怎么定"), text.index("为什么不是其他类别")
    assert text[start:end].count("<details") > 10
    assert "onclick" not in text


def test_hard_stops_stand_first_and_are_no_mere_warnings(client, decision):
    """R334: partial coverage; shown before the computation, with its clause."""
    stop = {
        "code": "PARTIAL_COVERAGE",
        "message": "不得仅将个别家庭成员纳入",
        "cite": "安政办〔2024〕1号 二(二)1",
        "blocks": True,
    }
    hint = {"code": "X", "message": "普通提示", "cite": "安政办〔2024〕1号 二(二)1"}
    text = page(client, changed(decision, warnings=[hint, stop]))
    assert text.index("不得认定：") < text.index("普通提示") < text.index("金额怎么算")
    assert text.count("notice-error") == 1


def test_findings_rights_and_overpayment_are_shown_in_words(client, decision):
    person = str(decision.household.head_id)
    text = page(
        client,
        changed(
            decision,
            findings=[
                {
                    "finding": "determining_authority",
                    "person_id": None,
                    "label": "审核确认机关",
                    "value": "township",
                    "cite": "安政办〔2024〕1号 二(二)",
                }
            ],
            entitlements=[
                {"item": "insurance_subsidy", "person_id": person, "floor": "360.00", "period": "year", "cite": "x"},
                {"item": "heating", "person_id": None, "ceiling": "200.00", "optional": True, "cite": "x"},
                {"item": "public_rental", "person_id": None, "missing": ["rigid_ratio"], "settled": False, "cite": "x"},
            ],
            overpayment={"from": "2025-01", "to": "2025-02", "months": 2, "monthly": "400.00", "amount": "800.00",
                         "cite": "x"},
        ),
    )  # fmt: skip
    wanted = ["乡镇人民政府（街道办事处）", "不低于 360.00 元", "医疗保障", "不高于 200.00 元", "可给予", "资格待定",
              "待定：当地尚未规定必需支出占比下限", "共 800.00 元", "平台不自动扣回"]  # fmt: skip
    assert [word for word in wanted if word not in text] == []


def test_a_right_of_several_members_stands_once(decision):
    persons = [str(pk) for pk in decision.household.memberships.values_list("person_id", flat=True)]
    rights = [{"item": "heating", "person_id": person, "cite": "x"} for person in persons]
    names = names_of(decision)
    found = explain(changed(decision, entitlements=rights), names).entitlements
    assert [right["name"] for right in found] == ["、".join(names[person] for person in persons)]


def test_an_amount_is_told_step_by_step(client, decision):
    """1.5 persons' worth would be wrong: 600 × 2 − 4800 ÷ 12 = 800.00."""
    household = f.make_household(
        f.VILLAGE_A, members=[("head", f.make_person("王五")), ("spouse", f.make_person("赵六"))], income=4800
    )
    made = services.decision_compute(actor=None, household_id=household.pk)
    line = explain(made, names_of(made)).lines[0]
    assert [(step.label, step.value) for step in line["steps"]] == [
        ("共同生活人数", "2 人"),
        ("家庭年收入", "4800.00 元/年"),
        ("低保月差额", "800.00 元/月"),
        ("低保金", "800.00 元/月"),
    ]
    text = page(client, made)
    assert "低保标准 600.00 × 共同生活人数 2 − 家庭年收入 4800.00 ÷ 12 = <b>800.00 元/月</b>" in text


def test_a_decision_from_before_trees_were_kept_still_opens(client, decision):
    found = decision.result["households"][0]
    for key in ("tree", "amount_tree", "member_trees", "why_not", "findings"):
        found.pop(key)
    decision.save()
    text = page(client, decision)
    assert "家庭的其他判断" in text
    assert "为什么不是其他类别" not in text


def test_the_notice_is_offered_only_once_decided(client, decision):
    assert "告知书" not in page(client, decision)
    head = f.make_user("TOWN_HEAD", f.TOWN_A)
    services.decision_confirm(actor=head, decision_id=decision.pk, opinion="同意")
    assert reverse("determination:notice", args=[decision.pk]) in page(client, decision)
