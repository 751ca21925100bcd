"""The catalogue: metadata that fits its SQL, numbers with their origin, classes in each document's words."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from doudi.engine.errors import InputError
from doudi.engine.indicators import explain, load_alert_classes, load_indicators
from doudi.engine.indicators.catalogue import FOLDER
from doudi.engine.indicators.examples import load_examples
from doudi.engine.indicators.periods import ago, shift
from doudi.engine.indicators.statements import Statement
from doudi.engine.lake import load_contracts

PACKS = ["national_guide", "qingyang", "zhengzhou", "hubei", "anyang"]
LISTED = {"PND": 18, "NCE": 18, "NHD": 12, "CPX": 8, "MNE": 20, "SUP": 13}
"""How many indicators each class has (domain catalogue)."""


def test_every_indicator_of_the_catalogue_is_there_and_complete() -> None:
    """All 76 alert indicators and 13 rules of supervision, each with its clause, sentence, outcomes and example."""
    indicators = load_indicators()
    assert list(indicators) == sorted(
        f"{name}-{number:02d}" for name, last in LISTED.items() for number in range(1, last + 1)
    )
    assert all(indicator.cite and indicator.templates and indicator.outcomes for indicator in indicators.values())
    assert all(set(indicator.feeds) <= set(load_contracts()) for indicator in indicators.values())
    assert all(load_examples(code) for code in indicators)


def test_thresholds_say_whether_a_document_gives_them() -> None:
    """A number of ours is a default, never law; 安阳 gives the share itself."""
    share = load_indicators()["NCE-02"].thresholds["medical_share"]
    anyang, elsewhere = share.at(date(2025, 3, 31), "anyang"), share.at(date(2025, 3, 31), "hubei")
    assert anyang is not None
    assert elsewhere is not None
    assert (anyang.value, anyang.origin, anyang.cite) == (
        Decimal("0.5"),
        "document",
        {"document": "安政办〔2024〕1号", "clause": "二(二)5"},
    )
    assert (elsewhere.value, elsewhere.origin, elsewhere.cite) == (Decimal("0.5"), "default", None)
    before = share.at(date(2024, 4, 25), "anyang")
    assert before is not None
    assert before.origin == "default"


@pytest.mark.parametrize("pack", PACKS)
def test_every_pack_names_and_handles_all_classes(pack: str) -> None:
    """R033-R036, R110-R113, R199-R202, R272-R276, R354-R357."""
    classes = load_alert_classes(pack)
    assert list(classes) == ["PND", "NCE", "NHD", "CPX", "MNE"]
    assert all(entry.label and entry.handling and entry.clause for entry in classes.values())


def test_new_difficulty_is_a_class_of_its_own_in_hubei_only() -> None:
    assert {pack: load_alert_classes(pack)["NHD"].within for pack in PACKS} == {
        **dict.fromkeys(PACKS, "NCE"),
        "hubei": None,
    }


def test_hubei_informs_people_who_may_qualify() -> None:
    """R274: 告知义务."""
    assert load_alert_classes("hubei")["NCE"].handling == "主动告知相关救助政策和申办渠道"


def test_a_countys_own_pack_has_its_parents_classes() -> None:
    assert load_alert_classes("my_county", ("hubei", "national_guide")) == load_alert_classes("hubei")
    assert load_alert_classes("my_county") == load_alert_classes("national_guide")


SOURCES = Path(__file__).parents[4] / "shared" / "sources"
TEXTS = {
    "national_guide": "national-guide",
    "qingyang": "gansu-qingyang",
    "zhengzhou": "henan-zhengzhou",
    "hubei": "hubei",
    "anyang": "henan-anyang",
}


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the documents are not beside the repository")
@pytest.mark.parametrize(("pack", "code"), [(pack, code) for pack in PACKS for code in ("PND", "NCE", "CPX", "MNE")])
def test_the_handling_is_in_the_documents_words(pack: str, code: str) -> None:
    def plain(text: str) -> str:
        table = str.maketrans({"(": "（", ")": "）", ",": "，", "；": "，", ";": "，", "\n": None, " ": None})
        return text.translate(table)

    document = plain((SOURCES / f"{TEXTS[pack]}.txt").read_text("utf-8"))
    pieces = plain(load_alert_classes(pack)[code].handling).split("，")
    assert [piece for piece in pieces if piece not in document] == []


def test_a_large_bill_is_explained_with_its_figures() -> None:
    figures = {"self_paid": "48620.00", "income_year": "79300.00", "share": "0.5", "self_paid_limit": "39650.00"}
    assert (
        explain(load_indicators()["NCE-02"], figures)
        == "近12个月政策范围内自付 48,620.00 元 ≥ 家庭年收入 79,300.00 元 × 50%"
    )


def test_the_sentence_fits_the_figures_that_there_are() -> None:
    card = {"grade": "2", "disability_type": "mental", "issued_on": "2025-03-20"}
    indicator = load_indicators()["NCE-01"]
    assert explain(indicator, card) == "新持有精神残疾二级证（发证 2025-03-20），本人未纳入低保或特困供养"
    assert explain(indicator, {**card, "previous_grade": "3"}).startswith("精神残疾由三级变为二级")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("DROP TABLE registry.members", "not one SELECT"),
        ("SELECT (", "not SQL"),
        ("SELECT * FROM secret.users", "unknown schema secret"),
    ],
)
def test_sql_that_is_no_indicator_is_refused(sql: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Statement.parse(sql, "X.sql")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "indicators"
    (folder / "derived").mkdir(parents=True)
    for name in ("thresholds.yaml", "parameters.yaml", "outcomes.yaml", "MNE-10.yaml", "MNE-10.sql"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    return folder


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("per: person", "per: village", "per is 'village'"),
        ('state: "on"', "state: on", "state is True"),
        ("MERGED", "FORGOTTEN", "unknown outcome FORGOTTEN"),
        ("  households:", "  homes:", "column ho.* is in only one of SQL and measures"),
        ("type: integer", "type: float", "measure households has type 'float'"),
        ("code: MNE-10", "code: MNE-12", "code is MNE-12"),
    ],
)
def test_metadata_that_does_not_fit_says_where(copied: Path, old: str, new: str, message: str) -> None:
    path = copied / "MNE-10.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_indicators(copied)
    assert "MNE-10.yaml" in caught.value.where


def test_a_derived_relation_that_does_not_exist(copied: Path) -> None:
    (copied / "MNE-10.sql").write_text("SELECT person_key, household_key FROM derived.nobody")
    with pytest.raises(InputError, match=r"unknown relation derived\.nobody"):
        load_indicators(copied)


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        (date(2025, 3, 31), 3, "月", date(2024, 12, 31)),
        (date(2025, 2, 28), 3, "月", date(2024, 11, 30)),
        (date(2025, 5, 31), 3, "月", date(2025, 2, 28)),
        (date(2025, 3, 31), 30, "天", date(2025, 3, 1)),
        (date(2024, 2, 29), 16, "周岁", date(2008, 2, 29)),
        (date(2025, 2, 28), 16, "周岁", date(2009, 2, 28)),
        (date(2025, 3, 15), 6, "月", date(2024, 9, 15)),
    ],
)
def test_how_long_ago(day: date, count: int, unit: str, expected: date) -> None:
    assert ago(day, count, unit) == expected


@pytest.mark.parametrize(
    ("period", "months", "expected"),
    [("2025-01", -1, "2024-12"), ("2024-12", 1, "2025-01"), ("2025-03", -11, "2024-04")],
)
def test_months_cross_the_year(period: str, months: int, expected: str) -> None:
    assert shift(period, months) == expected
