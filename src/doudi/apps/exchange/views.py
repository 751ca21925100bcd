"""Pages of exchange: feeds and their freshness, deliveries, batches, rows in quarantine."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts.scope import may, require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.forms import BatchSearch, DeliveryForm, DiscardForm
from doudi.apps.exchange.models import Batch
from doudi.engine.lake import load_contracts

BATCH_COLOURS = {
    "ACCEPTED": "green",
    "JOINED": "green",
    "STAGED": "orange",
    "SUPERSEDED": "grey",
    "DISCARDED": "grey",
    "REFUSED": "red",
}
# What each part of a score measures; days are written as they are, everything else as a share.
MEASURES = {
    "quarantined": "隔离比例",
    "bad_ids": "身份证号有误比例",
    "duplicates": "重复比例",
    "flagged": "存疑比例",
    "shrinkage": "比上期减少",
    "days_late": "迟到天数",
    "unmatched_rise": "未匹配比例上升",
}
_FORM_FIELDS = frozenset({"feed", "period", "file"})


@require_GET
def feeds(request: HttpRequest) -> HttpResponse:
    """Every feed of one county with its light."""
    actor = request.user
    counties = queries.counties_of(actor)
    wanted = request.GET.get("county", "")
    county = wanted if wanted in counties else next(iter(counties), "")
    context = {
        "rows": queries.feed_status(actor=actor, county=county),
        "waiting": queries.waiting_corrections(actor=actor, county=county),
        "county": county,
        "counties": divisions.division_names(counties),
        "may_deliver": {contract.name for contract in queries.feeds_to_deliver(actor)},
        "soon_days": queries.SOON_DAYS,
        "periods": {"month": "每月", "quarter": "每季", "term": "每学期", "year": "每年", "event": "随时"},
    }
    return render(request, "exchange/feeds.html", context)


@require_http_methods(["GET", "POST"])
def deliver(request: HttpRequest) -> HttpResponse:
    """The delivery of a file; its result is the batch's page."""
    actor = request.user
    require(actor, "feed.upload")
    own = queries.feeds_to_deliver(actor)
    initial = {"feed": request.GET.get("feed", "")}
    form = DeliveryForm(request.POST or None, request.FILES or None, feeds=own, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            batch_id = _delivered(request, form.cleaned_data)
        except Invalid as error:
            text = f"{error.what}，{error.hint}" if error.hint else error.what
            form.add_error(error.where if error.where in _FORM_FIELDS else None, text)
        else:
            return redirect("exchange:batch", batch_id)
    context = {"form": form, "contracts": own}
    return render(request, "exchange/deliver.html", context, status=422 if form.errors else 200)


def _delivered(request: HttpRequest, values: dict[str, Any]) -> int:
    batch_id, _ = once(
        values["idempotency_key"],
        actor=request.user,
        action="feed.deliver",
        do=lambda: (
            services.deliver(
                actor=request.user,  # type: ignore[arg-type]
                feed=values["feed"],
                period=values["period"],
                county=queries.county_of(request.user),  # type: ignore[arg-type]
                file=values["file"],
                file_name=values["file"].name,
                envelope=values["envelope"],
                replace=values.get("replace", False),
            ).pk
        ),
    )
    return int(batch_id)


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Deliveries, newest first."""
    search = BatchSearch(request.GET)
    search.is_valid()
    filters = queries.BatchFilters(**search.cleaned_data)
    page = queries.batch_list(actor=request.user, filters=filters, cursor=request.GET.get("cursor"))
    context = {"page": page, "search": search, "colours": BATCH_COLOURS, "contracts": load_contracts()}
    return render(request, "exchange/batches.html", context)


@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: its receipt."""
    row = queries.batch_get(actor=request.user, batch_id=pk)
    context = {
        **_about(row),
        "reasons": queries.reason_counts(row),
        "doubts": queries.flag_counts(row),
        "history": queries.history_of(request.user, row),
        "measures": MEASURES,
        "may_map": bool(services.mappable(row)) and queries.may_map(request.user, row.feed, row.county_id),
        "current": queries.current_of(row) if row.state == "SUPERSEDED" else None,
        "may_download": may(request.user, "quarantine.download"),
        "may_accept": may(request.user, "feed.accept"),
    }
    return render(request, "exchange/batch.html", context)


@require_GET
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """What a correction that waits would change."""
    return _difference(request, pk, DiscardForm())


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The second click: the correction counts."""
    services.correction_accept(actor=request.user, batch_id=pk, against=request.POST.get("against", ""))
    messages.success(request, "更正已生效，以后的监测以本批次为准。")
    return redirect("exchange:batch", pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """The correction is not adopted."""
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _difference(request, pk, form)
    services.correction_discard(actor=request.user, batch_id=pk, reason=form.cleaned_data["reason"])
    messages.success(request, "本批次未采用，原数据不变。")
    return redirect("exchange:batch", pk)


def _difference(request: HttpRequest, pk: int, form: DiscardForm) -> HttpResponse:
    row = queries.batch_get(actor=request.user, batch_id=pk)
    if row.state != "STAGED":
        return redirect("exchange:batch", pk)
    context = {
        **_about(row),
        "correction": queries.correction_of(row),
        "kinds": queries.KINDS,
        "form": form,
        "may_accept": may(request.user, "feed.accept"),
        "may_discard": queries.may_discard(request.user, row),
    }
    return render(request, "exchange/difference.html", context, status=422 if form.errors else 200)


@require_GET
def quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that failed, masked, with their reasons."""
    reason = request.GET.get("reason", "")
    row, page, rows = queries.quarantine_page(
        actor=request.user, batch_id=pk, reason=reason, cursor=request.GET.get("cursor")
    )
    record(Action.READ, actor=request.user, object_type="quarantine", object_id=row.pk, county_code=row.county_id)
    context = {
        **_about(row),
        "page": page,
        "rows": rows,
        "reason": reason,
        "format": getattr(queries.layout_of(row), "format", ""),
        "may_download": may(request.user, "quarantine.download"),
    }
    return render(request, "exchange/quarantine.html", context)


@require_POST
def quarantine_file(request: HttpRequest, pk: int) -> FileResponse:
    """The bad rows with their reasons; a POST, since it leaves a trace."""
    original = request.POST.get("form") == "original"
    name, handle = services.quarantine_file(actor=request.user, batch_id=pk, original=original)
    return FileResponse(handle, as_attachment=True, filename=name, content_type="application/octet-stream")


@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt as a file."""
    name, content = services.receipt_file(actor=request.user, batch_id=pk)
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _about(row: Batch) -> dict[str, Any]:
    return {"batch": row, "contract": load_contracts()[row.feed], "colours": BATCH_COLOURS}
