"""One embedded PostgreSQL for the test session, kept between sessions so that a second run starts in seconds."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("DOUDI_HOME", str(ROOT / ".doudi" / "test"))
os.environ["DJANGO_SETTINGS_MODULE"] = "doudi.web.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop lives in the thread of the browser tests

import pytest  # noqa: E402




def pytest_configure(config: pytest.Config) -> None:
    """Settings name the database at import: make sure that a server runs (its own folder, unsafe but fast)."""
    if not os.environ.get("DATABASE_URL"):
        from doudi.web.database import home, start_embedded

        os.environ["DATABASE_URL"] = start_embedded(home() / "postgres", durable=False)


@pytest.fixture(autouse=True)
def _clean_caches() -> None:
    from django.core.cache import cache

    cache.clear()
