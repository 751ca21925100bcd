"""Worked examples: what the catalogue says an indicator finds and spares is what a run gives."""

from pathlib import Path

import pytest

from doudi.engine.errors import InputError
from doudi.engine.indicators import load_indicators
from doudi.engine.indicators.examples import EXAMPLES, PLAIN, differences, load_examples

WITH = sorted(path.stem for path in EXAMPLES.glob("???-??.yaml"))


@pytest.mark.parametrize("code", WITH)
def test_the_worked_example_gives_its_signals(code: str) -> None:
    """R201: every indicator proves what it finds, what it spares and the sentence that it says."""
    examples = load_examples(code)
    assert {example.about: differences(example) for example in examples} == {example.about: [] for example in examples}
    assert any(example.signals for example in examples), "an example must find somebody"
    assert any(example.spared for example in examples), "an example must spare somebody"


@pytest.mark.spark_examples
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("code", WITH)
def test_spark_gives_the_same_signals(code: str) -> None:
    assert [differences(example, "spark") for example in load_examples(code)] == [[]] * len(load_examples(code))


def test_an_example_is_of_an_indicator() -> None:
    assert set(WITH) <= set(load_indicators())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (PLAIN, "PND-01.yaml"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("about:", "over:", "unknown entry over"),
        ("monthly_benefit: 78000", "benefit: 78000", "households has no column benefit"),
        ("  payments:", "  payment:", "unknown table payment"),
        ("- {household_key: 5, why", "- {household_key: 6, why", "household_key 6 is in no row"),
        ("- {household_key: 5, why", "- {household_key: 1, why", "household_key 1 is found and spared"),
    ],
)
def test_an_example_that_proves_nothing_is_refused(folder: Path, old: str, new: str, message: str) -> None:
    path = folder / "PND-01.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message):
        load_examples("PND-01", folder)


def test_a_wrong_expectation_is_told(folder: Path) -> None:
    path = folder / "PND-01.yaml"
    text = path.read_text("utf-8").replace('pay_day: 10, monthly_benefit: "780.00"', "pay_day: 9")
    path.write_text(text.replace("paid_on: 2025-03-10", "paid_on: 2025-03-12"), "utf-8")
    problems = differences(load_examples("PND-01", folder)[0])
    assert [problem.split(":")[0].split(" has ")[0] for problem in problems] == [
        "unexpected signal for household_key 4",
        "household_key 3",
    ]


def test_an_indicator_without_an_example_says_so(folder: Path) -> None:
    with pytest.raises(InputError, match="no worked example"):
        load_examples("PND-03", folder)
