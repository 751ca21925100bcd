"""What every verb of casework shares: one transaction, one household lock, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound
from doudi.apps.base.idempotency import once
from doudi.apps.base.scoped import LEVELS

M = TypeVar("M", bound=Model)
SYSTEM = frozenset({"SYSTEM"})


@contextmanager
def work(actor: User | None, action: str, *household_ids: int) -> Iterator[None]:
    """One transaction with its history context, alone on the named households.

    Alert, task, referral, conference and application of a household are written together; the advisory lock makes two
    officers take turns whatever row they start from, and taken in sorted order it cannot deadlock.
    """
    with transaction.atomic(), pghistory.context(actor=actor.pk if actor else None, action=action):
        with connection.cursor() as cursor:
            for household_id in sorted(set(household_ids)):
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended('casework.household', %s))", [household_id]
                )
        yield


def locked(rows: QuerySet[M], pk: int, version: int | None = None) -> M:
    """The row, locked; :class:`NotFound` if ``rows`` (already cut to the actor's scope) lacks it.

    :class:`Conflict` if the officer's page was made from an older version.
    """
    row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:  # type: ignore[attr-defined]
        raise Conflict()
    return row


def change(
    actor: User,
    rows: QuerySet[M],
    pk: int,
    action: str,
    step: Callable[[M], None],
    *,
    version: int | None,
    key: str | None,
) -> M:
    """Run ``step`` on one row of ``rows`` (cut to what the actor may work on), once per ``key``; return the row."""
    household_id = rows.filter(pk=pk).values_list("household_id", flat=True).first()
    if household_id is None:
        raise NotFound()

    def do() -> int:
        with work(actor, action, household_id):
            step(locked(rows, pk, version))
        return pk

    once(key, actor=actor, action=f"{action}:{pk}", do=do)
    return rows.model._default_manager.get(pk=pk)


def roles_of(actor: User | None) -> frozenset[str]:
    return SYSTEM if actor is None else scope_of(actor).roles


def new_number(prefix: str, model: type[Model]) -> tuple[int, str]:
    """(id, number) for a new row: ``ZB-202503-000012``. From the table's own sequence: never twice, gaps possible."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        number = cursor.fetchone()[0]
    return number, f"{prefix}-{clock.today():%Y%m}-{number:06d}"


def levels_of(row: Any) -> dict[str, str]:
    """The division columns of a scoped row, to copy into another."""
    return {f"{level}_code": getattr(row, f"{level}_code") for level in LEVELS}


def clean(text: str, longest: int | None = None) -> str:
    """Text as it can be stored: no NUL, no outer blanks, cut to ``longest``."""
    return text.replace("\x00", "").strip()[:longest]


def needed(text: str, where: str, message: str, *, longest: int = 300) -> str:
    """The text without outer blanks; :class:`Invalid` if it is empty or too long."""
    text = clean(text)
    if not text:
        raise Invalid(message, where=where)
    if len(text) > longest:
        raise Invalid(f"不能超过 {longest} 字，现有 {len(text)} 字", where=where)
    return text
