"""``doudi feeds ingest | drop``: the platform takes in files that lie on its own disk."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from doudi.engine.errors import InputError

_ENVELOPE = ".envelope.json"


def ingest(args: argparse.Namespace) -> int:
    """Deliver ``args.file`` as the platform and print the receipt; needs Django set up.

    Raises InputError, also for a file that is refused as a whole.
    """
    from doudi.apps.exchange import queries, services

    path = Path(args.file)
    if not path.is_file():
        raise InputError("no such file", where=str(path), hint="check the path")
    beside = path.with_name(path.name + _ENVELOPE)
    with path.open("rb") as file:
        batch = services.deliver(
            actor=None,
            feed=args.feed,
            period=args.period,
            county=_county(getattr(args, "county", None)),
            file=file,
            file_name=path.name,
            envelope=beside.read_bytes() if beside.is_file() else None,
        )
    if batch.state == "REFUSED":
        raise InputError(batch.refusal)
    receipt = queries.receipt(batch)
    if args.json:
        print(json.dumps(receipt, ensure_ascii=False, indent=1))  # noqa: T201 - what the command is for
        return 0
    print(  # noqa: T201
        f"{batch.feed} {batch.period}：收到 {batch.received}，入库 {batch.accepted}，重复 {batch.duplicate}，"
        f"隔离 {batch.quarantined}；与登记库匹配 {batch.matched}，未匹配 {batch.unmatched}"
        + (f"（此前已报送，第 {batch.deliveries} 次）" if batch.deliveries > 1 else "")
        + ("；本期已有数据，待县数据岗在页面核对差异、确认后生效" if batch.state == "STAGED" else "")
    )
    for code, number in batch.reasons.items():
        print(f"    {code} {number}")  # noqa: T201
    return 0


def drop(args: argparse.Namespace) -> int:
    """Look once into the drop folders, or make one (``args.open``: county/department); needs Django set up."""
    from doudi.apps.exchange import services

    if args.open:
        county, _, department = args.open.partition("/")
        print(services.drop_open(county=county, department=department))  # noqa: T201
        return 0
    print(f"处理 {services.drop_scan()} 个文件")  # noqa: T201
    return 0


def _county(code: str | None) -> str:
    from doudi.apps.registry import queries as registry

    counties = registry.counties_for_system()
    if code:
        code = code.ljust(12, "0")
        if code not in counties:
            raise InputError(f"no households of {code}", where="--county", hint="one of " + ", ".join(counties))
        return code
    if len(counties) != 1:
        raise InputError(
            "there is no county with data" if not counties else "there are several counties",
            where="--county",
            hint="load a county first" if not counties else "name one of " + ", ".join(counties),
        )
    return counties[0]
