"""One embedded PostgreSQL for the test session, kept between sessions so that a second run starts in seconds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("DOUDI_HOME", str(ROOT / ".doudi" / "test"))
os.environ["DJANGO_SETTINGS_MODULE"] = "doudi.web.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop lives in the thread of the browser tests

import pytest  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    """Settings name the database at import: make sure that a server runs (its own folder, unsafe but fast)."""
    config.addinivalue_line("markers", "scale: 100,000 households by every engine; also needs tools/other_duckdb.py")
    if not os.environ.get("DATABASE_URL"):
        from doudi.web.database import home, start_embedded

        os.environ["DATABASE_URL"] = start_embedded(home() / "postgres", durable=False)


# What leans on the server: triggers, constraints, locks, COPY. Proved on the oldest supported PostgreSQL too.
OLDEST_SERVER = (
    "apps/base",
    "apps/chain",
    "apps/registry/test_load",
    "apps/exchange/test_deliver",
    "apps/monitoring/test_reconcile",
    "apps/payments",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").as_posix().startswith(OLDEST_SERVER):
            item.add_marker(pytest.mark.oldest_server)


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src" / "doudi" / "apps").glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix(django_db_modify_db_settings_tox_suffix, request) -> None:
    """Name the test database after the migrations, so that it can be kept as long as they stay the same."""
    from django.db import connections

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")

    connections["default"].settings_dict["TEST"]["NAME"] = f"test_doudi_{_migrations_digest()}_{worker}"


@pytest.fixture(autouse=True)
def _clean_caches() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One Spark for all its tests, set for tables of a few rows: no compiled stages, no partitions to shuffle."""
    sql = pytest.importorskip("pyspark.sql")
    small = {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.driver.memory": "2g",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("tests")
    for name, value in small.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
