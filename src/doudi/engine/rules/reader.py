"""The files of one pack's folder, read with line numbers, with the problems that one file alone can have."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules.yamlfile import Lines, parse_yaml

FILES = ("pack.yaml", "parameters.yaml", "rules.yaml", "ladder.yaml", "clauses.yaml", "tests.yaml")
_HEAD = {"title": str, "cite_as": str, "issuer": str, "date": dt.date}
_HEAD_OPTIONAL = {"parent": str, "region": str, "source_file": str, "external": dict, "number": str, "verified": str}
_KEYS = {
    "parameters.yaml": ({"label", "unit"}, {"kind", "by", "local", "values", "cite", "overrides", "note", "choices"}),
    "rules.yaml": ({"entity", "label", "expr"}, {"unit", "cite", "default", "overrides", "note"}),
}


@dataclass(frozen=True, slots=True)
class Problem:
    where: str  # file:line
    message: str

    def line(self) -> str:
        return f"{self.where}: {self.message}"


class Folder:
    """One pack's own files. ``problems`` says what is wrong; missing files count as empty, pack.yaml must exist."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.name = self.path.name
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}
        self.documents: dict[str, Any] = {}
        self.lines: dict[str, Lines] = {}
        for name in FILES:
            self._read(name)
        self.head: dict[str, Any] = self.documents["pack.yaml"] or {}
        self._check_head()
        for name, (required, optional) in _KEYS.items():
            self._check_entries(name, required, optional)
        self.cite_as = str(self.head.get("cite_as") or self.name)

    def where(self, file: str, *path: object) -> str:
        return f"{self.path / file}:{self.lines.get(file, Lines()).near(*path)}"

    def report(self, file: str, path: tuple[object, ...], message: str) -> None:
        self.problems.append(Problem(self.where(file, *path), message))

    def section(self, file: str, *path: str) -> dict[str, Any]:
        """The mapping at ``path`` of a file, empty when it is not there or is no mapping."""
        found = self.documents.get(file)
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def _read(self, name: str) -> None:
        file = self.path / name
        self.documents[name], self.lines[name] = None, Lines()
        if not file.is_file():
            return
        self.texts[name] = file.read_text(encoding="utf-8")
        try:
            self.documents[name], self.lines[name] = parse_yaml(self.texts[name], str(file))
        except InputError as error:
            self.problems.append(Problem(error.where, error.what))
            return
        expected = list if name == "tests.yaml" else dict
        if self.documents[name] is not None and not isinstance(self.documents[name], expected):
            self.report(name, (), f"must be a {'list' if expected is list else 'mapping'}")
            self.documents[name] = None

    def _check_head(self) -> None:
        for key, kind in _HEAD.items():
            if not isinstance(self.head.get(key), kind):
                self.report("pack.yaml", (key,), f"{key} is missing or not a {kind.__name__}")
        for key, value in self.head.items():
            wanted = {**_HEAD, **_HEAD_OPTIONAL}.get(key)
            if wanted is None:
                self.report("pack.yaml", (key,), f"unknown key {key}")
            elif value is not None and not isinstance(value, wanted):
                self.report("pack.yaml", (key,), f"{key} must be a {wanted.__name__}")

    def _check_entries(self, file: str, required: set[str], optional: set[str]) -> None:
        for name, entry in list(self.section(file).items()):
            if not isinstance(name, str) or not name.isidentifier() or name != name.lower():
                self.report(file, (name,), f"{name}: a name is lower-case letters, digits and underscores")
            elif not isinstance(entry, dict):
                self.report(file, (name,), f"{name} must be a mapping")
            else:
                for key in required - entry.keys():
                    self.report(file, (name,), f"{name} has no {key}")
                for key in entry.keys() - required - optional:
                    self.report(file, (name, key), f"{name}: unknown key {key}")
                if not (required - entry.keys()):
                    continue
            del self.documents[file][name]
