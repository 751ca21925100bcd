"""The catalogue of assistance items (救助项目), read once from ``catalogue/assistance_items.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from doudi.apps.base.errors import Invalid


@dataclass(frozen=True)
class Item:
    """One item: ``departments`` may be asked for it, ``named_in`` are the packs whose document names it."""

    code: str
    name: str
    layer: str
    layer_name: str
    departments: tuple[str, ...]
    by: str
    targets: tuple[str, ...]
    named_in: tuple[str, ...]


@cache
def items() -> dict[str, Item]:
    """All items by code, in the catalogue's order."""
    document = yaml.safe_load(files("doudi.catalogue").joinpath("assistance_items.yaml").read_text(encoding="utf-8"))
    layers = document["layers"]
    return {
        row["code"]: Item(
            code=row["code"],
            name=row["name"],
            layer=row["layer"],
            layer_name=layers[row["layer"]],
            departments=tuple(row["departments"]),
            by=row.get("by", ""),
            targets=tuple(row.get("targets", ())),
            named_in=tuple(row["named_in"]),
        )
        for row in document["items"]
    }


def item(code: str, *, where: str = "item") -> Item:
    """The item of ``code``; :class:`Invalid` for a code that is not in the catalogue."""
    found = items().get(code)
    if found is None:
        raise Invalid("请选择救助项目目录中的项目", where=where)
    return found


def item_name(code: str) -> str:
    """The item's name, or the code where the catalogue no longer has it."""
    found = items().get(code)
    return found.name if found else code


def items_of(department: str, *, pack: str = "") -> list[Item]:
    """The items that ``department`` may be asked for; those that the pack's document names come first."""
    offered = [one for one in items().values() if department in one.departments]
    return sorted(offered, key=lambda one: pack not in one.named_in) if pack else offered
