"""Pages of owners' own headings: asked once about a refused file, kept, forgotten."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.divisions import queries as divisions
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.forms import HeadingsForm
from doudi.engine.lake import load_contracts


@require_http_methods(["GET", "POST"])
def headings(request: HttpRequest, pk: int) -> HttpResponse:
    """What the unknown headings of a refused file mean."""
    batch = queries.batch_get(actor=request.user, batch_id=pk)
    if not queries.may_map(request.user, batch.feed, batch.county_id):
        raise Refused()
    asked = services.mappable(batch)
    if not asked:
        raise Conflict("本批次没有需要对应的列名。")
    contract = load_contracts()[batch.feed]
    form = HeadingsForm(
        request.POST or None, contract=contract, headings=asked, proposed=batch.unknown_headings["proposed"]
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.headings_set(actor=request.user, batch_id=pk, mapping=form.mapping())
        except Invalid as error:
            form.add_error(None, f"{error.what}，{error.hint}" if error.hint else error.what)
        else:
            messages.success(request, "列名对应已记住，请重新报送该文件。以后同样的列名不再询问。")
            return redirect("exchange:batch", pk)
    context = {"batch": batch, "contract": contract, "form": form, "missing": batch.unknown_headings["missing"]}
    return render(request, "exchange/headings.html", context, status=422 if form.errors else 200)


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """What was mapped in one county."""
    counties = queries.counties_of(request.user)
    wanted = request.GET.get("county", "")
    county = wanted if wanted in counties else next(iter(counties), "")
    rows = queries.heading_rules(actor=request.user, county=county)
    context = {
        "rows": [(row, queries.may_map(request.user, row.feed, county)) for row in rows],
        "county": divisions.division_name(county),
        "contracts": load_contracts(),
    }
    return render(request, "exchange/heading_rules.html", context)


@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    services.heading_forget(actor=request.user, rule_id=pk)
    messages.success(request, "列名对应已删除。")
    return redirect("exchange:heading_rules")
