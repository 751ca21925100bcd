"""Batches, their receipts and the rows in quarantine."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import masking
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.exchange.models import Batch, QuarantineRow
from doudi.apps.exchange.queries.feeds import in_sight
from doudi.apps.exchange.queries.system import lake_of
from doudi.engine.lake import Layout, load_contracts
from doudi.engine.lake.quality_rules import load_quality_rules
from doudi.engine.lake.store import read_manifest

# Telephone numbers, accounts and the like; dates and amounts are shorter.
_HISTORY = 10
_LONG_NUMBER = re.compile(r"\d{10,}[\dXx]?")


@dataclass(frozen=True, slots=True)
class BatchFilters:
    """What the list is narrowed to; '' means all."""

    feed: str = ""
    period: str = ""
    state: str = ""
    channel: str = ""
    county: str = ""

    def condition(self) -> Q:
        wanted = {
            "feed": self.feed,
            "period": self.period,
            "state": self.state,
            "channel": self.channel,
            "county_id": self.county,
        }
        return Q(**{name: value for name, value in wanted.items() if value})


def batch_list(*, actor: User, filters: BatchFilters | None = None, cursor: str | None = None) -> Page:
    """One page of batches, newest first."""
    require(actor, "feed.list")
    rows = Batch.objects.filter(in_sight(actor), (filters or BatchFilters()).condition())
    return paginate(
        rows.select_related("delivered_by", "county", "api_key"), order=("-delivered_at", "-id"), cursor=cursor
    )


def batch_get(*, actor: User, batch_id: int) -> Batch:
    """One batch; :class:`NotFound` outside the actor's reach."""
    require(actor, "feed.list")
    rows = Batch.objects.filter(in_sight(actor)).select_related("delivered_by__unit", "county", "api_key", "decided_by")
    batch = rows.filter(pk=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def current_of(batch: Batch) -> Batch | None:
    """The batch that counts for the same feed, period and county."""
    same = Batch.objects.filter(feed=batch.feed, period=batch.period, county=batch.county_id, state="ACCEPTED")
    return same.first()


def history_of(actor: User, batch: Batch) -> list[Batch]:
    """The newest other deliveries of the same feed and period."""
    rows = Batch.objects.filter(in_sight(actor), feed=batch.feed, period=batch.period, county=batch.county_id)
    return list(rows.exclude(pk=batch.pk).order_by("-delivered_at", "-id")[:_HISTORY])


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """``number`` is the rule's (SUP-12), ``code`` what receipts say."""

    number: str
    code: str
    message: str
    rows: int


def reason_counts(batch: Batch) -> list[ReasonCount]:
    """How many rows of a batch that was read with scope failed for which reason, most frequent first."""
    sql = """
        SELECT reason->>'code', reason->>'message', count(DISTINCT q.id)
        FROM quarantine_row q CROSS JOIN jsonb_array_elements(q.reasons) AS reason
        WHERE q.batch_id = %s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [batch.pk])
        return [ReasonCount(load_quality_rules().number_of(code), code, *row) for code, *row in cursor.fetchall()]


def flag_counts(batch: Batch) -> list[ReasonCount]:
    """How many accepted rows of a batch a rule doubts, most frequent first."""
    rules = load_quality_rules()
    found = [(rules.row_rule(number), number, rows) for number, rows in batch.flags.items()]
    counts = [ReasonCount(number, number, rule.message if rule else "", rows) for rule, number, rows in found]
    return sorted(counts, key=lambda one: (-one.rows, one.number))


def receipt(batch: Batch) -> dict[str, Any]:
    """The receipt that the department gets: counts that add up, and how many rows failed for which reason."""
    counts = ("received", "accepted", "duplicate", "quarantined", "matched", "unmatched", "reasons")
    return {
        "batch_id": batch.batch_id,
        "feed": batch.feed,
        "period": batch.period,
        "region": batch.county_id,
        "file": batch.file_name,
        "sha256": batch.file_sha256,
        "state": batch.state,
        **({"refusal": batch.refusal} if batch.refusal else {}),
        **{name: getattr(batch, name) for name in counts},
        "flags": batch.flags,
        "score": batch.score,
        "problems": [f"{problem['number']} {problem['message']}" for problem in batch.quality.get("problems", ())],
    }


def layout_of(batch: Batch) -> Layout | None:
    """The department's own form of a batch's file, None where nothing of it was taken in."""
    if batch.layout:
        return Layout.from_dict(batch.layout)
    manifest = (
        read_manifest(lake_of(batch.county_id), batch.feed, batch.period, batch.version) if batch.version else None
    )
    if manifest is None:
        return None
    return Layout.from_dict(
        {name: value for name, value in manifest["source"].items() if name not in ("sha256", "bytes")}
    )


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row in quarantine as a page shows it: masked, the cells with a reason marked."""

    number: int
    cells: list[tuple[str, str, bool]]  # heading, masked text, wrong
    messages: list[str]


def quarantine_page(
    *, actor: User, batch_id: int, reason: str = "", cursor: str | None = None
) -> tuple[Batch, Page, list[ShownRow]]:
    """One page of a batch's bad rows in the file's order, and how they are shown. ``reason`` narrows to one code."""
    batch = batch_get(actor=actor, batch_id=batch_id)
    rows = QuarantineRow.objects.filter(batch=batch)
    if reason:
        rows = rows.filter(reasons__contains=[{"code": reason}])
    page = paginate(rows, order=("line",), cursor=cursor)
    layout = layout_of(batch)
    return batch, page, [_shown(batch, layout, row) for row in page.rows]


def _shown(batch: Batch, layout: Layout | None, row: QuarantineRow) -> ShownRow:
    messages = list(dict.fromkeys(reason["message"] for reason in row.reasons))
    wrong = {reason["field"] for reason in row.reasons}
    cells = cells_of(layout, row.raw) if layout else None
    if layout is None or cells is None:
        return ShownRow(row.line, [], messages)
    types = {field.name: field.type for field in load_contracts()[batch.feed].fields}
    shown = [
        (heading, _masked(name or "", types.get(name or "", "text"), text), bool(name) and name in wrong)
        for heading, name, text in zip(layout.headings, layout.fields, cells, strict=True)
    ]
    return ShownRow(row.line, shown, messages)


def cells_of(layout: Layout, raw: str) -> list[str] | None:
    """The record's cells, None where it cannot be split as its headings say."""
    data = raw.encode("latin-1")
    try:
        if layout.format != "csv":
            cells = [str(cell) for cell in json.loads(data)]
        else:
            text = data.decode(layout.encoding).rstrip("\r\n")
            cells = next(csv.reader(text.splitlines(keepends=True), delimiter=layout.delimiter), [])
    except (UnicodeDecodeError, csv.Error, ValueError):
        return None
    return cells if len(cells) == len(layout.headings) else None


def _masked(name: str, kind: str, text: str) -> str:
    text = text.strip()
    if kind == "sensitive_text":
        return "***" if text else ""
    if kind in ("id_number", "disability_card"):
        return masking.mask_id_number(text)
    if name == "name":
        return masking.mask_name(text)
    return _LONG_NUMBER.sub(lambda found: masking.mask_account(found[0]), text)
