"""Pages of the year's screening: campaigns, coverage and list of one, a household's result, a file of results."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts.scope import may, require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base import clock
from doudi.apps.casework.views.steps import attempt
from doudi.apps.divisions.models import Level
from doudi.apps.inspection import queries, services
from doudi.apps.inspection.forms import CampaignForm, EntryForm, ImportForm
from doudi.apps.inspection.models import CAMPAIGN_COLOURS, Campaign
from doudi.apps.inspection.queries.campaigns import entry_get, left_by_campaign, left_rows
from doudi.apps.inspection.services.results_file import COLUMNS
from doudi.apps.inspection.views.common import download, own_divisions, posted, shown_households

_REMIND_DAYS = 60


@require_http_methods(["GET", "POST"])
def campaigns(request: HttpRequest) -> HttpResponse:
    form = None
    if may(request.user, "screening.open"):
        form = CampaignForm(posted(request), divisions=own_divisions(request, Level.COUNTY))
    if request.method == "POST":
        require(request.user, "screening.open")
        made: list[Campaign] = []
        if form and attempt(form, lambda: made.append(services.campaign_open(actor=request.user, **form.values()))):
            messages.success(request, "集中排查已建立，名单已生成。")
            return redirect("inspection:campaign", made[0].pk)
    page = queries.campaign_list(actor=request.user, cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "form": form,
        "counts": left_by_campaign(actor=request.user, ids=[row.pk for row in page.rows]),
        "colours": CAMPAIGN_COLOURS,
    }
    return render(request, "inspection/campaigns.html", context, status=422 if form and form.is_bound else 200)


@require_GET
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    return _campaign(request, pk, ImportForm())


def _campaign(request: HttpRequest, pk: int, form: ImportForm, status: int = 200) -> HttpResponse:
    found = queries.campaign_get(actor=request.user, campaign_id=pk)
    given = request.GET
    state, township, village = given.get("state", "left"), given.get("township", ""), given.get("village", "")
    page = queries.entry_list(
        actor=request.user, campaign_id=pk, state=state, township=township, village=village, q=given.get("q", ""),
        cursor=given.get("cursor"),
    )  # fmt: skip
    whole, *places = queries.coverage(actor=request.user, campaign_id=pk, township=township)
    days = (found.due_on - clock.today()).days
    context = {
        "campaign": found,
        "page": page,
        "households": shown_households(request, page.rows),
        "whole": whole,
        "places": places,
        "state": state,
        "township": township,
        "village": village,
        "q": given.get("q", ""),
        "days": days,
        "remind": whole.left > 0 and days <= _REMIND_DAYS,
        "colours": CAMPAIGN_COLOURS,
        "form": form if may(request.user, "inspection.manage") else None,
    }
    return render(request, "inspection/campaign.html", context, status=status)


@require_POST
def import_results(request: HttpRequest, pk: int) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    taken: list[int] = []
    scratch = Path(settings.HOME) / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "results"

        def do() -> None:
            with path.open("wb") as target:
                for block in form.cleaned_data["file"].chunks():
                    target.write(block)
            key = form.cleaned_data["idempotency_key"] or None
            taken.append(services.entries_import(actor=request.user, campaign_id=pk, path=path, key=key))

        if attempt(form, do):
            messages.success(request, f"已导入 {taken[0]} 户的排查结果。")
            return redirect("inspection:campaign", pk)
    return _campaign(request, pk, form, status=422)


@require_GET
def left_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The households still to be screened in the actor's scope, as a file to fill in and import."""
    found = queries.campaign_get(actor=request.user, campaign_id=pk)
    rows = left_rows(actor=request.user, campaign_id=pk, township=request.GET.get("township", ""))
    shown = shown_households(request, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "户主", "乡镇（街道）", "村（社区）"])
    for row in rows:
        home = shown[row.household_id]
        writer.writerow([home.household_no, "", "", "", _plain(home.head_name), home.township, home.village])
    record(
        Action.EXPORT, actor=request.user, object_type="screening", object_id=pk, county_code=found.county_code,
        detail={"households": len(rows)},
    )  # fmt: skip
    return download(text.getvalue().encode("utf-8-sig"), f"{found.year}年待排查名单.csv", "text/csv; charset=utf-8")


def _plain(text: str) -> str:
    """A name that a spreadsheet would take for a formula."""
    return f"'{text}" if text[:1] in "=+-@" else text


@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    row = entry_get(actor=request.user, entry_id=pk)
    form = EntryForm(posted(request))
    if request.method == "POST" and attempt(
        form, lambda: services.entry_record(actor=request.user, entry_id=pk, **form.values())
    ):
        messages.success(request, "排查结果已记录。")
        return redirect(f"{reverse('inspection:campaign', args=[row.campaign_id])}?village={row.village_code}")
    context = {
        "row": row,
        "household": shown_households(request, [row])[row.household_id],
        "form": form if may(request.user, "inspection.manage") else None,
    }
    return render(request, "inspection/entry.html", context, status=422 if form.is_bound else 200)
