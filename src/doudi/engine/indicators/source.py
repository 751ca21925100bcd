"""The pack and the locality's standards as indicators ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.indicators.parameters import ParameterSource


def source_of(pack: Any, standards: Mapping[str, Any] | None, registry_dir: Path, as_of: date) -> ParameterSource:
    """A ParameterSource as it is; a pack (name, folder or object) with ``standards``, else with those of the registry snapshot."""
    if hasattr(pack, "value"):
        source: ParameterSource = pack
        return source
    from doudi.engine.rules import load_pack

    loaded = load_pack(pack) if isinstance(pack, str | Path) else pack
    return PackSource(loaded, snapshot_standards(registry_dir, as_of) if standards is None else standards)


@dataclass(frozen=True)
class PackSource:
    """Answers from a pack of doudi.engine.rules and the locality's own numbers."""

    pack: Any
    standards: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.pack.name)

    @property
    def version(self) -> str:
        return str(self.pack.version)

    def value(self, name: str, *, as_of: date, division: str, area: str) -> Any:
        from doudi.engine.rules import parameter_value

        return parameter_value(self.pack, name, as_of, self.standards, division, area)


def snapshot_standards(registry_dir: Path, as_of: date) -> dict[str, Any]:
    """standards.parquet as a ``--standards`` document: parameter → division → value, or area → value; the values in force on ``as_of``."""
    path = registry_dir / "standards.parquet"
    if not path.is_file():
        return {}
    with connect(threads=1) as connection:
        rows = connection.execute(
            f"""SELECT parameter, division, area, value FROM read_parquet({quoted(path)}) WHERE valid_from <= $as_of
            QUALIFY ROW_NUMBER() OVER (PARTITION BY parameter, division, area ORDER BY valid_from DESC) = 1 ORDER BY ALL""",
            {"as_of": as_of},
        ).fetchall()
    standards: dict[str, Any] = {}
    for parameter, division, area, value in rows:
        places = standards.setdefault(parameter, {})
        if area is None:
            places[division] = value
        else:
            places.setdefault(division, {})[area] = value
    return standards
