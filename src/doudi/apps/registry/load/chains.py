"""The past of each household as events of its chain, at the dates when it happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from doudi.apps.base import clock
from doudi.apps.chain.models import Kind
from doudi.apps.chain.services import append_many
from doudi.apps.registry.load.people import known_since
from doudi.apps.registry.models import Category, Register
from doudi.engine.synth import model

if TYPE_CHECKING:
    from doudi.apps.registry.load.county import Loaded


def load(county: model.County, loaded: Loaded) -> dict[str, int]:
    """Entry to the register and every change of category."""
    return {"chain_events": append_many(_events(county, loaded))}


def _events(county: model.County, loaded: Loaded) -> Iterator[dict[str, Any]]:
    for household_id, household in zip(loaded.household_ids, county.households, strict=True):
        yield {
            "kind": Kind.REGISTERED,
            "household_id": household_id,
            "title": f"登记入库，家庭成员 {len(household.members)} 人",
            "at": clock.at_noon(known_since(household, county)),
            "body": {"户号": household.household_no, "登记册": Register(household.register).label},
        }
        for change in household.history:
            if (event := _change(change)) is not None:
                yield {
                    **event,
                    "household_id": household_id,
                    "at": clock.at_noon(change.on),
                    "body": {"原因": change.reason},
                }


def _change(change: model.StatusChange) -> dict[str, Any] | None:
    if change.event == "exited" and change.before:
        return {"kind": Kind.EXIT, "title": f"退出{Category(change.before).label}"}
    if change.after is None:
        return None
    label = Category(change.after).label
    if change.before:
        return {"kind": Kind.CATEGORY, "title": f"由{Category(change.before).label}转为{label}"}
    return {"kind": Kind.CATEGORY, "title": f"认定为{label}"}
