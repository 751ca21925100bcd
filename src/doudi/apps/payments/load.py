"""The payment lines of a county that is loaded as a whole."""

from __future__ import annotations

from decimal import Decimal

from doudi.apps.payments.services import Line, import_lines
from doudi.apps.registry.load import Loaded
from doudi.engine.synth.model import County


def load(county: County, loaded: Loaded) -> dict[str, int]:
    """All lines of ``county``; sample money is 分, the ledger keeps yuan."""
    lines = [
        Line(
            household_id,
            loaded.person_ids[line.person.person_no] if line.person else None,
            line.period,
            line.item,
            Decimal(line.amount).scaleb(-2),
            line.result,
            line.paid_on,
        )
        for household_id, household in zip(loaded.household_ids, county.households, strict=True)
        for line in household.payments
    ]
    return {"payment_lines": import_lines(actor=None, lines=lines)}
