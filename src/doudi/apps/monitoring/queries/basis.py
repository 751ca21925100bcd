"""What an indicator rests on: thresholds and parameters with their origin, clauses with the document's sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from doudi.apps.monitoring.queries.settings import Local, local
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import AlertClass, Indicator, load_alert_classes
from doudi.engine.indicators.periods import last_day
from doudi.engine.rules import load_pack, pack_names, parameter_value
from doudi.engine.rules.pack import number_text

AREAS = {"urban": "城市", "rural": "农村"}
ORIGINS = {
    "document": ("文件规定", "blue"),
    "local": ("地方标准", "blue"),
    "default": ("默认值", "grey"),
    "setting": ("本地设定", "blue"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that was compared with. ``origin``: document, local (the county's standard), setting (its own threshold)
    or default (no document's)."""

    label: str
    text: str
    origin: str
    cite: str = ""
    note: str = ""

    @property
    def origin_label(self) -> str:
        return ORIGINS[self.origin][0]

    @property
    def origin_colour(self) -> str:
        return ORIGINS[self.origin][1]


@dataclass(frozen=True, slots=True)
class Clause:
    """``sentence`` is the document's own, '' where the pack does not hold it."""

    cite: str
    sentence: str


def alert_classes(pack: str) -> Mapping[str, AlertClass]:
    """The classes as the pack's document names and handles them."""
    return load_alert_classes(pack, tuple(load_pack(pack).lineage[1:]))


@dataclass(frozen=True, slots=True)
class Place:
    """Where numbers are looked up: the pack, a county with its own numbers on the last day of ``period``, areas."""

    pack: str
    period: str
    county: str
    local: policy.InForce
    settings: Local
    areas: tuple[str, ...] = tuple(AREAS)

    @classmethod
    def of(cls, pack: str, period: str, county: str, *areas: str) -> Place:
        """Two statements: the county's numbers and its own thresholds."""
        end = last_day(period)
        return cls(
            pack, period, county, policy.in_force(county, end, pack=pack), local(county, end), areas or tuple(AREAS)
        )


def limits(indicator: Indicator, place: Place) -> list[Limit]:
    """The thresholds and policy parameters that ``indicator`` compares with at a place."""
    found = []
    for threshold in indicator.thresholds.values():
        own = place.settings.rows.get((indicator.code, threshold.name))
        if own is not None:
            note = f"{own.valid_from:%Y-%m-%d} 起，{own.reason}"
            found.append(Limit(threshold.label, limit_text(own.value, threshold.unit), "setting", own.document, note))
            continue
        value = threshold.at(last_day(place.period), place.pack)
        if value is not None:
            cite = f"{value.cite['document']} {value.cite['clause']}" if value.cite else ""
            found.append(
                Limit(threshold.label, limit_text(value.value, threshold.unit), value.origin, cite, value.note)
            )
    return found + list(_parameters(indicator, place))


def clauses(indicator: Indicator, pack: str) -> list[Clause]:
    """The clauses of the pack's own document that the indicator rests on; of all documents where it has none."""
    own = {load_pack(pack).cite_as, load_pack(pack).title}
    chosen = [cite for cite in indicator.cite if cite["document"] in own] or list(indicator.cite)
    return [
        Clause(f"{cite['document']} {cite['clause']}", _sentences().get((cite["document"], cite["clause"]), ""))
        for cite in chosen
    ]


def _parameters(indicator: Indicator, place: Place) -> Iterable[Limit]:
    pack, on, local = load_pack(place.pack), last_day(place.period), place.local
    for one in indicator.parameters.values():
        if one.kind != "number" or one.name not in pack.parameters:
            continue
        values = {
            area: parameter_value(
                pack, one.name, on, local.standards, place.county[:6], area, amendments=local.amendments
            )
            for area in place.areas
        }
        known = {area: limit_text(value, one.unit) for area, value in values.items() if value is not None}
        if not known:
            continue
        same = len(set(known.values())) == 1
        text = (
            next(iter(known.values())) if same else "，".join(f"{AREAS[area]} {shown}" for area, shown in known.items())
        )
        dated = pack.parameters[one.name].at(on)
        if one.name in local.standards or one.name in local.amendments or dated is None:
            papers = sorted({row.document for row in local.rows if row.parameter == one.name and row.document})
            yield Limit(one.label, text, "local", "；".join(papers))
        else:
            yield Limit(one.label, text, "default" if dated.default else "document", dated.cite)


@cache
def _sentences() -> dict[tuple[str, str], str]:
    """(document number or title, clause) → the document's sentence."""
    found = {}
    for name in pack_names():
        pack = load_pack(name)
        for clause in pack.clauses.values():
            if clause.pack == name:
                found[pack.cite_as, clause.number] = found[pack.title, clause.number] = clause.text
    return found


def limit_text(value: Any, unit: str) -> str:
    """A threshold's or parameter's value as pages write it: 50%, 3 个月."""
    if unit == "比例":
        return f"{number_text(Fraction(value) * 100)}%"
    return f"{number_text(Fraction(value))} {_UNITS.get(unit, unit)}"


_UNITS = {"月": "个月"}
