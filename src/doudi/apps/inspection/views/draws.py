"""Pages of random inspections: draws, one draw with its results, the proof, the report."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.accounts.scope import may, require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.casework.queries import inspectors_for
from doudi.apps.casework.views.steps import attempt
from doudi.apps.divisions.models import Level
from doudi.apps.divisions.queries import choices
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.forms import AssignForm, DrawForm
from doudi.apps.inspection.models import Draw
from doudi.apps.inspection.queries.draws import RESULTS, stratum_words
from doudi.apps.inspection.report import frame_csv, workbook
from doudi.apps.inspection.views.common import download, own_divisions, posted, shown_households


@require_http_methods(["GET", "POST"])
def draws(request: HttpRequest) -> HttpResponse:
    form = None
    if may(request.user, "inspection.manage"):
        today = clock.today()
        initial = {"title": f"{today.year} 年第 {(today.month + 2) // 3} 季度随机调查"}
        places = own_divisions(request, Level.COUNTY, Level.TOWNSHIP)
        form = DrawForm(posted(request), divisions=places, initial=initial)
    if request.method == "POST":
        require(request.user, "inspection.manage")
        made: list[Draw] = []
        if form and attempt(form, lambda: made.append(services.draw_make(actor=request.user, **form.values()))):
            messages.success(request, f"已抽取 {made[0].drawn} 户。")
            return redirect("inspection:draw", made[0].pk)
    page = queries.draw_list(actor=request.user, cursor=request.GET.get("cursor"))
    status = 422 if form and form.is_bound else 200
    return render(
        request,
        "inspection/draws.html",
        {"page": page, "form": form, "strata": queries.STRATA, "waiting": queries.findings_waiting(request.user)},
        status=status,
    )


@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.draw_get(actor=request.user, draw_id=pk)
    form = None
    if may(request.user, "inspection.manage"):
        towns = [code for code, _ in choices(level=Level.TOWNSHIP, within=[found.division_id])]
        form = AssignForm(posted(request), visitors=inspectors_for(found.county_code, towns))
    if request.method == "POST":
        require(request.user, "inspection.manage")
        sent: list[tuple[int, int]] = []
        if form and attempt(
            form,
            lambda: sent.append(services.draw_assign(actor=request.user, draw_id=pk, **form.values())),
        ):
            done, left = sent[0]
            more = f"；另有 {left} 户没有可派的人员，请增选走访人员" if left else ""
            messages.success(request, f"已派发 {done} 户{more}。")
            return redirect("inspection:draw", pk)
    result = request.GET.get("result", "")
    page = queries.drawn_list(actor=request.user, found=found, result=result, cursor=request.GET.get("cursor"))
    context = {
        "draw": found,
        "page": page,
        "result": result,
        "results": {name: label for name, (label, _) in RESULTS.items()},
        "result_of": {outcome: label for label, outcomes in RESULTS.values() for outcome in outcomes},
        "households": shown_households(request, page.rows),
        "words": stratum_words(found, {row.stratum for row in page.rows}),
        "figures": queries.figures(actor=request.user, found=found),
        "whole": queries.whole(request.user, found),
        "by": [queries.STRATA[name].label for name in found.by],
        "form": form,
    }
    return render(request, "inspection/draw.html", context, status=422 if form and form.is_bound else 200)


@require_GET
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw again, and say whether the same households come out."""
    found = queries.draw_get(actor=request.user, draw_id=pk)
    return render(
        request, "inspection/verify.html", {"draw": found, "proof": queries.redraw(actor=request.user, found=found)}
    )


@require_GET
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The list that was drawn from, for drawing again elsewhere: numbers and strata, no names."""
    found = queries.draw_get(actor=request.user, draw_id=pk)
    if not queries.whole(request.user, found):
        raise NotFound()
    _export(request, found, "inspection_frame")
    return download(frame_csv(found), f"随机调查抽样名册-{found.pk}.csv", "text/csv; charset=utf-8")


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as a workbook: the draw, its strata, the households in the actor's scope with results."""
    found = queries.draw_get(actor=request.user, draw_id=pk)
    _export(request, found, "inspection")
    return download(workbook(request.user, found), f"{found.title}-{found.pk}.xlsx")


def _export(request: HttpRequest, found: Draw, kind: str) -> None:
    record(
        Action.EXPORT, actor=request.user, object_type=kind, object_id=found.pk, county_code=found.county_code,
        detail={"households": found.drawn},
    )  # fmt: skip
