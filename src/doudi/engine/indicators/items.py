"""The catalogue of assistance items (救助项目) as indicators ask for it: their names, and who may have which."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

CATEGORIES = ("DIBAO", "TEKUN", "MARGIN", "RIGID", "FANPIN", "OTHER")
NOBODY = "NONE"
"""Stands for the category of somebody who has none."""


@cache
def _items() -> list[dict[str, Any]]:
    text = files("doudi.catalogue").joinpath("assistance_items.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)["items"]
    return found


@cache
def item_labels() -> dict[str, str]:
    """Code of each item (``M03``) → its Chinese name."""
    return {row["code"]: row["name"] for row in _items()}


def entitled_items(lineage: Sequence[str]) -> tuple[str, ...]:
    """``CATEGORY/ITEM`` for each item that the document of a pack names, in the catalogue's order.

    ``lineage``: the pack and those that it builds on, nearest first; the first of which the catalogue knows items
    counts. An item bound to no category is there for all of them, and as ``NONE/ITEM`` for people without one.
    """
    pack = next((name for name in lineage if any(name in row["named_in"] for row in _items())), None)
    return tuple(
        f"{category}/{row['code']}"
        for row in _items()
        if pack in row["named_in"]
        for category in row.get("targets", (*CATEGORIES, NOBODY))
    )
