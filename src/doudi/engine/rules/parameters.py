"""What a parameter is worth for one division, area and day.

The pack, then a locality's standards where the pack leaves room, then published amendments, then ``--set``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules.layers import convert
from doudi.engine.rules.pack import Pack, Parameter
from doudi.engine.rules.schema import AREAS
from doudi.engine.rules.yamlfile import parse_yaml

Standards = Mapping[str, Any]


def read_standards(path: Path) -> dict[str, Any]:
    """A locality's numbers from YAML or JSON. Raises InputError when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from None
    document, _ = parse_yaml(text, str(path))
    if not isinstance(document, dict):
        raise InputError("standards are a mapping of parameter names to values", where=str(path))
    return {str(name): value for name, value in document.items()}


def parse_override(pack: Pack, text: str) -> tuple[str, Any]:
    """``NAME=VALUE`` of the command. A list is written with commas."""
    name, equals, written = text.partition("=")
    name, written = name.strip(), written.strip()
    parameter = pack.parameters.get(name)
    if not equals or parameter is None:
        raise InputError(
            f"{text!r} does not set a parameter of {pack.name}",
            where="--set",
            hint=f"write NAME=VALUE with a name that 'doudi packs show {pack.name}' lists",
        )
    value: Any = written
    if written in ("", "null"):
        value = None
    elif parameter.kind == "bool":
        value = {"true": True, "false": False}.get(written.lower(), written)
    elif parameter.kind == "list":
        value = [_number(part.strip()) for part in written.split(",")]
    elif parameter.kind != "text":
        value = _number(written)
    return name, _convert(parameter, value, f"--set {name}")


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _convert(parameter: Parameter, value: Any, where: str) -> Any:
    if parameter.kind in ("money", "ratio", "number") and isinstance(value, str):
        value = _number(value)
    if isinstance(value, float):
        value = Decimal(str(value))
    try:
        return convert(value, parameter.kind)
    except ValueError as error:
        raise InputError(
            f"{parameter.name} ({parameter.label}): {error}",
            where=where,
            hint=f"the unit is {parameter.unit}" if parameter.unit else "",
        ) from None


class Values:
    """Every parameter of one pack on one day, by division and area. Values are exact; None is unset.

    ``standards`` count for what is local or unset in the pack, ``amendments`` (of the same shape) also where the
    document decides, ``overrides`` (name → value) above everything. Raises InputError for an unknown name and for a
    value that cannot be read.
    """

    def __init__(
        self,
        pack: Pack,
        as_of: dt.date,
        standards: Standards | None = None,
        overrides: Mapping[str, Any] | None = None,
        amendments: Standards | None = None,
    ) -> None:
        self.pack, self.as_of = pack, as_of
        self.overrides = {name: self._override(name, value) for name, value in (overrides or {}).items()}
        self.ignored: list[str] = []
        self._cache: dict[tuple[str, str], dict[str, Any]] = {}
        self._fixed = {name: self.fixed(parameter) for name, parameter in pack.parameters.items()}
        self._local: list[tuple[str, Any]] = []  # the later above the earlier
        for where, given in (("standards", standards), ("amendments", amendments)):
            for name, node in (given or {}).items():
                self._admit(where, name, node)

    def at(self, division: str | None, area: str) -> dict[str, Any]:
        """All parameters for a household there."""
        key = (division or "", area)
        if key not in self._cache:
            values = dict(self._fixed)
            places = [area, *_above(key[0])]
            for name, node in self._local:
                found = node
                while isinstance(found, dict):
                    found = next((found[place] for place in places if place in found), None)
                if found is not None:
                    values[name] = found
            self._cache[key] = values
        return self._cache[key]

    def varying(self) -> list[str]:
        """Names whose value may differ between divisions or areas."""
        return list(dict.fromkeys(name for name, node in self._local if isinstance(node, dict)))

    def fixed(self, parameter: Parameter) -> Any:
        if parameter.name in self.overrides:
            return self.overrides[parameter.name]
        dated = parameter.at(self.as_of)
        return dated.value if dated else None

    def _override(self, name: str, value: Any) -> Any:
        if name not in self.pack.parameters:
            raise InputError(
                f"{self.pack.name} has no parameter {name}",
                where="overrides",
                hint=f"'doudi packs show {self.pack.name}' lists them",
            )
        parameter = self.pack.parameters[name]
        return (
            value
            if isinstance(value, tuple)
            else _convert(parameter, list(value) if isinstance(value, set) else value, name)
        )

    def _admit(self, where: str, name: str, node: Any) -> None:
        """A standard fills in what is local or unset; where a document decides, only an amendment changes it."""
        parameter = self.pack.parameters.get(name)
        if parameter is None:
            raise InputError(
                f"{name} is not a parameter of {self.pack.name}",
                where=f"{where}: {name}",
                hint=f"'doudi packs show {self.pack.name}' lists them",
            )
        dated = parameter.at(self.as_of)
        if where == "standards" and not parameter.local and dated and dated.value is not None and not dated.default:
            self.ignored.append(name)
        elif name not in self.overrides:
            place = f"{where}: {name}"
            self._local.append((name, self._read(place, name, node)))

    def _read(self, where: str, name: str, node: Any) -> Any:
        """A value, or {area: …} or {division code: …} of such, in force on the day and checked once for all."""
        node = self._on_day(node, where)
        if not isinstance(node, dict):
            return None if node is None else _convert(self.pack.parameters[name], node, where)
        keys = [str(key) for key in node]
        if not set(keys).isdisjoint(AREAS):
            unknown = [key for key in keys if key not in AREAS]
            if unknown:
                raise InputError(
                    f"{unknown[0]} stands beside urban and rural", where=where, hint="use only urban and rural"
                )
        for key in keys:
            if key not in AREAS and (not key.isdigit() or not 2 <= len(key) <= 12):
                raise InputError(f"{key} is neither an area (urban, rural), a date nor a division code", where=where)
        return {key: self._read(where, name, value) for key, value in zip(keys, node.values(), strict=True)}

    def _on_day(self, node: Any, where: str) -> Any:
        """The value in force of ``[{from, value}, …]``, ``{values: […]}`` or ``{date: value}``; others as they are."""
        if isinstance(node, dict) and node.keys() == {"values"}:
            node = node["values"]
        if isinstance(node, dict) and node and all(isinstance(key, dt.date) for key in node):
            node = [{"from": key, "value": value} for key, value in node.items()]
        if (
            not isinstance(node, list)
            or not node
            or not all(isinstance(item, dict) and "value" in item for item in node)
        ):
            return node
        dated = []
        for item in node:
            start = item.get("from", dt.date.min)
            try:
                start = start if isinstance(start, dt.date) else dt.date.fromisoformat(str(start))
            except ValueError:
                raise InputError(f"{start!r} is not a date", where=where, hint="write from: YYYY-MM-DD") from None
            dated.append((start, item["value"]))
        in_force = [value for start, value in sorted(dated, key=lambda pair: pair[0]) if start <= self.as_of]
        return self._on_day(in_force[-1], where) if in_force else None


def _above(division: str) -> list[str]:
    """A division's own code and those above it: village, township, county, city, province."""
    shorter = [division[:size] for size in (12, 9, 6, 4, 2) if len(division) >= size]
    padded = [division[:4] + "00", division[:2] + "0000"] if len(division) >= 6 else []
    codes = [*shorter, *padded]
    return [
        code.ljust(size, "0") for code in dict.fromkeys(codes) for size in sorted({len(code), max(len(code), 6), 12})
    ]


def parameter_value(
    pack: Pack,
    name: str,
    as_of: dt.date,
    standards: Standards | None = None,
    division: str | None = None,
    area: str = "urban",
    overrides: Mapping[str, Any] | None = None,
    amendments: Standards | None = None,
) -> Any:
    """One parameter's value there and then: Fraction, bool, text, tuple, or None when unset.

    Raises InputError for an unknown name or a standard that cannot be read.
    """
    if name not in pack.parameters:
        raise InputError(f"{pack.name} has no parameter {name}", hint=f"'doudi packs show {pack.name}' lists them")
    return Values(pack, as_of, standards, overrides, amendments).at(division, area)[name]
