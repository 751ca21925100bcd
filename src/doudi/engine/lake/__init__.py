"""The lake: departments' files checked against their contracts and kept as Parquet snapshots without identities.

``read_delivery`` (file, envelope, headings) → ``ingest`` (rows, reasons, version on disk) → ``latest`` (what counts).
A correction is staged: ``ingest(stage=True)`` → ``compare_versions`` → ``accept`` or ``discard``.
"""

from doudi.engine.lake.compare import ChangedRow, Difference, compare_versions
from doudi.engine.lake.contracts import Contract, load_contract, load_contracts
from doudi.engine.lake.delivery import Delivery, inspect_headings, read_delivery
from doudi.engine.lake.headings import HeadingReport
from doudi.engine.lake.ingest import IngestResult, ingest
from doudi.engine.lake.layout import Layout, Limits
from doudi.engine.lake.quality import Problem, Quality, overdue, trust
from doudi.engine.lake.quarantine import QuarantinedRow, write_quarantine_file
from doudi.engine.lake.reasons import Reason
from doudi.engine.lake.store import accept, discard, latest, periods

__all__ = [
    "ChangedRow",
    "Contract",
    "Delivery",
    "Difference",
    "HeadingReport",
    "IngestResult",
    "Layout",
    "Limits",
    "Problem",
    "Quality",
    "QuarantinedRow",
    "Reason",
    "accept",
    "compare_versions",
    "discard",
    "ingest",
    "inspect_headings",
    "latest",
    "load_contract",
    "load_contracts",
    "overdue",
    "periods",
    "read_delivery",
    "trust",
    "write_quarantine_file",
]
