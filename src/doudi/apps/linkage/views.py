"""Pages of linkage: the queue of pairs and one pair side by side."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Invalid
from doudi.apps.divisions.queries import division_names
from doudi.apps.linkage import queries, services
from doudi.apps.linkage.forms import DecisionForm, SuggestionSearch


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """The queue, the likeliest pairs first."""
    search = SuggestionSearch(request.GET)
    search.is_valid()
    page = queries.suggestion_list(actor=request.user, **search.cleaned_data, cursor=request.GET.get("cursor"))
    sides = [side for pair in page.rows for side in (pair.left, pair.right) if side]
    runs = queries.latest_runs(actor=request.user)
    own = queries.own_division(request.user)
    names = division_names({own} | {code for side in sides for code in (side.county_code, side.township_code)})
    context = {"page": page, "search": search, "names": names, "runs": runs, "own": own}
    return render(request, "linkage/list.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Search the actor's own county or city."""
    services.run_start(actor=request.user, division=queries.own_division(request.user))
    messages.success(request, "已开始查重，完成后结果列入清单。")
    return redirect("linkage:list")


@require_POST
def start_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Search for whom a batch's rows without a usable number mean."""
    services.batch_run_start(actor=request.user, batch_id=batch_id)
    messages.success(request, "已开始比对本批次证件号码无法使用的行，完成后结果列入清单。")
    return redirect("linkage:list")


@require_http_methods(["GET", "POST"])
def suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """One pair side by side, what speaks for and against it, and the decision."""
    detail = queries.suggestion_detail(actor=request.user, suggestion_id=pk)
    form = _form(request, detail)
    if request.method == "POST" and form.is_valid():
        try:
            services.suggestion_decide(actor=request.user, suggestion_id=pk, **_values(form))
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, f"{error.what}，{error.hint}")
        else:
            messages.success(request, "已记录。")
            return redirect("linkage:suggestion", pk)
    for side in (detail.pair.left, detail.pair.right):
        if request.method == "GET" and side:
            record(
                Action.READ,
                actor=request.user,
                object_type="suggestion",
                object_id=pk,
                household_id=side.household_id,
                county_code=side.county_code,
            )
    sides = [side for side in (detail.pair.left, detail.pair.right) if side]
    names = division_names({code for side in sides for code in (side.county_code, side.township_code)})
    context = {"detail": detail, "form": form, "sides": sides, "names": names}
    return render(request, "linkage/suggestion.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, detail: queries.Detail) -> DecisionForm:
    proposes = any(step.event == "propose" for step in detail.steps)
    sides = [side for side in (detail.pair.left, detail.pair.right) if side] if proposes else []
    return DecisionForm(
        request.POST or None,
        steps=[(step.event, step.label) for step in detail.steps],
        persons=[(side.person_id, f"{side.name} {side.id_number}（户号 {side.household_no}）") for side in sides],
    )


def _values(form: DecisionForm) -> dict[str, object]:
    values = form.cleaned_data
    return {"event": values["event"], "reason": values["reason"], "remains_id": values.get("remains")}
