"""The alert classes as each pack's document names and handles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "catalogue" / "alert_classes.yaml"
GENERAL_PACK = "national_guide"


@dataclass(frozen=True)
class AlertClass:
    """``within`` names the class under which a pack without this class shows it (出现新困难 outside 湖北)."""

    code: str
    label: str
    handling: str
    document: str
    clause: str
    within: str | None = None


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return content


def supervision_label() -> str:
    """What rules about an office's work (SUP) are called; no document has them as a class of alerts."""
    return str(_content()["supervision"])


def load_alert_classes(pack: str, parents: Sequence[str] = ()) -> Mapping[str, AlertClass]:
    """The classes of ``pack`` in order; those of the nearest of ``parents``, or of the guide, where it has none."""
    content = _content()
    owner = next(name for name in (pack, *parents, GENERAL_PACK) if name in content["packs"])
    raw = content["packs"][owner]
    return {
        code: AlertClass(code, entry["label"], entry["handling"], raw["document"], raw["clause"], entry.get("within"))
        for code in content["order"]
        for entry in [raw["classes"][code]]
    }
