"""Where an indicator's numbers come from: the pack, the locality's standards, and the table ``parameter`` built from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from doudi.engine.errors import InputError
from doudi.engine.indicators.catalogue import Indicator, Parameter, ThresholdValue
from doudi.engine.indicators.periods import WINDOW_MONTHS, ago, first_day, last_day, shift
from doudi.engine.indicators.statements import Value

Place = tuple[str, str]
"""(division, area): a county's six-digit code; urban or rural."""
Overrides = Mapping[str, Mapping[str, Decimal | int | float | str]]
"""A locality's own thresholds: indicator code → threshold name → value."""


class ParameterSource(Protocol):
    """A pack with a locality's standards. ``value`` gives None where neither says anything: never a guess."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any: ...


@dataclass(frozen=True)
class Resolved:
    """Every parameter of a run at its places: ``numbers`` by name and place, ``lists`` and ``mappings`` by name."""

    places: Sequence[Place]
    numbers: Mapping[str, Mapping[Place, Decimal | None]]
    lists: Mapping[str, Sequence[int | str] | None]
    mappings: Mapping[str, Mapping[str, Decimal]]

    def is_unset(self, name: str) -> bool:
        if name in self.numbers:
            return all(value is None for value in self.numbers[name].values())
        return not (self.lists.get(name) or self.mappings.get(name))

    def unset_places(self, name: str) -> list[str]:
        """The places without a value of a number that others have."""
        return [f"{division} {area}" for (division, area), value in self.numbers.get(name, {}).items() if value is None]


def resolve(source: ParameterSource, parameters: Iterable[Parameter], places: Sequence[Place], as_of: date) -> Resolved:
    """Look every parameter up once per place (numbers) or once (lists and mappings, which no document varies by place)."""
    numbers: dict[str, dict[Place, Decimal | None]] = {}
    lists: dict[str, Sequence[int | str] | None] = {}
    mappings: dict[str, dict[str, Decimal]] = {}
    first = places[0] if places else ("", "rural")
    for parameter in parameters:
        if parameter.kind == "number":
            numbers[parameter.name] = {
                place: _decimal(
                    source.value(parameter.name, as_of=as_of, division=place[0], area=place[1]), parameter.name
                )
                for place in places
            }
        elif parameter.kind == "list":
            lists[parameter.name] = source.value(parameter.name, as_of=as_of, division=first[0], area=first[1])
        else:
            value = source.value(parameter.name, as_of=as_of, division=first[0], area=first[1]) or {}
            mappings[parameter.name] = {key: Decimal(str(item)) for key, item in sorted(value.items())}
    return Resolved(places, numbers, lists, mappings)


def _decimal(value: Any, name: str) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise InputError(f"{value!r} is not a number", where=name, hint="correct the standards") from error


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
        **{name: tuple(value or ()) for name, value in resolved.lists.items()},
    }
    for name, threshold in indicator.thresholds.items():
        entry = found[name]
        value = entry if isinstance(entry, Decimal) else entry.value
        values[name] = int(value) if value == value.to_integral_value() and threshold.unit != "比例" else value
        if threshold.unit in ("天", "月", "周岁"):
            base = first_day(period) if threshold.from_first_day else last_day(period)
            values[f"{name}_ago"] = ago(base, int(value), threshold.unit)
    return values
