"""What a scenario changes: checked, described, and read from a command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules.pack import Pack, number_text
from doudi.engine.rules.parameters import Values, parse_override
from doudi.engine.simulate.result import Change
from doudi.engine.simulate.variants import Changes, is_partial


def parse_change(pack: Pack, text: str, where: str = "--change") -> tuple[str, Any]:
    """``NAME=VALUE``, or for a part only ``NAME.AREA=VALUE``, ``NAME.DIVISION=VALUE``, ``NAME.DIVISION.AREA=VALUE``.

    A list is written with commas. Raises InputError for an unknown parameter or a wrong value.
    """
    path, equals, value = text.partition("=")
    name, *parts = path.strip().split(".")
    try:
        found = parse_override(pack, f"{name}{equals}{value}")[1]
    except InputError as error:
        raise InputError(error.what, where=error.where.replace("--set", where), hint=error.hint) from None
    for part in reversed(parts):
        found = {part: found}
    return name, found


def merge(changes: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    """Changes of one scenario together; parts of one parameter are laid beside each other."""
    merged: dict[str, Any] = {}
    for name, value in changes:
        merged[name] = _beside(merged.get(name), value)
    return merged


def _beside(left: Any, right: Any) -> Any:
    if isinstance(left, dict) and isinstance(right, dict):
        return {key: _beside(left.get(key), right[key]) if key in right else left[key] for key in {**left, **right}}
    return right


def plain_lists(pack: Pack, changes: Changes) -> dict[str, Any]:
    """``changes`` with a list that is the same in every place it names as one list: lists hold everywhere.

    Raises InputError where places would have different lists.
    """
    found = dict(changes)
    for name, value in changes.items():
        if name in pack.parameters and pack.parameters[name].kind == "list" and isinstance(value, Mapping):
            leaves = list(_leaves(value))
            if any(leaf != leaves[0] for leaf in leaves):
                raise InputError(
                    "a list cannot differ between divisions or areas", where=name, hint="give one list for all"
                )
            found[name] = leaves[0] if leaves else None
    return found


def check_changes(pack: Pack, as_of: dt.date, changes: Changes, where: str) -> None:
    """Raises InputError naming the parameter that the pack does not have or whose value is of the wrong kind."""
    for name, value in changes.items():
        try:
            for leaf in _leaves(value):
                Values(pack, as_of, overrides={name: leaf})
            if is_partial(value):
                _check_places(pack, as_of, name, value)
        except InputError as error:
            raise InputError(error.what, where=f"{where}: {name}", hint=error.hint) from None


def _check_places(pack: Pack, as_of: dt.date, name: str, value: Any) -> None:
    codes = [str(key) for key in value if str(key).isdigit()] if isinstance(value, Mapping) else []
    for division in ("", *codes):
        Values(pack, as_of, amendments={name: value}).at(division, "urban")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif is_partial(value):
        for part in value:
            yield from _leaves(part.get("value") if isinstance(part, Mapping) else part)
    else:
        yield value


def describe(pack: Pack, base: Values, changes: Changes) -> tuple[Change, ...]:
    """Each change with the value before it, as far as that is one value everywhere."""
    urban, rural = base.at(None, "urban"), base.at(None, "rural")
    placed = base.varying()
    return tuple(
        Change(
            name,
            pack.parameters[name].label,
            pack.parameters[name].unit,
            None if name in placed or urban[name] != rural[name] else _plain(urban[name]),
            _plain(value),
        )
        for name, value in changes.items()
    )


def _plain(value: Any) -> Any:
    """As JSON writes it: numbers as exact text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (int, float, Decimal, Fraction)) and not isinstance(value, bool):
        return number_text(Fraction(str(value)))
    return value.isoformat() if isinstance(value, dt.date) else value
