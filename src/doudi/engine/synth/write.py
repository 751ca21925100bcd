"""A county on disk: the registry snapshot, the departments' files with their envelopes, and the truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.synth import mistakes
from doudi.engine.synth.feeds import LAYOUTS, contract, periods_of, rows, sent_at
from doudi.engine.synth.mistakes import Delivered, Line
from doudi.engine.synth.model import County, Planted
from doudi.engine.synth.registry import write_registry

_OURS = "planted.json"
_PARTS = ("registry", "feeds", "period", _OURS)


@dataclass(frozen=True, slots=True)
class Written:
    """What ``write_county`` wrote: rows per file and the mistakes in it."""

    registry: dict[str, int]
    files: dict[str, dict[str, Delivered]]


def write_county(county: County, out: Path) -> Written:
    """Write ``out/registry``, ``out/feeds``, ``out/period`` and ``out/planted.json``.

    Replaces an earlier sample in the same folder; refuses (InputError) a folder that holds anything else.
    """
    _prepare(out)
    registry = write_registry(county, out / "registry")
    files: dict[str, dict[str, Delivered]] = {}
    for feed in LAYOUTS:
        found = rows(county, feed)
        if not any(found.values()):
            continue
        files[feed] = {}
        for period in periods_of(county, feed):
            delivered = mistakes.make_mistakes(county.seed, feed, period, found[period])
            files[feed][period] = delivered
            _write_file(county, feed, period, delivered.lines, out / "feeds" / feed)
    (out / "period").write_text(county.period, encoding="ascii")
    (out / _OURS).write_text(json.dumps(_truth(county, files), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return Written(registry, files)


def _prepare(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError("is a file", where=str(out), hint="give a folder with --out")
    if out.is_dir() and any(out.iterdir()):
        if not (out / _OURS).is_file():
            raise InputError(
                "is not empty and holds no sample county", where=str(out), hint="give a new folder with --out"
            )
        for part in _PARTS:
            path = out / part
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)


def _write_file(county: County, feed: str, period: str, lines: list[Line], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    layout = LAYOUTS[feed]
    path = folder / f"{period}.{layout.kind}"
    fields = contract(feed)["fields"]
    if layout.kind == "csv":
        text = io.StringIO(newline="")
        sheet = csv.writer(text, lineterminator="\r\n")
        sheet.writerow([field["title"] for field in fields])
        sheet.writerows([_text(feed, line.row.values.get(field["name"])) for field in fields] for line in lines)
        data = text.getvalue().encode(layout.encoding)
    else:
        data = _workbook(feed, period, fields, lines)
    path.write_bytes(data)
    owner = contract(feed)["owner"]
    envelope = {
        "batch_id": hashlib.sha256(f"{county.seed}/{county.code}/{feed}/{period}".encode()).hexdigest()[:32],
        "owner": owner["department"],
        "dataset": feed,
        "period": period,
        "region": county.code,
        "schema_version": "1",
        "record_count": len(lines),
        "sha256": hashlib.sha256(data).hexdigest(),
        "sent_at": sent_at(period),
    }
    beside = path.with_name(path.name + ".envelope.json")
    beside.write_text(json.dumps(envelope, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _text(feed: str, value: object) -> str:
    """A cell of a CSV file. Workplaces and card numbers are text, money is 分."""
    if value is None:
        return ""
    if isinstance(value, date):
        return str(LAYOUTS[feed].write_date(value))
    if isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}"
    return str(value)


def _workbook(feed: str, period: str, fields: list[dict[str, Any]], lines: list[Line]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    book.set_properties({"created": datetime(int(period[:4]), int(period[5:]), 1)})  # noqa: DTZ001 - the format has no zone
    sheet = book.add_worksheet(contract(feed)["title"][:31])
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, field in enumerate(fields):
        sheet.write_string(0, column, field["title"])
    for at, line in enumerate(lines, 1):
        for column, field in enumerate(fields):
            value = line.row.values.get(field["name"])
            if field["type"] == "id_number" and line.id_as_number:
                sheet.write_number(at, column, float(str(value).replace("X", "0")))
            elif isinstance(value, date):
                written = LAYOUTS[feed].write_date(value)
                if isinstance(written, date):
                    sheet.write_datetime(at, column, datetime(written.year, written.month, written.day), day_format)  # noqa: DTZ001
                else:
                    sheet.write_string(at, column, written)
            elif isinstance(value, int):
                sheet.write_number(at, column, value / 100)
            elif value:
                sheet.write_string(at, column, value)
    book.close()
    return buffer.getvalue()


def _truth(county: County, files: dict[str, dict[str, Delivered]]) -> dict[str, Any]:
    tokeniser = Tokeniser(county.token_key)

    def case(planted: Planted) -> dict[str, Any]:
        return {
            "indicator": planted.indicator,
            "person_key": None if planted.person is None else tokeniser.person_key(planted.person.id_number),
            "household_key": min(_household_keys(tokeniser, planted), default=None),
            "why": planted.why,
            **({"matter": planted.matter} if planted.matter else {}),
            **({"packs": list(planted.packs)} if planted.packs else {}),
        }

    return {
        "period": county.period,
        "pack": county.pack,
        "seed": county.seed,
        "households": len(county.households),
        "planted": [case(planted) for planted in county.planted],
        "near_misses": [case(planted) for planted in county.near_misses],
        "under_other_packs": [case(planted) for planted in county.under_other_packs],
        "files": {
            feed: {
                period: {
                    "received": len(file.lines),
                    "accepted": file.accepted,
                    "duplicate": file.duplicate,
                    "quarantined": file.quarantined,
                    "mistakes": dict(sorted(file.mistakes.items())),
                }
                for period, file in sorted(periods.items())
            }
            for feed, periods in files.items()
        },
    }


def _household_keys(tokeniser: Tokeniser, planted: Planted) -> list[int]:
    """One key mostly; both of somebody registered twice (a signal names the lower); none outside the register."""
    homes = (planted.household, planted.other)
    return [tokeniser.household_key(home.household_no) for home in homes if home is not None]
