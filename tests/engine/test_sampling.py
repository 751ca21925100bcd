"""The draw of a random inspection (R197): anybody draws the same, and the estimate is what the textbook says."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doudi.engine.errors import InputError
from doudi.engine.sampling import Stratum, allocate, draw, estimate, frame_digest, rank, sample_size

SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 60), min_size=1, max_size=12)
FRAME = {f"4105221{number:09d}": "甲镇" if number % 3 else "乙镇" for number in range(300)}


def test_the_place_of_a_household_is_a_published_formula():
    expected = hmac.new(b"seed-1", b"4105221000000001", hashlib.sha256).hexdigest()
    assert rank("seed-1", "4105221000000001") == expected


def test_the_order_of_the_list_does_not_matter():
    turned = dict(reversed(FRAME.items()))
    assert draw(FRAME, "seed-1", 30) == draw(turned, "seed-1", 30)
    assert frame_digest(FRAME) == frame_digest(turned)


def test_another_seed_draws_others():
    first, second = ({one.number for one in draw(FRAME, seed, 30)} for seed in ("seed-1", "seed-2"))
    assert len(first) == len(second) == 30
    assert first != second


def test_each_household_is_drawn_about_equally_often():
    """2,000 seeds, 30 of 300: 200 times each on average; 6 standard deviations are 80."""
    times = Counter(one.number for seed in range(2000) for one in draw(FRAME, f"s{seed}", 30))
    assert len(times) == 300
    assert all(abs(number - 200) < 80 for number in times.values())


def test_strata_give_in_proportion():
    assert Counter(one.stratum for one in draw(FRAME, "seed-1", 30)) == {"甲镇": 20, "乙镇": 10}


@given(SIZES, st.integers(0, 800))
def test_allocation_holds_its_bounds(sizes, total):
    found = allocate(sizes, total)
    assert set(found) == set(sizes)
    assert all(1 <= found[name] <= sizes[name] for name in sizes)
    assert sum(found.values()) == min(max(total, len(sizes)), sum(sizes.values()))


@given(SIZES, st.integers(0, 800))
def test_a_larger_stratum_never_gives_less(sizes, total):
    found = allocate(sizes, total)
    assert all(found[a] >= found[b] for a in sizes for b in sizes if sizes[a] > sizes[b])


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [
        ({"a": 50, "b": 30, "c": 20}, 10, {"a": 5, "b": 3, "c": 2}),
        ({"a": 97, "b": 2, "c": 1}, 10, {"a": 8, "b": 1, "c": 1}),  # small ones are raised to one
        ({"a": 1, "b": 1, "c": 1}, 1, {"a": 1, "b": 1, "c": 1}),
        ({"a": 3, "b": 0}, 99, {"a": 3}),
    ],
)
def test_allocation_by_example(sizes, total, expected):
    assert allocate(sizes, total) == expected


def test_the_size_is_rounded_up():
    assert [sample_size(n, Fraction(5, 100)) for n in (0, 1, 20, 21, 1000)] == [0, 1, 1, 2, 50]


@pytest.mark.parametrize("ratio", [Fraction(0), Fraction(-1, 10), Fraction(11, 10)])
def test_a_ratio_outside_is_refused(ratio):
    with pytest.raises(InputError, match="ratio"):
        sample_size(10, ratio)


def test_the_interval_is_wilsons_for_one_large_stratum():
    """10 of 100: 0.0552 to 0.1744 (Wilson 1927, as every statistics package gives it)."""
    found = estimate([Stratum(10**9, 100, 10)])
    assert (round(found.share, 4), round(found.low, 4), round(found.high, 4)) == (0.1, 0.0552, 0.1744)


def test_strata_count_by_their_weight():
    found = estimate([Stratum(900, 10, 0), Stratum(100, 10, 10)])
    assert found.share == pytest.approx(0.1)
    assert found.low < 0.1 < found.high


def test_all_visited_leaves_no_doubt():
    found = estimate([Stratum(10, 10, 3)])
    assert (found.share, found.low, found.high) == (0.3, 0.3, 0.3)


def test_strata_without_a_visit_are_not_guessed():
    found = estimate([Stratum(50, 5, 0), Stratum(950, 0, 0)])
    assert (found.covered, found.visited, found.share, found.low) == (50, 5, 0.0, 0.0)
    assert found.high < 0.44
    assert estimate([Stratum(50, 0, 0)]) is None
