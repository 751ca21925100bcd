"""The pack and the locality's standards as indicators ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.indicators.parameters import ParameterSource
from doudi.engine.rules.loader import load_pack
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Values


def source_of(pack: Any, standards: Mapping[str, Any] | None, registry_dir: Path, as_of: date) -> ParameterSource:
    """A ParameterSource as it is; a pack (name, folder, object) with ``standards``, or with the registry snapshot's."""
    if hasattr(pack, "value"):
        source: ParameterSource = pack
        return source
    loaded: Pack = load_pack(pack) if isinstance(pack, str | Path) else pack
    amendments: Mapping[str, Any] = {}
    if standards is None:
        standards, amendments = (
            {name: value for name, value in found.items() if name in loaded.parameters}
            for found in snapshot_standards(registry_dir, as_of)
        )
    return PackSource(loaded, standards, amendments)


class PackSource:
    """Answers from a pack and the locality's own numbers."""

    def __init__(self, pack: Pack, standards: Mapping[str, Any], amendments: Mapping[str, Any]) -> None:
        self.name = pack.name
        self.version = pack.version
        self.lineage = pack.lineage
        self._pack = pack
        self._standards, self._amendments = standards, amendments
        self._days: dict[date, Values] = {}

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any:
        """The exact value there and then, None where neither pack nor standards give one."""
        if as_of not in self._days:
            self._days[as_of] = Values(self._pack, as_of, self._standards, amendments=self._amendments)
        return self._days[as_of].at(division, area).get(name)


def snapshot_standards(registry_dir: Path, as_of: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """standards.parquet as two ``--standards`` documents: what fills in the pack, and what amends its own numbers.

    Parameter → division → value, or area → value.
    """
    path = registry_dir / "standards.parquet"
    standards: dict[str, Any] = {}
    amendments: dict[str, Any] = {}
    if not path.is_file():
        return standards, amendments
    with connect(threads=1) as connection:
        table = f"read_parquet({quoted(path)})"
        columns = {row[0] for row in connection.execute(f"DESCRIBE FROM {table}").fetchall()}
        rows = connection.execute(
            f"""SELECT parameter, division, area, value, {"amends" if "amends" in columns else "false"} FROM {table}
            WHERE valid_from <= $as_of
            QUALIFY ROW_NUMBER() OVER (PARTITION BY parameter, division, area ORDER BY valid_from DESC) = 1
            ORDER BY ALL""",
            {"as_of": as_of},
        ).fetchall()
    for parameter, division, area, value, amends in rows:
        places = (amendments if amends else standards).setdefault(parameter, {})
        if area is None:
            places[division] = value
        else:
            places.setdefault(division, {})[area] = value
    return standards, amendments
