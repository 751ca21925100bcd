"""What becomes of each record of a delivery: accepted, duplicate or quarantined, as tables of its connection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.backends.duckdb import quoted
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.identity.bulk import hmac_parameters
from doudi.engine.lake.checks import check_sql, token_sql
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.delivery import Delivery
from doudi.engine.lake.keys import account_secret
from doudi.engine.lake.quality import BAD_ID_REASONS
from doudi.engine.lake.quarantine import QuarantinedRow
from doudi.engine.lake.reasons import reason

# Almost no file has anything set aside: then there is nothing to look up for each row.
ACCEPTED = """(SELECT * FROM records LEFT JOIN tokens USING (id18)
WHERE reasons IS NULL AND n NOT IN (SELECT n FROM set_aside))"""


def judge_rows(delivery: Delivery, contract: Contract, tokeniser: Tokeniser) -> None:
    """Table ``checked`` (a row for each of ``raw``), view ``records`` (with their place ``n``), tables ``tokens``,
    ``duplicates`` (records equal to an earlier one), ``conflicts`` (records and their reason) and ``set_aside`` (both).
    """
    connection = delivery.connection
    present = frozenset(name for name in delivery.layout.fields if name)
    secrets = {"row_secret": tokeniser.derive(f"row-key/{contract.name}")}
    if any(entry.type == "account" and entry.name in present for entry in contract.fields):
        secrets["account_secret"] = account_secret(tokeniser)

    def judge() -> int:
        query = check_sql(contract, present, delivery.period, staged=delivery.staged)
        connection.execute(f"CREATE OR REPLACE TABLE checked AS {query}", secrets)
        return pair(connection, "SELECT count(*), 0 FROM checked")[0]

    try:
        whole = judge() == delivery.record_count or not delivery.staged.plain
    except duckdb.Error:
        if not delivery.staged.plain:
            raise
        whole = False
    if not whole:  # a line is not as regular as the pass over the bytes could tell
        delivery.split()
        judge()
    connection.execute("CREATE OR REPLACE VIEW records AS SELECT rowid AS n, * FROM checked WHERE NOT blank")
    connection.execute(f"CREATE OR REPLACE TABLE tokens AS {token_sql()}", hmac_parameters(tokeniser))
    _judge_repeats(connection)


def _judge_repeats(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables ``duplicates`` (records equal to an earlier one) and ``conflicts`` (records and their reason).

    Of records with one key and different contents none is right until the department says which: all are quarantined.
    """
    connection.execute("""
CREATE OR REPLACE TABLE repeated AS
SELECT row_key, min(n) AS first_n, min(whole) <> max(whole) AS differ
FROM records WHERE reasons IS NULL GROUP BY row_key HAVING count(*) > 1""")
    connection.execute("""
CREATE OR REPLACE TABLE conflicts AS
SELECT n, 'KEY_COLLISION@' AS why FROM records WHERE reasons IS NULL AND id18 IN (
  SELECT id18 FROM tokens WHERE person_key IN (SELECT person_key FROM tokens GROUP BY person_key HAVING count(*) > 1))
UNION ALL
SELECT n, 'KEY_CONFLICT@' AS why FROM records JOIN repeated USING (row_key) WHERE differ""")
    connection.execute("""
CREATE OR REPLACE TABLE duplicates AS
SELECT n FROM records JOIN repeated USING (row_key)
WHERE NOT differ AND n <> first_n AND n NOT IN (SELECT n FROM conflicts)""")
    connection.execute("""
CREATE OR REPLACE TABLE set_aside AS SELECT n FROM conflicts UNION SELECT n FROM duplicates""")


def quarantined(delivery: Delivery, contract: Contract) -> tuple[QuarantinedRow, ...]:
    """The records that go back, with reasons. Raises InputError where they are more than ``delivery.limits`` allow."""
    connection, most = delivery.connection, delivery.limits.max_quarantined
    bad = """SELECT n, reasons FROM records WHERE reasons IS NOT NULL
UNION ALL SELECT n, list(why ORDER BY why) FROM conflicts GROUP BY n"""
    count, _ = pair(connection, f"SELECT count(*), 0 FROM ({bad})")
    if count > most:
        common = connection.execute(
            f"SELECT split_part(why, '@', 1) AS code, count(*) FROM (SELECT unnest(reasons) AS why FROM ({bad})) "
            "GROUP BY code ORDER BY 2 DESC, 1 LIMIT 3"
        ).fetchall()
        said = "、".join(f"{code} {times} 次" for code, times in common)
        raise InputError(
            f"{count} 行不合格（{said}），超过上限 {most} 行",
            where=delivery.path.name,
            hint="整份文件退回，请改正后重新报送",
        )
    found: dict[int, list[str]] = dict(connection.execute(f"SELECT n, reasons FROM ({bad}) ORDER BY n").fetchall())
    return tuple(
        QuarantinedRow(at, raw, tuple(reason(contract, why) for why in found[at]))
        for at, raw in delivery.raw_records(found)
    )


def matched(connection: duckdb.DuckDBPyConnection, known_keys: Iterable[int] | Path) -> int:
    """Of how many accepted records the person is among ``known_keys``."""
    if isinstance(known_keys, Path):
        source, bound = f"(SELECT person_key FROM read_parquet({quoted(known_keys)}))", {}
    else:
        source, bound = "(SELECT unnest($known::BIGINT[]) AS person_key)", {"known": list(known_keys)}
    return pair(connection, f"SELECT count(*), 0 FROM {ACCEPTED} WHERE person_key IN (FROM {source})", bound)[0]


def bad_ids(rows: Iterable[QuarantinedRow]) -> int:
    """How many of the rows carry a reason about the identity number."""
    return sum(any(entry.code in BAD_ID_REASONS for entry in row.reasons) for row in rows)


def flag_counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, dict[str, int]]:
    """How many accepted records any rule flags, and how many each, by the rule's number."""
    connection.execute(f"CREATE OR REPLACE TABLE doubted AS SELECT flags FROM {ACCEPTED} WHERE flags IS NOT NULL")
    found = connection.execute(
        "SELECT rule, count(*) FROM (SELECT unnest(flags) AS rule FROM doubted) GROUP BY rule ORDER BY rule"
    ).fetchall()
    return pair(connection, "SELECT count(*), 0 FROM doubted")[0], {rule: int(number) for rule, number in found}


def pair(connection: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any] | None = None) -> tuple[int, int]:
    first, second = connection.execute(query, bound or {}).fetchone() or (0, 0)
    return int(first), int(second)
