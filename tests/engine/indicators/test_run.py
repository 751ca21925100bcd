"""A run as a whole: the same bytes twice, what is skipped and why, evidence, thresholds of a locality, both engines."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_county import SmallCounty

from doudi.engine.errors import InputError
from doudi.engine.indicators import load_indicators
from doudi.engine.workdays import HolidayYearUnknown

COLUMNS = [
    "indicator", "alert_class", "severity", "person_key", "household_key", "division", "first_seen", "period",
    "measures",
    "evidence", "pack", "indicator_version",
]  # fmt: skip


@pytest.fixture
def busy(county: SmallCounty) -> SmallCounty:
    """A county in which most indicators find somebody."""
    county.household(1, {"person_key": 11, "birth_date": "1940-01-01"}, {"person_key": 12}, category="DIBAO")
    county.household(2, {"person_key": 21}, category="MARGIN")
    county.household(3, {"person_key": 31}, category="DIBAO", income_year=9900000)
    county.household(4, {"person_key": 41}, {"person_key": 42}, category="DIBAO", income_year=720000)
    county.household(5, {"person_key": 31, "category": "MARGIN"}, category="MARGIN", area="urban")
    for feed in ("disability", "medical_settlement", "funeral", "poor_student", "unemployment"):
        county.deliver(feed, "2025-02", {"person_key": 5})
        county.deliver(feed, "2025-03", {"person_key": 11}, {"person_key": 21}, {"person_key": 99})
    county.deliver("medical_settlement", "2025-03", {"person_key": 98, "in_policy": 9000000, "total_cost": 9000000})
    county.deliver(
        "unemployment",
        "2025-03",
        {"person_key": 41, "status": "employed", "employed_on": "2025-01-15", "monthly_wage": 300001},
    )
    county.values |= {
        "supplement": 100, "supplement_groups": ["age"], "supplement_age": 70, "adult_age": 18,
        "inpatient_ratio_dibao": 0.7,
    }  # fmt: skip
    return county


def test_signals_have_the_promised_columns_and_order(busy: SmallCounty, tmp_path: Path) -> None:
    result = busy.run()
    result.write(tmp_path / "out")
    read = duckdb.connect().sql(f"SELECT * FROM '{tmp_path / 'out' / 'signals.parquet'}'")
    assert read.columns == COLUMNS
    rows = read.fetchall()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len(rows) == result.report["signals"] == sum(result.report["counts"].values())
    assert {row[0] for row in rows} >= {
        "CPX-01",
        "MNE-01",
        "MNE-03",
        "MNE-10",
        "MNE-11",
        "NCE-01",
        "NCE-02",
        "PND-01",
        "PND-03",
        "PND-06",
    }
    assert json.loads((tmp_path / "out" / "run.json").read_text())["counts"] == result.report["counts"]


def test_twice_gives_the_same_bytes(busy: SmallCounty, tmp_path: Path) -> None:
    busy.run().write(tmp_path / "first")
    busy.run().write(tmp_path / "second")
    assert (tmp_path / "first" / "signals.parquet").read_bytes() == (
        tmp_path / "second" / "signals.parquet"
    ).read_bytes()


def test_the_order_of_the_rows_delivered_changes_nothing(busy: SmallCounty) -> None:
    first = busy.run().signals
    busy.members.reverse()
    for periods in busy.feeds.values():
        for rows in periods.values():
            rows.reverse()

    def plain(signals: list) -> list:
        return [(s.indicator, s.person_key, s.household_key, s.measures) for s in signals]

    assert plain(busy.run().signals) == plain(first)


def test_no_signals_still_write_a_file_with_the_columns(county: SmallCounty, tmp_path: Path) -> None:
    county.run("MNE-10").write(tmp_path / "out")
    read = duckdb.connect().sql(f"SELECT * FROM '{tmp_path / 'out' / 'signals.parquet'}'")
    assert (read.columns, read.fetchall()) == (COLUMNS, [])
    types = dict(zip(read.columns, [str(kind) for kind in read.types], strict=True))
    assert (types["person_key"], types["household_key"], types["division"]) == ("BIGINT", "BIGINT", "VARCHAR")


def test_a_signal_names_place_and_evidence(busy: SmallCounty) -> None:
    (signal,) = busy.run("MNE-01").signals
    assert (signal.person_key, signal.household_key, signal.division, signal.severity) == (11, 1, "410522100201", "red")
    evidence = json.loads(signal.evidence)
    assert evidence[0] == {
        "source": "funeral",
        "period": "2025-03",
        "version": "0" * 16,
        "row_key": "202503000",
        "as_of": "2025-03-31",
    }
    assert [(entry["source"], entry["row_key"]) for entry in evidence[1:]] == [
        ("registry.households", "1"),
        ("registry.members", "11/1"),
    ]


def test_people_outside_the_register_have_neither_household_nor_place(busy: SmallCounty) -> None:
    outside = [signal for signal in busy.run("NCE-01", "NCE-02").signals if signal.household_key is None]
    assert [(signal.indicator, signal.person_key, signal.division) for signal in outside] == [
        ("NCE-01", 99, None),
        ("NCE-02", 98, None),
    ]


def test_signals_that_continue_keep_the_month_in_which_they_began(busy: SmallCounty) -> None:
    (signal,) = busy.run("MNE-01").signals
    (later,) = busy.run("MNE-01", first_seen={signal.subject: "2025-01"}).signals
    assert (signal.first_seen, later.first_seen, later.period) == ("2025-03", "2025-01", "2025-03")


def test_missing_feeds_skip_their_indicators_only(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    report = county.run().report
    skipped = {entry["indicator"]: entry for entry in report["skipped"]}
    assert {skipped[code]["feed"] for code in ("MNE-01", "NCE-01", "NHD-01", "PND-06")} == {
        "funeral", "disability", "medical_settlement",
    }  # fmt: skip
    assert (skipped["PND-03"]["reason"], skipped["PND-18"]["reason"]) == ("PARAMETER_UNSET", "NOT_IN_PACK")
    assert {code: report["counts"][code] for code in ("CPX-01", "MNE-10", "PND-01")} == {
        "CPX-01": 0, "MNE-10": 0, "PND-01": 1,
    }  # fmt: skip
    assert set(skipped) | set(report["counts"]) == {
        code for code, indicator in load_indicators().items() if indicator.state != "off"
    }


def test_gaps_are_not_looked_for_in_records_that_the_snapshot_lacks(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    county.values["meeting_min_per_year"] = 1
    (skipped,) = county.run("SUP-08").report["skipped"]
    assert (skipped["reason"], skipped["records"]) == ("MISSING_RECORDS", "meetings")


def test_working_days_of_an_unknown_year_skip_the_indicator(
    county: SmallCounty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(day: date) -> bool:
        raise HolidayYearUnknown(day.year)

    monkeypatch.setattr("doudi.engine.indicators.periods.is_working_day", unknown)
    county.household(1, {"person_key": 11}, category="DIBAO")
    (skipped,) = county.run("PND-17").report["skipped"]
    assert skipped["reason"] == "CALENDAR_UNKNOWN"
    assert "2025 年" in skipped["message"]


def test_a_matter_of_supervision_keeps_its_first_month_and_its_county(county: SmallCounty) -> None:
    county.records["reserve_draws"] = [
        {"division": "410522100", "draw_no": "B1", "amount": 100, "drawn_on": "2025-01-01"},
        {"division": "410522101", "draw_no": "B2", "amount": 100, "drawn_on": "2025-01-01"},
    ]
    first, second = county.run("SUP-13").signals
    assert (first.person_key, first.household_key, first.division, first.alert_class) == (None, None, "410522", "SUP")
    assert first.subject != second.subject
    again = county.run("SUP-13", first_seen={first.subject: "2025-02"}).signals
    assert [signal.first_seen for signal in again] == ["2025-02", "2025-03"]


def test_a_place_without_a_standard_is_left_out_and_named(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO", county_code="410523000000")
    county.values["pay_day"] = {("410522", "rural"): 10}
    county.household(2, {"person_key": 21}, category="DIBAO")
    result = county.run("PND-01")
    assert [signal.household_key for signal in result.signals] == [2]
    assert "410523 rural" in result.report["indicators"]["PND-01"]["notes"][0]


def test_a_locality_may_set_its_own_threshold(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11, "serious_illness": True, "disability_grade": 1}, category="DIBAO")
    plain = county.run("CPX-01")
    own = county.run("CPX-01", overrides={"CPX-01": {"difficulty_types": 2}})
    assert (len(plain.signals), len(own.signals)) == (0, 1)
    versions = [result.report["indicators"]["CPX-01"]["version"] for result in (plain, own)]
    assert versions[0] != versions[1]


def test_a_changed_parameter_changes_the_indicators_version(county: SmallCounty) -> None:
    county.household(1, {"person_key": 11}, category="DIBAO")
    first = county.run("PND-01").report["indicators"]["PND-01"]["version"]
    assert county.run("PND-01").report["indicators"]["PND-01"]["version"] == first
    county.values["pay_day"] = 9
    assert county.run("PND-01").report["indicators"]["PND-01"]["version"] != first


def test_an_indicator_that_does_not_exist(county: SmallCounty) -> None:
    with pytest.raises(InputError, match=r"unknown indicator 'NCE-99'; known: CPX-01"):
        county.run("NCE-99")


def test_a_threshold_that_does_not_exist(county: SmallCounty) -> None:
    with pytest.raises(InputError, match="MNE-10 has no threshold n"):
        county.run("MNE-10", overrides={"MNE-10": {"n": 2}})


def test_an_incomplete_snapshot(county: SmallCounty) -> None:
    registry, _ = county.write()
    (registry / "payments.parquet").unlink()
    from doudi.engine.indicators.inputs import Registry

    with pytest.raises(InputError, match=r"payments\.parquet is missing"):
        Registry.open(registry)


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.timeout(900)
def test_spark_gives_the_same_signals(busy: SmallCounty) -> None:
    assert busy.run(engine="spark").signals == busy.run().signals
