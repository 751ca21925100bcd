"""Which pack and which local numbers apply where and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from doudi.apps.base import clock
from doudi.apps.policy.models import LocalStandard
from doudi.apps.policy.values import AREA_LABELS
from doudi.engine.rules import Pack, Parameter, load_pack, parameter_value
from doudi.engine.rules.parameters import AREAS

# A division without numbers of its own uses those of the division above it, up to the province.
_LEVELS = (6, 4, 2)


@dataclass(frozen=True)
class InForce:
    """The local numbers of a place and day as the engine takes them, and the ``rows`` that they come from.

    ``standards`` fill in what the pack leaves open; ``amendments`` stand above it.
    """

    standards: dict[str, Any] = field(default_factory=dict)
    amendments: dict[str, Any] = field(default_factory=dict)
    rows: list[LocalStandard] = field(default_factory=list)

    def basis(self) -> list[dict[str, Any]]:
        """The rows as a decision keeps them."""
        return [
            {
                "parameter": row.parameter,
                "division": row.division,
                "area": row.area,
                "value": row.value,
                "valid_from": row.valid_from.isoformat(),
                "document": row.document,
                "is_sample": row.is_sample,
                "amends": row.amends,
            }
            for row in self.rows
        ]


def pack_for(division_code: str) -> str:
    """The name of the policy pack that applies in a division: the longest prefix of ``settings.POLICY_PACKS``."""
    packs: dict[str, str] = settings.POLICY_PACKS
    return packs[max((prefix for prefix in packs if division_code.startswith(prefix)), key=len)]


def in_force(
    division_code: str,
    as_of: dt.date | None = None,
    *,
    also: Iterable[str] = (),
    pack: str | None = None,
    before: int | None = None,
    extra: Sequence[LocalStandard] = (),
) -> InForce:
    """The numbers in force in the county of ``division_code``.

    A value is plain, or ``{urban, rural}``. With ``also`` (divisions where members work) every value is keyed by
    division. Parameters that the pack does not have are left out. Numbers are text: nothing is lost on the way.
    ``before``: only rows recorded before that one (by id); ``extra``: rows on trial, as if recorded last.
    """
    as_of = as_of or clock.today()
    known = load_pack(pack or pack_for(division_code)).parameters
    own = county_of(division_code)
    counties = sorted({own, *(county_of(code) for code in also if code)})
    rows = [row for row in [*_rows(counties, as_of, before), *_due(extra, as_of)] if row.parameter in known]
    chosen = {code: _chosen(code, rows) for code in counties}
    used = {id(row): row for row in chosen[own].values() if row.value is not None}
    return InForce(
        standards=_values(own, chosen, amends=False),
        amendments=_values(own, chosen, amends=True),
        rows=sorted(used.values(), key=lambda row: (row.parameter, row.area)),
    )


def standards_for(division_code: str, as_of: dt.date | None = None, **options: Any) -> dict[str, Any]:
    """What the locality fills in where the pack leaves a number open; options of :func:`in_force`."""
    return in_force(division_code, as_of, **options).standards


def amendments_for(division_code: str, as_of: dt.date | None = None, **options: Any) -> dict[str, Any]:
    """What the locality orders in place of the pack's own numbers; options of :func:`in_force`."""
    return in_force(division_code, as_of, **options).amendments


def parameters_at(
    division_code: str, names: Iterable[str], as_of: dt.date | None = None, area: str = "urban"
) -> dict[str, Any]:
    """Parameters of the pack that applies in a division, with the locality's own numbers, on a day (today)."""
    as_of = as_of or clock.today()
    pack = load_pack(pack_for(division_code))
    local = in_force(division_code, as_of, pack=pack.name)
    return {
        name: parameter_value(pack, name, as_of, local.standards, division_code[:6], area, amendments=local.amendments)
        for name in names
    }


def decided_by_document(parameter: Parameter, on: dt.date) -> bool:
    """Whether a policy document gives the number that day, so that only an amendment changes it."""
    dated = parameter.at(on)
    return not parameter.local and dated is not None and dated.value is not None and not dated.default


@dataclass(frozen=True)
class Gap:
    """A number that the pack leaves to the locality and that nobody has filled in; ``areas`` as they are missing."""

    parameter: Parameter
    areas: tuple[str, ...]

    @property
    def label(self) -> str:
        areas = "、".join(AREA_LABELS[area] for area in self.areas)
        return f"{self.parameter.label}（{areas}）" if self.areas != AREAS else self.parameter.label


def gaps(pack: Pack, local: InForce, on: dt.date, division_code: str) -> list[Gap]:
    """What is unset in a division on a day, in the pack's order."""
    found = []
    for name, parameter in pack.parameters.items():
        values = {
            area: parameter_value(pack, name, on, local.standards, division_code[:6], area, amendments=local.amendments)
            for area in AREAS
        }
        missing = tuple(area for area, value in values.items() if value is None)
        if missing:
            found.append(Gap(parameter, missing))
    return found


def county_of(code: str) -> str:
    return code[:6].ljust(12, "0")


def stem(code: str) -> str:
    """The digits that a province (2), city (4) or county (6) shares with all below it."""
    return next((code[:size] for size in (2, 4) if not code[size:].strip("0")), code[:6])


def above(county: str) -> list[str]:
    """A county with its city and its province, the nearest first."""
    return [county[:size].ljust(12, "0") for size in _LEVELS]


def _rows(counties: list[str], as_of: dt.date, before: int | None) -> list[LocalStandard]:
    """The row in force of every parameter, division and area among the counties and what is above them."""
    codes = {code for county in counties for code in above(county)}
    rows = LocalStandard.objects.filter(division__in=codes, valid_from__lte=as_of)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    keys = ("division", "parameter", "area")
    return list(rows.order_by(*keys, "-valid_from", "-id").distinct(*keys))


def _due(extra: Sequence[LocalStandard], as_of: dt.date) -> list[LocalStandard]:
    return [row for row in extra if row.valid_from <= as_of]


def _chosen(county: str, rows: list[LocalStandard]) -> dict[tuple[str, str], LocalStandard]:
    """{(parameter, area): row}: the nearest division's, of that the latest, an area's own before one for both."""
    near = {code: -distance for distance, code in enumerate(above(county))}

    def rank(row: LocalStandard) -> tuple[int, dt.date, bool, bool, int]:
        return near[row.division], row.valid_from, bool(row.area), row.pk is None, row.pk or 0

    best: dict[tuple[str, str], LocalStandard] = {}
    for row in rows:
        if row.division in near:
            for area in (row.area,) if row.area else AREAS:
                held = best.get((row.parameter, area))
                if held is None or rank(row) > rank(held):
                    best[row.parameter, area] = row
    return best


def _values(own: str, chosen: dict[str, dict[tuple[str, str], LocalStandard]], *, amends: bool) -> dict[str, Any]:
    found = {
        county: _plain({key: row for key, row in rows.items() if row.amends == amends})
        for county, rows in chosen.items()
    }
    if len(found) == 1:
        return found[own]
    names = sorted({name for values in found.values() for name in values})
    return {name: {code[:6]: values[name] for code, values in found.items() if name in values} for name in names}


def _plain(rows: dict[tuple[str, str], LocalStandard]) -> dict[str, Any]:
    """A value for both areas plain, else by area; a row without value leaves the pack's own."""
    values: dict[str, Any] = {}
    for name in sorted({parameter for parameter, _ in rows}):
        held = {area: rows[name, area] for area in AREAS if (name, area) in rows}
        by_area = {area: row.value for area, row in sorted(held.items()) if row.value is not None}
        if not by_area:
            continue
        same = len(held) == len(AREAS) and len({id(row) for row in held.values()}) == 1
        values[name] = next(iter(by_area.values())) if same else by_area
    return values
