"""What ``doudi packs check`` looks at beyond loading: clauses against documents, and the pack's worked cases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules.decide import determine
from doudi.engine.rules.pack import Pack

_NOISE = re.compile(r"[\s*]+")
_EXPLAINED = {"trace", "tree", "why_not"}  # parts of a result that only an explanation has


def check_clauses(pack: Pack, sources: Path) -> list[str]:
    """Clauses of the pack that are not, word for word, in its document; spaces and line breaks do not count."""
    if not pack.source_file:
        return [f"{pack.name}: pack.yaml names no source_file"]
    file = sources / pack.source_file
    if not file.is_file():
        return [f"{pack.name}: {file} is not there"]
    text = _NOISE.sub("", file.read_text(encoding="utf-8"))
    own = [clause for clause in pack.clauses.values() if clause.pack == pack.name]
    return [
        f"{pack.name}: clause {c.number} is not in {file.name} word for word"
        for c in own
        if _NOISE.sub("", c.text) not in text
    ]


def run_tests(pack: Pack) -> list[str]:
    """Failures of the pack's tests.yaml: what was expected, where, and what came out."""
    return [
        f"{pack.name}: tests.yaml {index} {case.get('name', '')}: {text}"
        for index, case in enumerate(pack.tests, 1)
        for text in case_failures(pack, case)
    ]


def case_failures(pack: Pack, case: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> list[str]:
    """Where one worked case comes out otherwise than it expects; ``overrides`` stand above what the case sets."""
    expected = case.get("expect") or {}
    try:
        found = determine(
            [case["household"]],
            pack,
            case_day(case),
            case.get("standards"),
            {**(case.get("set") or {}), **(overrides or {})},
            explain=bool(_EXPLAINED & expected.keys()),
        )["households"][0]
    except InputError as error:
        return [error.line()]
    return differences(expected, found)


def case_day(case: Mapping[str, Any]) -> dt.date:
    value = case["as_of"]
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


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
