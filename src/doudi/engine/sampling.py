"""Random inspections (随机调查, 《指南（第一版）》 三(三)2): a sample that anybody can draw again, and what it says.

A household's place in the draw is the HMAC-SHA256 of its number under the seed, in hexadecimal, smallest first. It
depends on nothing else: not on the order of the list, not on who draws, not on the machine.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from doudi.engine.errors import InputError

Z_95 = 1.959963984540054  # the normal quantile of a two-sided 95% interval


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn household: its number, its stratum and its place value (64 hexadecimal digits)."""

    number: str
    stratum: str
    rank: str


def rank(seed: str, number: str) -> str:
    """The place value of a household number under a seed."""
    return hmac.digest(seed.encode(), number.encode(), "sha256").hex()


def sample_size(households: int, ratio: Fraction) -> int:
    """Households to draw: the ratio of the list, rounded up, at least one of a list that is not empty."""
    if not 0 < ratio <= 1:
        raise InputError(f"the ratio {ratio} is not between 0 and 1", where="ratio", hint="write 0.05 for 5%")
    return math.ceil(households * ratio)


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """{stratum: households to draw}: in proportion to its size, at least one, never more than it has.

    What proportion leaves over goes to the largest remainders, equal ones in the strata's order. Where ``total`` is
    less than the number of strata, each still gives one.
    """
    strata = sorted(name for name, size in sizes.items() if size > 0)
    whole = sum(sizes[name] for name in strata)
    total = min(max(total, len(strata)), whole)
    parts = {name: Fraction(sizes[name] * total, whole) for name in strata}
    found = {name: min(max(1, math.floor(part)), sizes[name]) for name, part in parts.items()}
    while (left := total - sum(found.values())) != 0:
        # Too many where small strata were raised to one: the largest surplus gives back.
        step = 1 if left > 0 else -1
        open_ones = [name for name in strata if (found[name] < sizes[name] if step > 0 else found[name] > 1)]
        found[max(open_ones, key=lambda name: step * (parts[name] - found[name]))] += step
    return found


def draw(frame: Mapping[str, str], seed: str, total: int) -> list[Drawn]:
    """The sample of ``frame`` {household number: stratum}, by stratum and place value."""
    strata: dict[str, list[str]] = defaultdict(list)
    for number, stratum in frame.items():
        strata[stratum].append(number)
    wanted = allocate({name: len(numbers) for name, numbers in strata.items()}, total)
    found = []
    for name in sorted(wanted):
        ranked = sorted((rank(seed, number), number) for number in strata[name])
        found += [Drawn(number, name, place) for place, number in ranked[: wanted[name]]]
    return found


def frame_digest(frame: Mapping[str, str]) -> str:
    """SHA-256 of the list: lines ``number,stratum`` in the order of the numbers, each ended by a line feed."""
    digest = hashlib.sha256()
    for number in sorted(frame):
        digest.update(f"{number},{frame[number]}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Stratum:
    """What an inspection found in a stratum: households in the list, visited, and visited with the finding."""

    households: int
    visited: int
    found: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of all households with its 95% interval; ``covered`` households stand in strata that were visited."""

    share: float
    low: float
    high: float
    covered: int
    visited: int


def estimate(strata: Iterable[Stratum]) -> Estimate | None:
    """The share of households with a finding, each stratum by its weight; None where nobody was visited yet.

    The interval is Wilson's on the effective sample: the visited households, fewer where their weights differ (Kish)
    and more where they are a large part of the list (finite population). Strata without a visit are not guessed.
    """
    known = [one for one in strata if one.visited > 0]
    if not known:
        return None
    covered = sum(one.households for one in known)
    visited = sum(one.visited for one in known)
    share = sum(one.households * one.found / one.visited for one in known) / covered
    effective = covered**2 / sum(one.households**2 / one.visited for one in known)
    if visited >= covered:
        return Estimate(share, share, share, covered, visited)
    effective /= 1 - visited / covered
    z2 = Z_95**2
    middle = (share + z2 / (2 * effective)) / (1 + z2 / effective)
    half = Z_95 / (1 + z2 / effective) * math.sqrt(share * (1 - share) / effective + z2 / (4 * effective**2))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(share, low if share else 0.0, high if share < 1 else 1.0, covered, visited)
