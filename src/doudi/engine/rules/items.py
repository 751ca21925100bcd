"""What results call the assistance items (救助项目) and why somebody gets one, from the catalogue."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from doudi.engine.rules.yamlfile import parse_yaml


@cache
def _catalogue() -> dict[str, Any]:
    file = files("doudi.catalogue").joinpath("assistance_items.yaml")
    document: dict[str, Any] = parse_yaml(file.read_text(encoding="utf-8"), file.name)[0]
    return document


@cache
def item_names() -> dict[str, str]:
    """Key of each item as ``item`` of a result gives it → its Chinese name."""
    document = _catalogue()
    first = {row["key"]: row["name"] for row in reversed(document["items"])}
    return {**first, **document["names"]}


@cache
def item_places() -> dict[str, int]:
    """Key of each item → its place in the catalogue."""
    places: dict[str, int] = {}
    for row in _catalogue()["items"]:
        places.setdefault(row["key"], len(places))
    return places


def item_name(key: str) -> str:
    """The item's Chinese name, or the key where the catalogue does not have it."""
    return item_names().get(key, key)


@cache
def item_departments() -> dict[str, tuple[str, ...]]:
    """Key of each item → codes of the departments that give it, each once, in the catalogue's order."""
    found: dict[str, dict[str, None]] = {}
    for row in _catalogue()["items"]:
        found.setdefault(row["key"], {}).update(dict.fromkeys(row["departments"]))
    return {key: tuple(codes) for key, codes in found.items()}


def reason_name(reason: str) -> str:
    """The Chinese of a result's ``reason``, or itself where the catalogue does not have it."""
    return str(_catalogue()["reasons"].get(reason, reason))
