"""What ``doudi packs check`` looks at beyond loading: what nothing reads, and the pack's worked cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from doudi.engine.errors import InputError
from doudi.engine.rules.decide import determine
from doudi.engine.rules.loader import load_pack, pack_names
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.reach import decided_by
from doudi.engine.rules.reader import Folder, Problem

_EXPLAINED = {"trace", "tree", "why_not"}  # parts of a result that only an explanation has


def unread(pack: Pack) -> list[Problem]:
    """The pack's own rules and parameters that nothing reads, so that they are shown and decide nothing.

    Readers are outcomes, here or in a shipped pack that inherits from it, indicators, and the platform.
    """
    folder = Folder(Path(pack.folder))
    heirs = [heir for heir in map(load_pack, pack_names()) if pack.name in heir.lineage]
    read = set().union(*(decided_by(one) for one in (pack, *heirs))) | read_by_platform()
    names = [("rules.yaml", rule.name, rule.label) for rule in pack.rules.values() if rule.pack == pack.name]
    names += [("parameters.yaml", p.name, p.label) for p in pack.parameters.values() if p.pack == pack.name]
    return [
        Problem(folder.where(file, name), f"{name} ({label}) is read by nothing: use it in a rule, or it is only shown")
        for file, name, label in names
        if name not in read
    ]


@lru_cache(maxsize=1)
def read_by_platform() -> set[str]:
    """Parameters that the platform reads (``catalogue/platform_switches.yaml``) or its indicators."""
    catalogue = files("doudi.catalogue")
    switches = catalogue.joinpath("platform_switches.yaml").read_text(encoding="utf-8")
    indicators = catalogue.joinpath("indicators/parameters.yaml").read_text(encoding="utf-8")
    return {*yaml.safe_load(switches), *yaml.safe_load(indicators)}


def run_tests(pack: Pack) -> list[str]:
    """Failures of the pack's tests.yaml: what was expected, where, and what came out."""
    return [
        f"{pack.name}: tests.yaml {index}{_name_of(case)}: {text}"
        for index, case in enumerate(pack.tests, 1)
        for text in case_failures(pack, case)
    ]


def case_failures(pack: Pack, case: Any, overrides: Mapping[str, Any] | None = None) -> list[str]:
    """Where one worked case comes out otherwise than it expects; ``overrides`` stand above what the case sets."""
    wrong = _wrong(case)
    if wrong:
        return [wrong]
    try:
        found = determine(
            [case["household"]],
            pack,
            case_day(case),
            case.get("standards"),
            {**(case.get("set") or {}), **(overrides or {})},
            explain=bool(_EXPLAINED & case["expect"].keys()),
            amendments=case.get("amendments"),
        )["households"][0]
    except InputError as error:
        return [error.line()]
    return differences(case["expect"], found)


def case_day(case: Mapping[str, Any]) -> dt.date:
    """The case's as_of. Raises ValueError when it is no date."""
    value = case["as_of"]
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _name_of(case: Any) -> str:
    return f" {case['name']}" if isinstance(case, Mapping) and case.get("name") else ""


def _wrong(case: Any) -> str:
    """What is wrong with a case's form, in words; empty when nothing is."""
    if not isinstance(case, Mapping) or not {"as_of", "household", "expect"} <= case.keys():
        return "a case needs as_of, household and expect"
    for key in ("expect", "standards", "set", "amendments"):
        if not isinstance(case.get(key) or {}, Mapping) or (key == "expect" and not case[key]):
            return f"{key} must be a mapping of names to values"
    try:
        case_day(case)
    except ValueError:
        return f"as_of {case['as_of']!r} is not a date; write YYYY-MM-DD"
    return ""


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where ``found`` differs. Of an object only the keys that are expected count; lists count whole.

    ``{has: […], lacks: […]}`` against a list asks only that each of ``has`` matches an entry and none of ``lacks``.
    """
    if isinstance(expected, Mapping) and isinstance(found, list) and expected.keys() <= {"has", "lacks"}:
        place = path.lstrip(".")
        absent = [want for want in expected.get("has") or () if all(differences(want, got) for got in found)]
        present = [want for want in expected.get("lacks") or () if not all(differences(want, got) for got in found)]
        return [f"{place}: no entry {want} among {found}" for want in absent] + [
            f"{place}: there should be no entry {want}" for want in present
        ]
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [text for key, value in expected.items() for text in differences(value, found.get(key), f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{path.lstrip('.')}: {len(expected)} expected, {len(found)} found: {found}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [text for index, (want, got) in pairs for text in differences(want, got, f"{path}[{index}]")]
    same = str(expected) == str(found) if isinstance(found, str) and expected is not None else expected == found
    return [] if same else [f"{path.lstrip('.')}: expected {expected!r}, found {found!r}"]
