"""List, household page with its tabs, values in clear, global search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from doudi.apps.accounts.scope import require
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.paging import Page
from doudi.apps.registry import queries, services
from doudi.apps.registry.forms import HouseholdSearch, RevealForm
from doudi.apps.registry.search import found_elsewhere
from doudi.apps.registry.services.persons import REVEALABLE
from doudi.apps.registry.tabs import tabs_for

REGISTER_COLOURS = {"ACTIVE": "green", "WATCH": "orange", "RETAINED": "grey", "ARCHIVED": "grey"}
CATEGORY_COLOURS = {
    "TEKUN": "purple",
    "DIBAO": "blue",
    "MARGIN": "orange",
    "RIGID": "yellow",
    "FANPIN": "green",
    "OTHER": "grey",
}
PAGE_SIZES = (20, 50)
COLOURS = {"category_colours": CATEGORY_COLOURS, "register_colours": REGISTER_COLOURS}


@require_GET
def household_list(request: HttpRequest) -> HttpResponse:
    """The search form over the households in the actor's scope; all state is in the address."""
    require(request.user, "household.list")
    form = HouseholdSearch(request.GET or None, actor=request.user)
    size = next((size for size in PAGE_SIZES if str(size) == request.GET.get("size")), PAGE_SIZES[0])
    status = 200
    if not form.is_bound:
        page = queries.household_list(request.user)
    elif form.is_valid():
        page = queries.household_list(request.user, form.filters(), request.GET.get("cursor"), size=size)
    else:
        page, status = Page([], None, None, 0, False), 422
    rows = queries.shown_many(request.user, page.rows)
    context = {"form": form, "page": page, "rows": rows, "size": size, "sizes": PAGE_SIZES, **COLOURS}
    return render(request, "registry/list.html", context, status=status)


@require_GET
def household(request: HttpRequest, household_id: int) -> HttpResponse:
    """One household: the tab of the address, the assistance chain first. Opening it is logged."""
    found = queries.household_get(request.user, household_id)
    tabs = tabs_for(request.user)
    if not tabs:
        raise NotFound()
    tab = next((tab for tab in tabs if tab.key == request.GET.get("tab")), tabs[0])
    record(
        Action.READ,
        actor=request.user,
        object_type="household",
        object_id=found.pk,
        household_id=found.pk,
        county_code=found.county_code,
        detail={"tab": tab.key},
    )
    context = {"household": found, "shown": queries.shown(request.user, found), "tabs": tabs, "tab": tab, **COLOURS}
    return render(request, "registry/household.html", {**context, **tab.context(request.user, found)})


@never_cache
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, person_id: int, field: str) -> HttpResponse:
    """Ask for the reason, then show one value. It stands in the answer to the POST only: never in an address."""
    require(request.user, "reveal")
    if field not in REVEALABLE:
        raise NotFound()
    person, found = queries.person_get(request.user, person_id)
    form, value, status = RevealForm(request.POST or None), None, 200
    if request.method == "POST":
        if form.is_valid():
            try:
                value = services.reveal(
                    actor=request.user, person_id=person.pk, field=field, reason=form.cleaned_data["reason"]
                )
            except Invalid as error:
                form.add_error("reason", error.what)
        status = 200 if value is not None else 422
    context = {
        "form": form,
        "value": value,
        "label": REVEALABLE[field][0],
        "name": person.name,
        "shown": queries.shown(request.user, found),
    }
    return render(request, "registry/reveal.html", context, status=status)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Name, ID number or its last six, household number, or whatever other apps find; a single hit opens at once."""
    text = request.GET.get("q", "").strip()[:40]
    households = queries.search(request.user, text)
    others = found_elsewhere(request.user, text) if text else []
    if len(households) + len(others) == 1:
        return redirect(others[0].href) if others else redirect("registry:household", households[0].pk)
    rows = queries.shown_many(request.user, households)
    return render(request, "registry/search.html", {"text": text, "rows": rows, "others": others, **COLOURS})
