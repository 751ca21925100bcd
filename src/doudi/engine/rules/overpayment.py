"""What was paid on after a member's death: told, never withheld by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from doudi.engine.money import text_money
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import Evaluation, month_shift, months_since, rows_of
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.parameters import Values
from doudi.engine.rules.schema import BY_NAME


@dataclass(frozen=True, slots=True)
class _Span:
    """Months, given by their first days, in which too much was paid each month."""

    first: dt.date
    last: dt.date
    monthly: Fraction

    @property
    def months(self) -> int:
        return int(months_since(self.first, self.last)) + 1

    def shown(self, amount: Fraction) -> dict[str, Any]:
        return {
            "from": f"{self.first:%Y-%m}",
            "to": f"{self.last:%Y-%m}",
            "months": self.months,
            "monthly": text_money(self.monthly),
            "amount": text_money(amount),
        }


def overpayment(pack: Pack, household: Row, values: Values) -> dict[str, Any] | None:
    """Months and amount paid above what was due since a member died; None when nothing was or a number is open.

    ``household`` is evaluated. Paid was ``previous.monthly``, from the month after the death to the month before the
    day of determination. When members died in different months, each span is computed with those dead by then and
    stands in ``parts``; ``monthly`` is then that of the last span.
    """
    paid, living = household.values["previous_monthly"], pack.rules.get("is_living")
    this_month = values.as_of.replace(day=1)
    deaths = sorted({died.replace(day=1) for died in _deaths(household) if died < this_month})
    if paid is None or living is None or not deaths:
        return None
    spans = []
    for month, next_death in zip(deaths, [*deaths[1:], None], strict=True):
        first, last = month_shift(month, Fraction(1)), next_death or month_shift(this_month, Fraction(-1))
        if first > last:
            continue
        due = _due(pack, household if next_death is None else _as_then(pack, household, values, next_death))
        if due is None:
            return None
        if paid > due:
            spans.append(_Span(first, last, paid - due))
    if not spans:
        return None
    amounts = [span.monthly * span.months for span in spans]
    found = _Span(spans[0].first, spans[-1].last, spans[-1].monthly).shown(sum(amounts, Fraction(0)))
    found["months"] = sum(span.months for span in spans)
    if len(spans) > 1:
        found["parts"] = [span.shown(amount) for span, amount in zip(spans, amounts, strict=True)]
    return {**found, "cite": living.cite}


def _deaths(household: Row) -> list[dt.date]:
    return [died for person in rows_of(household, "person") if (died := person.values["died_on"]) is not None]


def _due(pack: Pack, household: Row) -> Fraction | None:
    """The monthly total, when every line that makes it is known."""
    for line in pack.lines:
        for row in rows_of(household, line.entity):
            holds = row.values[line.when]
            if holds is None or (holds and row.values[line.amount] is None):
                return None
    due: Fraction | None = household.values["monthly"]
    return due


def _as_then(pack: Pack, household: Row, values: Values, next_death: dt.date) -> Row:
    """The household evaluated as if nobody had died from ``next_death`` on."""
    then = _copy(household, None)
    for person in rows_of(then, "person"):
        if person.values["died_on"] is not None and person.values["died_on"] >= next_death:
            person.values["died_on"] = None
    Evaluation(pack, then, values)
    return then


def _copy(row: Row, above: Row | None) -> Row:
    facts = {name: value for name, value in row.values.items() if name in BY_NAME}
    copied = Row(row.entity, row.key, facts, above)
    copied.below = {entity: [_copy(item, copied) for item in items] for entity, items in row.below.items()}
    return copied
