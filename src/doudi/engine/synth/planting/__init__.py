"""The recipes of planted cases and near-misses, by alert class. Each is a function of a plot and a turn (0, 1, 2 …).

A turn picks the variant, so that larger counties hold every variant several times.
"""

from __future__ import annotations

from collections.abc import Callable

from doudi.engine.synth.plant import Plot
from doudi.engine.synth.planting import (
    complicated,
    covered,
    delivery,
    difficulties,
    ended,
    improved,
    no_longer,
    offices,
    overlooked,
    promised,
    reported,
    uncovered,
)

Recipe = Callable[[Plot, int], None]

_CLASSES = (
    delivery, promised, uncovered, overlooked, reported, covered, difficulties, complicated, improved, no_longer,
    ended, offices,
)  # fmt: skip
PLANTED: dict[str, Recipe] = {code: recipe for each in _CLASSES for code, recipe in each.PLANTED.items()}
NEAR_MISSES: tuple[Recipe, ...] = tuple(recipe for each in _CLASSES for recipe in each.NEAR_MISSES)
SMALLEST_WITH_CASES, SMALLEST_WITH_ALL = 200, 500
"""From so many households a county holds at least two of each case, and every near-miss too."""


def planted_per_indicator(households: int) -> int:
    """Cases of each indicator in a county of that many households: two, or one in 500 households where that is more."""
    return max(2, households // 500)


def sow(plot: Plot, households: int) -> None:
    """Plant cases, and near-misses where there is room; in a small county as many cases as half of it holds."""
    small = households < SMALLEST_WITH_CASES
    limit = households // 2 if small else households
    for turn in range(1 if small else planted_per_indicator(households)):
        for recipe in PLANTED.values():
            if len(plot.households) + 2 > limit:
                return
            recipe(plot, turn)
    if households >= SMALLEST_WITH_ALL:
        for turn in range(max(1, households // 2500)):
            for recipe in NEAR_MISSES:
                recipe(plot, turn)
