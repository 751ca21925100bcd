"""One at a time for work that is longer than a transaction (a run, an ingest)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_KEY = "hashtextextended(%s, 0)"


@contextmanager
def advisory_lock(name: str) -> Iterator[None]:
    """Hold the database's advisory lock ``name``; whoever comes second waits. A process that dies lets go of it.

    Inside a transaction the lock is held until that ends: what the block wrote is seen by whoever waits.
    """
    inside = connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_{'xact_' if inside else ''}lock({_KEY})", [name])
    try:
        yield
    finally:
        if not inside:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name])
