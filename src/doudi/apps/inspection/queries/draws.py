"""Draws, their households in the actor's scope, what they found, and the proof that they were drawn so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.divisions.queries import division_names
from doudi.apps.inspection.models import Draw, DrawnHousehold
from doudi.apps.policy.queries import in_force, pack_for, parameters_at
from doudi.apps.registry.choices import Area, Category
from doudi.engine.sampling import Estimate, Stratum, draw, estimate, frame_digest, sample_size


@dataclass(frozen=True)
class By:
    """A way to divide the list into strata: its label and the column of the household."""

    label: str
    column: str


STRATA = {
    "township": By("乡镇（街道）", "township_code"),
    "village": By("村（社区）", "village_code"),
    "category": By("类别", "category"),
    "area": By("城乡", "area"),
}
# What a visit found, as an inspection counts it: result → outcomes of the visit.
RESULTS = {
    "confirmed": ("情况属实", ("UNCHANGED",)),
    "differs": ("与登记不符", ("CHANGED", "MOVED")),
    "problem": ("存在问题", ("PROBLEM", "TRUE_EMERGENCY")),
    "not_met": ("未见到本人", ("NOT_FOUND",)),
}


@dataclass(frozen=True)
class Ratio:
    """The local ratio of inspections; None where the locality has not said."""

    value: Decimal | None
    origin: str


def ratio_for(division: str) -> Ratio:
    """The ratio in force today (《指南（第一版）》 三(三)2: 按照一定比例, which the locality sets)."""
    found = parameters_at(division, ["random_check_ratio"])["random_check_ratio"]
    if found is None:
        return Ratio(None, "")
    exact = Fraction(found) if isinstance(found, Fraction) else Fraction(str(found))
    value = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.0001"))
    papers = [
        row["document"]
        for row in in_force(division, pack=pack_for(division)).basis()
        if row["parameter"] == "random_check_ratio"
    ]
    return Ratio(value, "、".join(filter(None, papers)) or "当地标准")


def _visible(actor: User) -> QuerySet[Draw]:
    """Draws of the actor's divisions, and those of the levels above that drew households of his."""
    own = restrict(Draw.objects.all(), actor).values("pk")
    drawn = restrict(DrawnHousehold.objects.all(), actor).values("draw_id")
    return Draw.objects.filter(Q(pk__in=own) | Q(pk__in=drawn))


def draw_list(*, actor: User, cursor: str | None = None) -> Page:
    """Draws, the newest first."""
    require(actor, "inspection.read")
    return paginate(_visible(actor).select_related("division", "drawn_by"), order=["-id"], cursor=cursor)


def draw_get(*, actor: User, draw_id: int) -> Draw:
    """One draw; :class:`NotFound` where none of its households is in the actor's scope."""
    require(actor, "inspection.read")
    found = _visible(actor).select_related("division", "drawn_by").filter(pk=draw_id).first()
    if found is None:
        raise NotFound()
    return found


def whole(actor: User, found: Draw) -> bool:
    """Whether the actor's scope holds the whole draw, and not only some of its households."""
    return restrict(Draw.objects.filter(pk=found.pk), actor).exists()


def drawn_list(*, actor: User, found: Draw, result: str = "", cursor: str | None = None, size: int = 20) -> Page:
    """The drawn households in the actor's scope by stratum and place value; ``result`` of :data:`RESULTS`,
    ``waiting`` (nobody sent) or ``open`` (being visited)."""
    rows = restrict(DrawnHousehold.objects.filter(draw=found), actor)
    if result in RESULTS:
        rows = rows.filter(task__visit__outcome__in=RESULTS[result][1])
    elif result == "waiting":
        rows = rows.filter(Q(task=None) | Q(task__state="CANCELLED"))
    elif result == "open":
        rows = rows.filter(task__state="ASSIGNED")
    rows = rows.select_related("household", "task__visit", "task__visitor", "task__follow_up")
    return paginate(rows, order=["stratum", "rank"], cursor=cursor, size=size)


@dataclass(frozen=True, slots=True)
class StratumFigures:
    """One stratum: its words, households in the list, drawn, and by result."""

    name: str
    households: int
    drawn: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """``share``: of households not as registered or with a problem; ``problems``: with a problem only. None: no visit,
    or the actor sees a part of the draw only."""

    strata: list[StratumFigures]
    counts: dict[str, int]
    share: Estimate | None
    problems: Estimate | None


def figures(*, actor: User, found: Draw) -> Figures:
    """What the inspection found so far, by stratum, with the estimates for the whole list."""
    rows = restrict(DrawnHousehold.objects.filter(draw=found), actor).order_by()
    counted = rows.values("stratum", outcome=F("task__visit__outcome")).annotate(number=Count("pk"))
    results = {outcome: name for name, (_, outcomes) in RESULTS.items() for outcome in outcomes}
    table: dict[str, dict[str, int]] = {}
    drawn: dict[str, int] = {}
    for row in counted:
        drawn[row["stratum"]] = drawn.get(row["stratum"], 0) + row["number"]
        if row["outcome"]:
            cell = table.setdefault(row["stratum"], {})
            name = results[row["outcome"]]
            cell[name] = cell.get(name, 0) + row["number"]
    words = stratum_words(found, drawn)
    strata = [
        StratumFigures(words[name], found.strata[name][0], drawn[name], table.get(name, {})) for name in sorted(drawn)
    ]
    counts = {name: sum(one.counts.get(name, 0) for one in strata) for name in RESULTS}
    everything = whole(actor, found)
    return Figures(
        strata,
        counts,
        _estimate(strata, ("differs", "problem")) if everything else None,
        _estimate(strata, ("problem",)) if everything else None,
    )


def _estimate(strata: Iterable[StratumFigures], names: tuple[str, ...]) -> Estimate | None:
    met = ("confirmed", "differs", "problem")
    return estimate(
        Stratum(one.households, sum(one.counts.get(n, 0) for n in met), sum(one.counts.get(n, 0) for n in names))
        for one in strata
    )


def stratum_words(found: Draw, strata: Iterable[str]) -> dict[str, str]:
    """{stratum: what people read}."""
    strata = list(strata)
    labels: dict[str, str] = dict(Category.choices) | dict(Area.choices)
    codes = {part for stratum in strata for part in stratum.split("/")}
    labels |= division_names(sorted(code for code in codes if code.isdigit()))
    return {stratum: " · ".join(labels.get(part, part) for part in stratum.split("/")) for stratum in strata}


@dataclass(frozen=True, slots=True)
class Redraw:
    """The proof: whether the kept list has the stated digest, and whether drawing again gives the same households."""

    list_as_stated: bool
    same: bool
    drawn: int


def redraw(*, actor: User, found: Draw) -> Redraw:
    """Draw again from the kept list, seed and ratio, and compare; only for whoever sees the whole draw."""
    if not whole(actor, found):
        raise NotFound()
    numbers: dict[str, str] = found.frame.numbers
    again = draw(numbers, found.seed, sample_size(len(numbers), Fraction(found.ratio)))
    stored: dict[str, Any] = dict(found.rows.values_list("household__household_no", "rank"))
    return Redraw(
        frame_digest(numbers) == found.frame_sha256, {one.number: one.rank for one in again} == stored, len(again)
    )
