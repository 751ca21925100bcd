"""The numbered data-quality rules (``doudi/catalogue/quality_rules.yaml``; domain 6.3, SUP-12), as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doudi.engine.errors import InputError
from doudi.engine.lake.contracts import Contract, Rule, load_contracts, rule_problems

RULES = Path(__file__).parents[2] / "catalogue" / "quality_rules.yaml"
OWNERS = {"department": "报送部门", "township": "乡镇（街道）经办人", "county_data": "县数据岗"}
MEASURES = ("quarantined", "bad_ids", "duplicates", "flagged", "shrinkage", "days_late", "unmatched_rise", "missing",
            "events_only")  # fmt: skip
PERSON_COLUMNS = ("birth_date", "age", "period_end", "received_by")
"""What row rules may name beside the fields of the feed."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """The number and owner of a check that quarantines a row under ``reason``."""

    number: str
    reason: str
    owner: str


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition between the fields of a row of one feed. ``action``: quarantine or flag."""

    number: str
    feed: str
    expr: str
    action: str
    owner: str
    message: str
    cite: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """A measure of a whole delivery: its part of the score, and the limit above which it is a problem.

    ``zero_at`` and ``weight`` are 0 for what has no part in the score. Where ``keeps_alerts``, no signal may count as
    vanished on such a delivery.
    """

    number: str
    measure: str
    limit: float
    owner: str
    message: str
    keeps_alerts: bool
    zero_at: float = 0.0
    weight: int = 0

    def text(self, value: float) -> str:
        return self.message.format(value=value, limit=self.limit)


@dataclass(frozen=True, slots=True)
class QualityRules:
    checks: tuple[CheckRule, ...]
    rows: tuple[RowRule, ...]
    deliveries: tuple[DeliveryRule, ...]

    def of_feed(self, feed: str) -> tuple[RowRule, ...]:
        return tuple(rule for rule in self.rows if rule.feed == feed)

    def number_of(self, reason: str) -> str:
        """The number of a reason code of quarantine; a row rule's code is its number."""
        return next((rule.number for rule in self.checks if rule.reason == reason), reason)

    def row_rule(self, number: str) -> RowRule | None:
        return next((rule for rule in self.rows if rule.number == number), None)


@cache
def load_quality_rules(path: Path = RULES) -> QualityRules:
    """Every rule. Raises InputError naming the first that does not hold together."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = QualityRules(
            tuple(CheckRule(**entry) for entry in raw["checks"]),
            tuple(RowRule(**entry) for entry in raw["rows"]),
            tuple(DeliveryRule(**entry) for entry in raw["deliveries"]),
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(path), hint="see catalogue/quality_rules.yaml"
        ) from error
    for problem in _problems(rules, load_contracts()):
        raise InputError(problem, where=str(path), hint="see catalogue/quality_rules.yaml")
    return rules


def _problems(rules: QualityRules, contracts: Mapping[str, Contract]) -> Iterator[str]:
    every: list[Any] = [*rules.checks, *rules.rows, *rules.deliveries]
    numbers = [rule.number for rule in every]
    if twice := next((number for number in numbers if numbers.count(number) > 1), None):
        yield f"number {twice} is used twice"
    for rule in every:
        if rule.owner not in OWNERS:
            yield f"{rule.number}: owner is {rule.owner!r}, not one of {', '.join(OWNERS)}"
    for row in rules.rows:
        if row.feed not in contracts:
            yield f"{row.number}: no feed {row.feed!r}"
            continue
        if row.action not in ("quarantine", "flag"):
            yield f"{row.number}: action is {row.action!r}, not quarantine or flag"
        names = [entry.name for entry in contracts[row.feed].fields]
        yield from rule_problems(Rule("DQ", row.expr, row.message), [*names, *PERSON_COLUMNS])
    for part in rules.deliveries:
        if part.measure not in MEASURES:
            yield f"{part.number}: no measure {part.measure!r}"
        if bool(part.weight) != bool(part.zero_at) or part.weight < 0:
            yield f"{part.number}: weight and zero_at belong together"
