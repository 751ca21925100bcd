"""``doudi check``: every link of every assistance chain, and what an installation must have right."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    from doudi.cli import django_ready

    django_ready.setup()
    report = inspect()
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for line in report["checks"]:
            print(f"{'ok  ' if line['ok'] else 'FAIL'} {line['name']}: {line['detail']}")
    return 0 if all(line["ok"] for line in report["checks"]) else 1


def inspect() -> dict[str, Any]:
    """The state of the installation: one line a check, with what to do where one fails."""
    checks: list[dict[str, Any]] = []

    def note(name: str, ok: bool, detail: str) -> None:
        checks.append({"name": name, "ok": ok, "detail": detail})

    note("database", *_server())
    note("migrations", *_migrations())
    note("key ring", *_keys())
    note("holidays", *_holidays())
    chains, broken = _chains()
    first = broken[0] if broken else None
    note(
        "assistance chains",
        not broken,
        f"{chains} chains, every link holds"
        if first is None
        else f"{len(broken)} of {chains} chains broken; first: household {first['household_no']}, "
        f"link {first['seq']}: {first['why']}",
    )
    return {"checks": checks, "broken": broken}


def _server() -> tuple[bool, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0])
    return int(version.split(".")[0]) >= 15, f"PostgreSQL {version} (15 or newer is needed)"


def migrations_missing() -> int:
    """How many migrations the database has not seen."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _migrations() -> tuple[bool, str]:
    missing = migrations_missing()
    return missing == 0, "up to date" if not missing else f"{missing} not applied; run doudi migrate"


def _keys() -> tuple[bool, str]:
    import os
    from pathlib import Path

    from doudi.web.database import home

    path = Path(os.environ.get("DOUDI_KEYS_FILE") or home() / "keys.json")
    mode = path.stat().st_mode & 0o777
    return (
        mode & 0o077 == 0,
        f"{path} is readable by its owner only" if mode & 0o077 == 0 else f"{path} has mode {mode:o}; run chmod 600",
    )


def _holidays() -> tuple[bool, str]:
    from doudi.apps.base import clock
    from doudi.engine.workdays import HolidayYearUnknown, is_working_day

    day = clock.today()
    try:
        is_working_day(day)
    except HolidayYearUnknown as error:
        return False, str(error)
    return True, f"the working days of {day.year} are known"


def _chains() -> tuple[int, list[dict[str, Any]]]:
    from doudi.apps.chain import queries as chain
    from doudi.apps.registry import queries as registry

    broken = list(chain.verify())
    numbers = registry.household_numbers_for_system([link.household_id for link in broken])
    return chain.count_chains(), [
        {"household_no": numbers.get(link.household_id, "?"), "seq": link.seq, "event": link.event_id, "why": link.why}
        for link in broken
    ]
