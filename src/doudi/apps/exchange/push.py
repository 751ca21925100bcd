"""What departments' systems call: a batch as a file or as rows, one event, the receipt. Keys instead of sessions.

The body is read strictly: no key twice, no NaN, numbers as they are written (an ID number sent as a JSON number keeps
every digit), only texts, numbers, true, false and null in rows.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router
from ninja.security import HttpBearer

from doudi.apps.base.errors import Invalid
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.models import ApiKey, Batch, BatchState, Channel
from doudi.engine.lake import load_contracts

MOST_ROWS = 20_000
_MOST_COLUMNS = 200
_ENVELOPE_BYTES = 65_536
_LONGEST_NUMBER = 80
_WRITTEN = {None: "", True: "是", False: "否"}
_STATUS = {BatchState.STAGED: 202, BatchState.REFUSED: 422}


class KeyAuth(HttpBearer):
    """``Authorization: Bearer ddk_…``: the request's ``auth`` is the key."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return services.key_use(token)


router = Router(tags=["push"])


@router.get("/feeds", url_name="push_feeds", summary="本密钥可以报送的数据")
def feeds(request: HttpRequest) -> dict[str, Any]:
    """The feeds that the key may deliver, with their fields."""
    contracts = [load_contracts()[name] for name in _key(request).feeds if name in load_contracts()]
    return {
        "feeds": [
            {
                "feed": contract.name,
                "title": contract.title,
                "period": contract.period,
                "fields": [
                    {"name": one.name, "title": one.title, "type": one.type, "required": one.required,
                     "codes": list(one.codes)}
                    for one in contract.fields
                ],
            }
            for contract in contracts
        ]
    }  # fmt: skip


_ROW = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
_BATCH_BODY = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["batch_id", "period", "record_count", "rows"],
                "properties": {
                    "batch_id": {"type": "string", "maxLength": _LONGEST_NUMBER},
                    "period": {"type": "string"},
                    "record_count": {"type": "integer"},
                    "rows": {"type": "array", "maxItems": MOST_ROWS, "items": _ROW},
                },
            }
        }
    }
}
_FILE_BODY = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["envelope", "file"],
                "properties": {
                    "envelope": {"type": "string"},
                    "file": {"type": "string", "format": "binary"},
                },
            }
        }
    }
}
_EVENT_BODY = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["event_id", "row"],
                "properties": {
                    "event_id": {"type": "string", "maxLength": _LONGEST_NUMBER},
                    "period": {"type": "string"},
                    "row": _ROW,
                },
            }
        }
    }
}


@router.post(
    "/feeds/{feed}/batches",
    url_name="push_batch",
    summary="批量推送（逐行）",
    openapi_extra={"requestBody": _BATCH_BODY},
)
def batch(request: HttpRequest, feed: str) -> HttpResponse:
    """Rows {heading: value} of one period. The same ``batch_id`` with the same rows is the same batch."""
    body = _body(request)
    number, rows = _number(body, "batch_id"), body.get("rows")
    if not isinstance(rows, list) or not rows or len(rows) > MOST_ROWS:
        raise Invalid(f"rows 须为 1 至 {MOST_ROWS} 行", where="rows", hint="更多的行请以文件推送")
    if body.get("record_count") != str(len(rows)):
        raise Invalid(f"record_count 与行数 {len(rows)} 不符", where="record_count", hint="请核对后重新推送")
    made = services.deliver(
        actor=None,
        feed=feed,
        period=_text(body, "period"),
        county=_key(request).county_id,
        file=io.BytesIO(as_csv([_row(row, f"rows[{at}]") for at, row in enumerate(rows)])),
        file_name=f"{number}.csv",
        sender=services.Sender(Channel.API, key=_key(request), number=number),
    )
    return _receipt(made)


@router.post(
    "/feeds/{feed}/files",
    url_name="push_file",
    summary="批量推送（文件）",
    openapi_extra={"requestBody": _FILE_BODY},
)
def file(request: HttpRequest, feed: str) -> HttpResponse:
    """A file with its envelope, as on the page and in the drop folder. Idempotent by the envelope's ``batch_id``."""
    sent, envelope = request.FILES.get("file"), _envelope(request)
    if sent is None or isinstance(sent, list):
        raise Invalid("缺少 file", where="file", hint="请以 multipart/form-data 推送文件和信封")
    _number(envelope, "batch_id")
    made = services.deliver(
        actor=None,
        feed=feed,
        period=_text(envelope, "period"),
        county=_key(request).county_id,
        file=sent,  # type: ignore[arg-type]
        file_name=str(sent.name),
        envelope=json.dumps(envelope, ensure_ascii=False).encode(),
        sender=services.Sender(Channel.API, key=_key(request)),
    )
    return _receipt(made)


@router.post(
    "/feeds/{feed}/events",
    url_name="push_event",
    summary="逐条推送",
    openapi_extra={"requestBody": _EVENT_BODY},
)
def event(request: HttpRequest, feed: str) -> HttpResponse:
    """One row {heading: value}, judged at once. The same ``event_id`` with the same row is the same event."""
    body = _body(request)
    made = services.event_push(
        key=_key(request),
        feed=feed,
        row=_row(body.get("row"), "row"),
        event_id=_number(body, "event_id"),
        period=_text(body, "period") if "period" in body else "",
    )
    return _receipt(made)


@router.get("/feeds/{feed}/batches/{batch_id}", url_name="push_receipt", summary="回执")
def receipt(request: HttpRequest, feed: str, batch_id: str) -> dict[str, Any]:
    """The receipt of what went in under the sender's own number."""
    return queries.receipt(queries.batch_of_key(_key(request), feed, batch_id))


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Rows as a CSV file with every heading that any row has, in the order of first appearance."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    if len(headings) > _MOST_COLUMNS:
        raise Invalid(f"超过 {_MOST_COLUMNS} 列", where="rows", hint="请只推送约定的列")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([row.get(heading, "") for heading in headings] for row in rows)
    return text.getvalue().encode()


def _receipt(made: Batch) -> HttpResponse:
    """200 in the lake (or there already), 202 waiting for the data officer, 422 nothing was taken in."""
    nothing = made.channel == Channel.EVENT and not made.accepted and not made.duplicate
    status = 422 if nothing else _STATUS.get(BatchState(made.state), 200)
    return JsonResponse(queries.receipt(made), status=status, json_dumps_params={"ensure_ascii": False})


def _key(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise Invalid("请求超过 10 MB", where="body", hint="请分批推送，或以文件推送") from error
    return strict_json(body, "body")


def _envelope(request: HttpRequest) -> dict[str, Any]:
    beside = request.FILES.get("envelope")
    if beside is not None and not isinstance(beside, list):
        text = beside.read(_ENVELOPE_BYTES + 1)
    else:
        text = request.POST.get("envelope", "").encode()
    if len(text) > _ENVELOPE_BYTES:
        raise Invalid("信封超过 64 KB", where="envelope", hint="请确认选对了文件")
    return strict_json(text, "envelope")


def strict_json(text: bytes, where: str) -> dict[str, Any]:
    """A JSON object with its numbers as texts. Raises :class:`Invalid` for anything that may be read in two ways."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise ValueError("a key twice")
        return made

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        body = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=refuse
        )
    except (ValueError, RecursionError) as error:
        raise Invalid("不是有效的 JSON", where=where, hint="须为 UTF-8 编码，键不得重复，不得有 NaN") from error
    if not isinstance(body, dict):
        raise Invalid("不是 JSON 对象", where=where, hint="请按接口说明推送")
    return body


def _row(row: Any, where: str) -> dict[str, str]:
    if not isinstance(row, dict) or not row or len(row) > _MOST_COLUMNS:
        raise Invalid(f"{where} 不是由列名和值组成的一行", where=where, hint="请按接口说明推送")
    texts: dict[str, str] = {}
    for heading, value in row.items():
        if isinstance(value, dict | list):
            raise Invalid(f"{where} 的值须为文字、数字、是否或空", where=where, hint="请按接口说明推送")
        texts[heading] = _WRITTEN.get(value, value)
    return texts


def _number(body: Mapping[str, Any], name: str) -> str:
    number = _text(body, name)
    if len(number) > _LONGEST_NUMBER or not number.isprintable():
        raise Invalid(f"{name} 超过 {_LONGEST_NUMBER} 字或含控制字符", where=name)
    return number


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"缺少 {name}", where=name, hint="请按接口说明推送")
    return value.strip()
