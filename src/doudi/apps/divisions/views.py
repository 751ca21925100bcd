"""The tree of divisions, for administrators: one level a page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.divisions import services
from doudi.apps.divisions.models import Division, Level
from doudi.apps.divisions.queries import ancestry, children, division_get, division_names


@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """The divisions below ``?code=``, or the provinces."""
    require(request.user, "user.manage")
    return _page(request, request.GET.get("code", ""))


@require_POST
def grid_new(request: HttpRequest) -> HttpResponse:
    """Add a grid below a village."""
    code, number, name = (request.POST.get(field, "").strip() for field in ("village", "number", "name"))
    try:
        grid = services.grid_create(actor=request.user, village_code=code, number=number, name=name)
    except Invalid as error:
        return _page(request, code, wrong=f"{error.what}。{error.hint or ''}", status=422)
    messages.success(request, f"网格“{grid.name}”已建立。")
    return redirect(f"{reverse('divisions:tree')}?code={code}")


def _page(request: HttpRequest, code: str, wrong: str = "", status: int = 200) -> HttpResponse:
    found: Division | None = division_get(code) if code else None
    if code and found is None:
        raise NotFound("没有这个区划。")
    above = ancestry(code) if code else []
    names = division_names(above)
    context = {
        "found": found,
        "path": [(one, names[one]) for one in above if one in names],
        "rows": children(code or None),
        "levels": dict(Level.choices),
        "is_village": found is not None and found.level == Level.VILLAGE,
        "wrong": wrong,
        "posted": request.POST,
    }
    return render(request, "divisions/tree.html", context, status=status)
