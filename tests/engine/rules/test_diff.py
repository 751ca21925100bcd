"""Two packs side by side: by topic, in words, with the document's sentence."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from doudi.cli import main
from doudi.cli.briefing import _wide
from doudi.engine.rules import Pack, load_pack
from doudi.engine.rules.diff import Line, compare, short_name
from doudi.engine.rules.wording import current_in_words, rule_in_words
from tests.engine.rules.examples import PACKS
from tests.engine.rules.test_loader import HEAD, write


@pytest.fixture(scope="module")
def zhengzhou() -> Pack:
    return load_pack("zhengzhou")


@pytest.fixture(scope="module")
def anyang() -> Pack:
    return load_pack("anyang")


@pytest.fixture(scope="module")
def lines(zhengzhou: Pack, anyang: Pack) -> dict[tuple[str, str], Line]:
    return {(section.title, line.name): line for section in compare(zhengzhou, anyang) for line in section.lines}


def test_the_headings_stand_in_the_order_of_the_catalogue(zhengzhou: Pack, anyang: Pack) -> None:
    titles = [section.title for section in compare(zhengzhou, anyang)]
    expected = [
        "认定标准",
        "收入核算",
        "单人户",
        "待遇与增发",
        "医疗",
        "专项救助对象",
        "急难救助",
        "程序与时限",
        "监测预警",
        "登记库",
    ]
    assert [title for title in titles if title != "其他"] == expected


@pytest.mark.parametrize(
    ("title", "name", "a", "b"),
    [
        ("认定标准", "rigid_ratio", "未规定（需本地规定）", "50%"),  # R342
        ("收入核算", "job_cost_ratio", "未规定（需本地规定）", "30%"),  # R368
        ("单人户", "single_household_supporter_age", "未规定", "60 岁"),  # R335
        ("待遇与增发", "supplement", "每人每月 100 元", "未规定（需本地规定）"),  # R117
        ("待遇与增发", "taper_max_months", "未规定（需本地规定）", "6 个月"),  # R369
        ("急难救助", "emergency_scope", "不限对象", "低收入人口"),  # K3
        ("急难救助", "township_cap_multiple", "3 倍月低保标准", "未规定（需本地规定）"),  # R135
        ("程序与时限", "pay_day", "10 日", "由各县填报"),  # R119
        ("监测预警", "alert_home_visit", "全部", "尚未纳入救助的和新申请的"),  # R109, R355
    ],
)
def test_a_number_reads_in_words(lines: dict[tuple[str, str], Line], title: str, name: str, a: str, b: str) -> None:
    line = lines[title, name]
    assert (line.kind, line.a.text, line.b.text) == ("parameter", a, b)


def test_the_sentence_of_the_document_stands_beside_it(lines: dict[tuple[str, str], Line]) -> None:
    line = lines["急难救助", "township_cap_multiple"]
    assert line.a.cite == "郑政办〔2024〕46号 三(三)"
    assert "不高于当地3倍月低保标准" in line.a.sentence
    assert line.b.sentence == ""


def test_a_rule_reads_in_words(lines: dict[tuple[str, str], Line]) -> None:
    line = lines["单人户", "is_single_household"]
    assert line.level == 0
    assert line.a.text == "未规定"
    assert line.b.text.startswith("成年无业重度残疾人 且 依靠兄弟姐妹或老年人供养 且 ")


def test_a_rule_that_serves_another_stands_below_it(lines: dict[tuple[str, str], Line]) -> None:
    assert lines["收入核算", "job_cost"].level == 1
    assert lines["收入核算", "counted_income"].level == 0


def test_items_say_who_may_have_them(lines: dict[tuple[str, str], Line]) -> None:
    line = lines["专项救助对象", "item:utility_subsidy"]
    assert line.kind == "item"
    assert line.a.text.startswith("低保对象、特困人员、低保边缘家庭、刚性支出困难家庭")
    assert line.b.text == "未规定"


@pytest.mark.parametrize(("one", "other"), list(combinations(PACKS, 2)))
def test_every_difference_is_told_once(one: str, other: str) -> None:
    """No parameter that differs is left out, and nothing of the shipped packs is without a heading of its own."""
    a, b = load_pack(one), load_pack(other)
    sections = compare(a, b)
    told = [line.name for section in sections for line in section.lines]
    assert len(told) == len(set(told))
    words = [{name: current_in_words(p) for name, p in pack.parameters.items()} for pack in (a, b)]
    differing = {name for name in {*words[0], *words[1]} if words[0].get(name) != words[1].get(name)}
    assert differing <= set(told)
    assert [line.name for section in sections if section.title == "其他" for line in section.lines] == []


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_does_not_differ_from_itself(name: str) -> None:
    pack = load_pack(name)
    sections = compare(pack, pack)
    assert [line for section in sections for line in section.lines] == []
    assert sum(section.same for section in sections) > 150


@pytest.mark.parametrize("name", PACKS)
def test_no_name_of_the_engine_reaches_officers(name: str) -> None:
    pack = load_pack(name)
    texts = [rule_in_words(pack, rule.name) for rule in pack.rules.values() if rule.expr]
    texts += [current_in_words(parameter) for parameter in pack.parameters.values()]
    assert [text for text in texts if re.search(r"[a-z_]{2,}|[A-Z]{2,}", text)] == []


def test_two_packs_may_use_two_rules_the_other_way_round(tmp_path: Path) -> None:
    """Neither is lost, though each serves the other in one of the packs."""
    rule = "{entity: person, label: %s, unit: 元/年, expr: %s, cite: 试 一}\n"
    one = write(tmp_path / "one", rules="x: " + rule % ("甲", "y + 1") + "y: " + rule % ("乙", "wage"))
    other = write(tmp_path / "two", rules="x: " + rule % ("甲", "wage") + "y: " + rule % ("乙", "x + 2"))
    told = [line.name for section in compare(load_pack(one), load_pack(other)) for line in section.lines]
    assert sorted(told) == ["x", "y"]


@pytest.mark.parametrize(
    ("name", "short"),
    [("zhengzhou", "郑州"), ("hubei", "湖北"), ("qingyang", "庆阳"), ("national_guide", "指南（第一版）")],
)
def test_packs_have_short_names(name: str, short: str) -> None:
    assert short_name(load_pack(name)) == short


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("{unit: 元/人/月, kind: money, values: [{value: 100.5, cite: 试 一}]}", "每人每月 100.5 元"),
        ("{unit: 比例, kind: ratio, values: [{value: 0.125, cite: 试 一}]}", "12.5%"),
        ("{unit: 月, kind: number, values: [{value: 6, default: 试}]}", "6 个月（文件未规定，产品默认）"),
        ("{unit: 级, kind: list, values: [{value: [1, 2], cite: 试 一}]}", "1、2级"),
        ("{unit: 元, kind: money, local: true, cite: 试 一}", "由各县填报"),
        ("{unit: 元, kind: money, values: [{value: null, cite: 试 一}]}", "未规定（需本地规定）"),
    ],
)
def test_values_in_words(tmp_path: Path, parameter: str, words: str) -> None:
    text = f"p: {{label: 参, {parameter[1:]}\n"
    pack = load_pack(write(tmp_path / "county", pack=HEAD, parameters=text))
    assert current_in_words(pack.parameters["p"]) == words


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("age < 18", "年龄 不满 18"),
        ("not (wage >= transfer_net)", "工资性收入 低于 转移净收入"),
        ("(wage + 1) * 2 > 0", "（工资性收入 + 1） × 2 高于 0"),
        ("died_on is not null", "已填死亡日期"),
        ("birth_date <= as_of", "出生日期 不晚于 认定日期"),
        ("case when age is null then false else age > 5 end", "年龄 超过 5"),
        ("student in ('undergraduate', 'postgraduate')", "在校阶段 属于 本专科、研究生"),
        ("wage > sum(annual_support)", "工资性收入 高于 各供养人“年供养费”合计"),
    ],
)
def test_expressions_in_words(tmp_path: Path, expr: str, words: str) -> None:
    rule = f"a:\n  entity: person\n  label: 甲\n  expr: {expr}\n  cite: 试 一\n"
    assert rule_in_words(load_pack(write(tmp_path / "county", rules=rule)), "a") == words


def test_the_command_prints_a_briefing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "diff", "zhengzhou", "anyang"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("郑州：郑州市人民政府办公室")
    assert any(line.split() == ["项目", "郑州", "安阳", "依据"] for line in printed)
    assert max(sum(map(_wide, line)) for line in printed[3:]) <= 182
    text = "\n".join(printed)
    assert "安阳原文：“对就业后家庭人均收入超过当地低保标准的低保家庭，可给予不超过 6 个月的渐退期。”" in text
    assert "扣减的就业成本 " not in text.replace("− 扣减的就业成本", "")
    assert main(["packs", "diff", "zhengzhou", "anyang", "--all"]) == 0
    assert "其中：扣减的就业成本" in capsys.readouterr().out


def test_the_json_has_the_sections_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "diff", "zhengzhou", "anyang", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.keys() == {"a", "b", "parameters", "rules", "outcomes", "sections"}
    line = next(line for section in document["sections"] for line in section["lines"] if line["name"] == "pay_day")
    assert line["a"]["text"] == "10 日"
