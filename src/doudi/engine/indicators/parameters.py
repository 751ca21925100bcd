"""Where an indicator's numbers come from: the pack, the locality's standards, and its own thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import Indicator, Parameter, ThresholdValue
from doudi.engine.indicators.items import entitled_items
from doudi.engine.indicators.periods import WINDOW_MONTHS, ago, first_day, last_day, shift
from doudi.engine.indicators.statements import Value

Place = tuple[str, str]
"""(division, area): a county's six-digit code; urban or rural."""
Fixed = bool | str | tuple[int | str, ...] | None
"""A flag, a text or a list: what no document varies by place."""
Overrides = Mapping[str, Mapping[str, Decimal | int | float | str]]
"""A locality's own thresholds: indicator code → threshold name → value."""


DURATIONS = ("天", "工作日", "月", "周岁")
"""Units of thresholds that also give a day, :NAME_ago."""


class ParameterSource(Protocol):
    """A pack with a locality's standards. ``value`` gives None where neither says anything: never a guess.

    A source may have ``lineage``: the names of its pack and of those that it builds on.
    """

    name: str
    version: str

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any: ...


@dataclass(frozen=True)
class Resolved:
    """Every parameter of a run: ``numbers`` by name and place, ``fixed`` (lists, texts and flags) by name.

    ``homes``: where people of the register live; ``works``: where they work, for parameters ``at_work`` only.
    """

    homes: Sequence[Place]
    works: Sequence[Place]
    numbers: Mapping[str, Mapping[Place, Decimal | None]]
    fixed: Mapping[str, Fixed]

    def is_unset(self, name: str) -> bool:
        """True where no home has a value."""
        if name in self.numbers:
            return all(self.numbers[name][place] is None for place in self.homes)
        return self.fixed[name] in (None, ())

    def unset_places(self, name: str) -> list[str]:
        """The places without a value of a number."""
        return [f"{division} {area}" for (division, area), value in self.numbers.get(name, {}).items() if value is None]


def resolve(
    source: ParameterSource,
    parameters: Iterable[Parameter],
    homes: Sequence[Place],
    works: Sequence[Place],
    as_of: date,
) -> Resolved:
    """Look every parameter up: numbers once per place; the others once, for no document varies those by place."""
    numbers: dict[str, dict[Place, Decimal | None]] = {}
    fixed: dict[str, Fixed] = {}
    for parameter in parameters:
        name = parameter.name
        if parameter.kind == "number":
            # A pack whose document has no such rule deducts nothing; elsewhere no value is unknown.
            none = Decimal(0) if source.name in parameter.zero_in else None
            numbers[name] = {
                (division, area): _decimal(source.value(name, as_of=as_of, division=division, area=area), name, none)
                for division, area in (*homes, *(works if parameter.at_work else ()))
            }
        elif parameter.kind == "items":
            fixed[name] = entitled_items(getattr(source, "lineage", (source.name,)))
        else:
            division, area = homes[0] if homes else ("", "rural")
            fixed[name] = _fixed(parameter, source.value(name, as_of=as_of, division=division, area=area))
    return Resolved(homes, works, numbers, fixed)


def _decimal(value: Any, name: str, none: Decimal | None) -> Decimal | None:
    """A pack's exact fraction, a written number or a local yes or no (1 or 0) as the decimal that SQL compares with."""
    if value is None:
        return none
    try:
        if isinstance(value, bool):
            return Decimal(int(value))
        if isinstance(value, Fraction):
            return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.0001"))
        return Decimal(str(value))
    except ArithmeticError as error:
        raise InputError(f"{value!r} is not a number", where=name, hint="correct the standards") from error


def _fixed(parameter: Parameter, value: Any) -> Fixed:
    if parameter.kind == "flag":
        return bool(value)
    if parameter.kind == "text":
        return None if value is None else str(value)
    return None if value is None else tuple(item if isinstance(item, str) else int(item) for item in value)


def thresholds(
    indicator: Indicator, period: str, pack: str, overrides: Overrides
) -> dict[str, ThresholdValue | Decimal]:
    """The values in force on the period's last day: the locality's override, else the catalogue's.

    Raises InputError for an override of a threshold that the indicator does not have.
    """
    own = overrides.get(indicator.code, {})
    unknown = sorted(set(own) - set(indicator.thresholds))
    if unknown:
        raise InputError(
            f"{indicator.code} has no threshold {unknown[0]}",
            where="overrides",
            hint=f"it has {', '.join(indicator.thresholds) or 'none'}",
        )
    found: dict[str, ThresholdValue | Decimal] = {}
    for name, threshold in indicator.thresholds.items():
        value = Decimal(str(own[name])) if name in own else threshold.at(last_day(period), pack)
        if value is None:
            raise InputError(
                f"no value is in force in {period}", where=f"thresholds.yaml {name}", hint="set one as an override"
            )
        found[name] = value
    return found


def period_values(period: str) -> dict[str, Value]:
    """The period itself, as statements name it. ``window_start`` opens the twelve months that end with the period."""
    return {
        "period": period,
        "first_day": first_day(period),
        "as_of": last_day(period),
        "window_start": first_day(shift(period, 1 - WINDOW_MONTHS)),
    }


def statement_values(
    indicator: Indicator, period: str, found: Mapping[str, ThresholdValue | Decimal], resolved: Resolved
) -> dict[str, Value]:
    """Every :name of the indicator's statements."""
    values: dict[str, Value] = {
        **period_values(period),
        **resolved.fixed,
    }
    for name, threshold in indicator.thresholds.items():
        entry = found[name]
        value = entry if isinstance(entry, Decimal) else entry.value
        values[name] = int(value) if value == value.to_integral_value() and threshold.unit != "比例" else value
        if threshold.unit in DURATIONS:
            values[f"{name}_ago"] = ago(last_day(period), int(value), threshold.unit)
    return values
