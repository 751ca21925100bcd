"""Runs: the list with the start of a new one, and what one run did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.accounts.scope import may
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.monitoring import queries, services
from doudi.apps.monitoring.forms import RunForm
from doudi.apps.monitoring.views.common import county_choices
from doudi.engine.indicators import load_indicators
from doudi.engine.indicators.catalogue import split_feed
from doudi.engine.lake import load_contracts
from doudi.engine.rules import load_pack

RUN_STATES = {"QUEUED": "grey", "RUNNING": "blue", "DONE": "green", "FAILED": "red"}


@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """Runs so far, and the start of a new one."""
    actor = request.user
    counties = county_choices(actor)
    form = RunForm(request.POST or None, counties=counties, initial={"period": _last_month()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            run_id, _ = once(
                values["idempotency_key"],
                actor=actor,
                action="monitor.run",
                do=lambda: services.run_request(actor=actor, county=values["county"], period=values["period"]).pk,
            )
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, f"{error.what}，{error.hint}")
        else:
            messages.success(request, "已排队，运行完成后结果显示在本页。")
            return redirect("monitoring:run", run_id)
    page = queries.run_list(actor=actor, cursor=request.GET.get("cursor"))
    context = {"page": page, "form": form, "colours": RUN_STATES, "may_run": may(actor, "monitor.run")}
    return render(request, "monitoring/runs.html", context, status=422 if form.errors else 200)


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: counts, indicators that ran or were skipped and why, people outside the register."""
    row = queries.run_get(actor=request.user, run_id=pk)
    unregistered: dict[str, list[dict[str, Any]]] = {}
    for entry in row.report.get("unregistered", ()):
        entry["data"] = sorted({f"{_feed_title(source['source'])} {source['period']}" for source in entry["sources"]})
        unregistered.setdefault(entry["indicator"], []).append(entry)
    context = {
        "run": row,
        "colours": RUN_STATES,
        "pack": load_pack(row.pack).title,
        "data": {code: _data(entry["periods"]) for code, entry in row.report.get("indicators", {}).items()},
        "unregistered": unregistered,
        "indicators": load_indicators(),
        "may_list": may(request.user, "alert.list"),
        "may_supervise": may(request.user, "supervision.read"),
    }
    return render(request, "monitoring/run.html", context)


def _data(periods: dict[str, list[str]]) -> str:
    """医保结算 2025-04 至 2026-03（12 期）: what an indicator read, by the feeds' titles."""
    found: dict[str, set[str]] = {}
    for table, months in periods.items():
        found.setdefault(_feed_title(split_feed(table)[0]), set()).update(months)
    shown = []
    for title, months in found.items():
        ordered = sorted(months)
        span = (
            ordered[0]
            if len(ordered) == 1
            else f"{ordered[0]} 至 {ordered[-1]}（{len(ordered)} 期）"
            if ordered
            else "无"
        )
        shown.append(f"{title} {span}")
    return "；".join(shown) or "登记库"


def _feed_title(feed: str) -> str:
    contract = load_contracts().get(feed)
    return contract.title if contract else "登记库"


def _last_month() -> str:
    today = clock.today()
    return f"{today.year - (today.month == 1)}-{(today.month - 2) % 12 + 1:02d}"
