"""From a delivery to a version in the lake: every record ends accepted, duplicate or quarantined with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from doudi.engine.identity import Tokeniser
from doudi.engine.lake import store
from doudi.engine.lake.contracts import Contract
from doudi.engine.lake.delivery import Delivery
from doudi.engine.lake.judging import bad_ids, flag_counts, judge_rows, matched, pair, quarantined
from doudi.engine.lake.quality import Quality, judge
from doudi.engine.lake.quarantine import QuarantinedRow
from doudi.engine.lake.writing import adds_nothing, appended_version, base_of, made_under, version_of, write_version


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a delivery. ``received = accepted + duplicate + quarantined``, always.

    ``matched`` and ``unmatched`` count accepted rows by whether their person is in the registry; None where no
    registry was given. ``unchanged`` says that this very version stood in the lake already; ``staged`` that another
    version of the period counts until this one is accepted. ``flags`` counts accepted rows that a rule doubts, by the
    rule's number; ``quality`` is the delivery's score with its parts and problems.
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
    flags: dict[str, int] = field(default_factory=dict)
    quality: Quality | None = None
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
        receipt = {"batch_id": self.batch_id, **{name: getattr(self, name) for name in counts}, "flags": self.flags}
        if self.quality is not None:
            receipt |= {
                "score": self.quality.score,
                "problems": [f"{problem.number} {problem.message}" for problem in self.quality.problems],
            }
        return receipt


def ingest(
    delivery: Delivery,
    contract: Contract,
    tokeniser: Tokeniser,
    out_dir: Path | str,
    known_keys: Iterable[int] | Path | None = None,
    *,
    publish: bool = True,
    stage: bool = False,
    append: bool = False,
    base: str | None = None,
    previous: tuple[str, str] | None = None,
    received_on: date | None = None,
) -> IngestResult:
    """Check every record, write the accepted ones to the lake ``out_dir`` and give back the others with reasons.

    The version is the first 16 hex digits of the file's SHA-256 (with a suffix if that version was made under another
    contract, other rules or another key); delivering the same file again changes nothing. ``known_keys`` are the
    registry's person keys, or a Parquet file with the column ``person_key``.

    ``publish`` makes the version the one that counts; with ``stage`` it only does so where the period has none yet: a
    correction waits for ``store.accept``. With ``append`` the rows are events: they join those of the version ``base``
    (the one that counts, where not given), replacing rows of the same key; the same event again changes nothing.
    ``previous`` (period and version) is what the score compares with, where not given the newest earlier period that
    counts; ``received_on`` the day of receipt, for lateness.

    Raises InputError, with nothing written, where more rows would be quarantined than ``delivery.limits`` allow.
    """
    lake, connection = Path(out_dir), delivery.connection
    judge_rows(delivery, contract, tokeniser)
    quarantine = quarantined(delivery, contract)
    received, duplicate = pair(connection, "SELECT count(*), (SELECT count(*) FROM duplicates) FROM records")
    accepted = received - duplicate - len(quarantine)
    known = None if known_keys is None else matched(connection, known_keys)
    flagged, flags = flag_counts(connection)
    made = made_under(contract, tokeniser)
    under = base_of(lake, delivery, base, made) if append else None
    version = appended_version(delivery, under) if append else version_of(lake, delivery, made)
    if under and adds_nothing(lake, delivery, contract, under):
        version = under["version"]
    result = IngestResult(
        batch_id=delivery.batch_id,
        feed=contract.name,
        period=delivery.period,
        version=version,
        path=store.version_folder(lake, contract.name, delivery.period, version) / store.PART,
        received=received,
        accepted=accepted,
        duplicate=duplicate,
        matched=known,
        unmatched=None if known is None else accepted - known,
        unchanged=store.read_manifest(lake, contract.name, delivery.period, version) is not None,
        quarantine=quarantine,
        flags=flags,
    )
    counts = {
        **{name: getattr(result, name) for name in ("received", "accepted", "duplicate", "quarantined", "unmatched")},
        "bad_ids": bad_ids(quarantine),
        "flagged": flagged,
        "rows": accepted,
        "events_only": append and (under is None or under["counts"]["events_only"]),
    }
    quality = judge(
        contract,
        counts,
        previous=_counts_before(lake, delivery, previous),
        period=delivery.period,
        received_on=received_on,
    )
    result = replace(result, quality=quality)
    if not result.unchanged:
        manifest = {
            "feed": contract.name,
            "period": delivery.period,
            **made,
            "source": {"sha256": delivery.sha256, "bytes": delivery.size, **delivery.layout.as_dict()},
            "receipt": result.receipt(),
            "counts": under["counts"] if under else counts,
            "quality": quality.as_dict(),
            "received_on": received_on.isoformat() if received_on else None,
        }
        write_version(lake, delivery, contract, version, manifest, under)
    if stage:
        return replace(result, staged=not store.publish_first(lake, contract.name, delivery.period, version))
    if publish:
        store.publish(lake, contract.name, delivery.period, version)
    return result


def _counts_before(lake: Path, delivery: Delivery, previous: tuple[str, str] | None) -> dict[str, Any] | None:
    previous = previous or store.before(lake, delivery.feed, delivery.period)
    manifest = store.read_manifest(lake, delivery.feed, *previous) if previous else None
    return manifest["counts"] if manifest else None
