"""From a delivery to a version in the lake: every record ends accepted, duplicate or quarantined with reasons."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from doudi.engine.backends.duckdb import quoted, write_parquet
from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.identity.bulk import hmac_parameters
from doudi.engine.lake import store
from doudi.engine.lake.checks import ROW_HASH_PROBE, check_sql, row_hash_sql, token_sql
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.delivery import Delivery
from doudi.engine.lake.keys import account_secret
from doudi.engine.lake.quarantine import QuarantinedRow
from doudi.engine.lake.reasons import reason


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a delivery. ``received = accepted + duplicate + quarantined``, always.

    ``matched`` and ``unmatched`` count accepted rows by whether their person is in the registry; None where no
    registry was given. ``unchanged`` says that this very version stood in the lake already; ``staged`` that another
    version of the period counts until this one is accepted.
    """

    batch_id: str
    feed: str
    period: str
    version: str
    path: Path
    received: int
    accepted: int
    duplicate: int
    matched: int | None
    unmatched: int | None
    unchanged: bool
    staged: bool = False
    quarantine: tuple[QuarantinedRow, ...] = field(default=(), repr=False)

    @property
    def quarantined(self) -> int:
        return len(self.quarantine)

    @property
    def reasons(self) -> dict[str, int]:
        """How many quarantined rows carry each reason code."""
        codes = Counter(code for row in self.quarantine for code in {entry.code for entry in row.reasons})
        return dict(sorted(codes.items()))

    def receipt(self) -> dict[str, Any]:
        """The receipt that the department gets."""
        counts = ("received", "accepted", "duplicate", "quarantined", "matched", "unmatched", "reasons")
        return {"batch_id": self.batch_id, **{name: getattr(self, name) for name in counts}}


def ingest(
    delivery: Delivery,
    contract: Contract,
    tokeniser: Tokeniser,
    out_dir: Path | str,
    known_keys: Iterable[int] | Path | None = None,
    *,
    publish: bool = True,
    stage: bool = False,
) -> IngestResult:
    """Check every record, write the accepted ones to the lake ``out_dir`` and give back the others with reasons.

    The version is the first 16 hex digits of the file's SHA-256 (with a suffix if that version was made under another
    contract or key); delivering the same file again changes nothing. ``known_keys`` are the registry's person keys, or
    a Parquet file with the column ``person_key``. ``publish`` makes the version the one that counts; with ``stage`` it
    only does so where the period has none yet: a correction waits for ``store.accept``.
    Raises InputError, with nothing written, where more rows would be quarantined than ``delivery.limits`` allow.
    """
    lake, connection = Path(out_dir), delivery.connection
    _check(delivery, contract, tokeniser)
    _judge_repeats(connection)
    quarantine = _quarantine(delivery, contract)
    received, duplicate = _pair(connection, "SELECT count(*), (SELECT count(*) FROM duplicates) FROM records")
    accepted, matched = _match(connection, known_keys)
    version = _version(lake, delivery, contract, tokeniser)
    result = IngestResult(
        batch_id=delivery.batch_id,
        feed=contract.name,
        period=delivery.period,
        version=version,
        path=store.version_folder(lake, contract.name, delivery.period, version) / store.PART,
        received=received,
        accepted=accepted,
        duplicate=duplicate,
        matched=matched,
        unmatched=None if matched is None else accepted - matched,
        unchanged=store.read_manifest(lake, contract.name, delivery.period, version) is not None,
        quarantine=quarantine,
    )
    assert received == accepted + duplicate + len(quarantine), "a record was lost between the checks"
    if not result.unchanged:
        _write(lake, delivery, contract, tokeniser, result)
    if stage:
        return replace(result, staged=not store.publish_first(lake, contract.name, delivery.period, version))
    if publish:
        store.publish(lake, contract.name, delivery.period, version)
    return result


def _check(delivery: Delivery, contract: Contract, tokeniser: Tokeniser) -> None:
    """Table ``checked`` (a row for each of ``raw``), view ``records`` (with their place ``n``), table ``tokens``."""
    connection = delivery.connection
    present = frozenset(name for name in delivery.layout.fields if name)
    secrets = {"row_secret": tokeniser.derive(f"row-key/{contract.name}")}
    if any(entry.type == "account" and entry.name in present for entry in contract.fields):
        secrets["account_secret"] = account_secret(tokeniser)

    def judge() -> int:
        query = check_sql(contract, present, delivery.period, staged=delivery.staged)
        connection.execute(f"CREATE OR REPLACE TABLE checked AS {query}", secrets)
        return _pair(connection, "SELECT count(*), 0 FROM checked")[0]

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


# Almost no file has anything set aside: then there is nothing to look up for each row.
_ACCEPTED = """(SELECT * FROM records LEFT JOIN tokens USING (id18)
WHERE reasons IS NULL AND n NOT IN (SELECT n FROM set_aside))"""


def _quarantine(delivery: Delivery, contract: Contract) -> tuple[QuarantinedRow, ...]:
    connection, most = delivery.connection, delivery.limits.max_quarantined
    bad = """SELECT n, reasons FROM records WHERE reasons IS NOT NULL
UNION ALL SELECT n, list(why ORDER BY why) FROM conflicts GROUP BY n"""
    count, _ = _pair(connection, f"SELECT count(*), 0 FROM ({bad})")
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


def _match(connection: duckdb.DuckDBPyConnection, known_keys: Iterable[int] | Path | None) -> tuple[int, int | None]:
    if known_keys is None:
        return _pair(connection, f"SELECT count(*), 0 FROM {_ACCEPTED}")[0], None
    if isinstance(known_keys, Path):
        source, bound = f"(SELECT person_key FROM read_parquet({quoted(known_keys)}))", {}
    else:
        source, bound = "(SELECT unnest($known::BIGINT[]) AS person_key)", {"known": list(known_keys)}
    return _pair(
        connection, f"SELECT count(*), count(*) FILTER (person_key IN (FROM {source})) FROM {_ACCEPTED}", bound
    )


def _version(lake: Path, delivery: Delivery, contract: Contract, tokeniser: Tokeniser) -> str:
    version = delivery.sha256[:16]
    standing = store.read_manifest(lake, contract.name, delivery.period, version)
    made = {"contract_hash": contract.hash, "key_id": tokeniser.key_id}
    if standing is None or {name: standing[name] for name in made} == made:
        return version
    return f"{version}-{hashlib.sha256(repr(sorted(made.items())).encode()).hexdigest()[:8]}"


def _write(lake: Path, delivery: Delivery, contract: Contract, tokeniser: Tokeniser, result: IngestResult) -> None:
    columns = ", ".join(["person_key", *(entry.name for entry in contract.stored), "row_key"])
    with store.aside(lake, contract.name) as private:
        ready = private / "version"
        ready.mkdir()
        query = f"SELECT {columns}, {row_hash_sql(contract)} AS row_hash FROM {_ACCEPTED} ORDER BY person_key, row_key"
        write_parquet(delivery.connection, query, ready / store.PART)
        manifest = {
            "feed": contract.name,
            "period": delivery.period,
            "version": result.version,
            "contract_hash": contract.hash,
            "key_id": tokeniser.key_id,
            "row_hash_probe": _pair(delivery.connection, f"{ROW_HASH_PROBE}, 0")[0],
            "source": {"sha256": delivery.sha256, "bytes": delivery.size, **delivery.layout.as_dict()},
            "receipt": result.receipt(),
        }
        store.write_json(ready / store.MANIFEST, manifest)
        store.place(private, lake, contract.name, delivery.period, result.version)


def _pair(connection: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any] | None = None) -> tuple[int, int]:
    first, second = connection.execute(query, bound or {}).fetchone() or (0, 0)
    return int(first), int(second)
