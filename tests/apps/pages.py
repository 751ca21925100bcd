"""The number of statements that a page costs, pinned in tests/query_counts.json."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

PINNED = Path(__file__).parents[1] / "query_counts.json"


def queries_of(client: Client, name: str, *args: object, **query: str) -> None:
    """Assert that the page costs what is pinned under its url name (the second time: sessions and caches are warm)."""
    path = reverse(name, args=args)
    client.get(path, query)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, query).status_code == 200
    pinned = json.loads(PINNED.read_text())[name]
    assert len(captured) == pinned, "\n".join(query["sql"][:200] for query in captured.captured_queries)
