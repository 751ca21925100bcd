"""Reading and verifying chains."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, restrict, scope_of
from doudi.apps.chain.models import ChainEvent, ChainHead, Kind

GENESIS = "0" * 64


def household_chain(*, actor: User, household_id: int) -> QuerySet[ChainEvent]:
    """The household's events, newest first, if the actor may see the household.

    Without ``household.economy`` no payments; departments see only what their own unit did.
    """
    rows = restrict(ChainEvent.objects.all(), actor, prefix="household__", household="household_id")
    if not may(actor, "household.economy"):
        rows = rows.exclude(kind=Kind.PAYMENT)
    scope = scope_of(actor)
    if not scope.divisions and not scope.by_task:
        rows = rows.filter(unit_name=actor.unit.name)
    return rows.filter(household_id=household_id).order_by("-seq")


def count_chains() -> int:
    """How many households have a chain."""
    return ChainHead.objects.count()


@dataclass(frozen=True)
class BrokenLink:
    """The first link of a household's chain that does not hold, and why."""

    household_id: int
    seq: int
    event_id: int | None
    why: str


def canonical(parts: list[str | None]) -> bytes:
    """Length-prefixed concatenation, as the database's trigger makes it."""
    return "".join(f"{len(part or '')}:{part or ''}" for part in parts).encode()


def verify() -> Iterator[BrokenLink]:
    """Recompute every link outside the database's own functions; yield the first broken one of each chain."""
    sql = """
        SELECT e.household_id, e.seq, e.id, e.prev_hash, e.hash,
               array[e.household_id::text, e.seq::text, (extract(epoch from e.at) * 1000000)::bigint::text, e.kind,
                     e.title, coalesce(e.actor_id::text, ''), e.actor_name, e.unit_name,
                     coalesce(e.person_id::text, ''), e.document, e.body::text, e.prev_hash]
        FROM chain_event e ORDER BY e.household_id, e.seq
    """
    heads_sql = "SELECT household_id, seq, hash FROM chain_head"
    with connection.cursor() as cursor:
        cursor.execute(heads_sql)
        heads = {household: (seq, digest) for household, seq, digest in cursor.fetchall()}
        cursor.execute(sql)
        current, expected_seq, previous, broken = None, 1, GENESIS, False
        last: dict[int, tuple[int, str]] = {}
        while rows := cursor.fetchmany(5000):
            for household, seq, event_id, prev_hash, digest, parts in rows:
                if household != current:
                    current, expected_seq, previous, broken = household, 1, GENESIS, False
                if broken:
                    continue
                why = ""
                if seq != expected_seq:
                    why = f"缺少第 {expected_seq} 环"
                elif prev_hash != previous:
                    why = "与上一环的链接不符"
                elif hashlib.sha256(canonical(parts)).hexdigest() != digest:
                    why = "内容与摘要不符，记录被改动"
                if why:
                    broken = True
                    last[household] = (-1, "")
                    yield BrokenLink(household, expected_seq, event_id, why)
                    continue
                expected_seq, previous = seq + 1, digest
                last[household] = (seq, digest)
    for household, (seq, digest) in sorted(heads.items()):
        found = last.get(household, (0, GENESIS))
        if found[0] != -1 and found != (seq, digest):
            yield BrokenLink(household, min(found[0], seq) + 1, None, f"链尾不符：应有 {seq} 环，实有 {found[0]} 环")
    for household in sorted(set(last) - set(heads)):
        if last[household][0] != -1:
            yield BrokenLink(household, 1, None, "没有链尾记录")
