"""Bulk writes by COPY, with the history of the rows written in one statement instead of one a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pgtrigger
from django.db import connection
from django.db.models import Model

_INSERTED = "insert_insert"  # pghistory's name for the trigger that records an insert


def reserve_ids(model: type[Model], count: int) -> list[int]:
    """``count`` fresh ids of the model's table, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted(row[0] for row in cursor.fetchall())


def copy_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY ``rows`` into the model's table in the caller's transaction; returns how many.

    Other triggers fire as on INSERT. The history rows are those that pghistory's trigger would write, context included,
    but set-based: one row at a time they cost several times the rows themselves.
    """
    rows = list(rows)
    if "id" not in columns:
        ids = reserve_ids(model, len(rows))
        columns, rows = ("id", *columns), [(i, *row) for i, row in zip(ids, rows, strict=True)]
    position = list(columns).index("id")
    events = getattr(model, "pgh_event_model", None)
    quote, table = connection.ops.quote_name, model._meta.db_table
    with connection.cursor() as cursor:
        if events is not None:
            (_, trigger), *_ = pgtrigger.registered(f"{model._meta.label}:{_INSERTED}")
            cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + trigger.get_pgid(model) + "}"])
        with cursor.copy(f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN") as copy:
            write = copy.write_row
            for row in rows:
                write(row)
        if events is not None:
            cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
            kept = [quote(f.column) for f in events._meta.fields if not f.column.startswith("pgh_")]
            cursor.execute(
                f"INSERT INTO {quote(events._meta.db_table)} ({', '.join(kept)}, pgh_obj_id, pgh_label, pgh_created_at,"
                f" pgh_context_id) SELECT {', '.join(kept)}, id, 'insert', now(), (SELECT _pgh_attach_context())"
                f" FROM {quote(table)} JOIN unnest(%s::bigint[]) AS mine(id) USING (id) ORDER BY id",
                [[row[position] for row in rows]],
            )
    return len(rows)
