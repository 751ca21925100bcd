"""The access log's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doudi.apps.accounts.scope import require
from doudi.apps.audit.forms import LogSearch
from doudi.apps.audit.models import OBJECTS
from doudi.apps.audit.queries import LogFilters, log_page
from doudi.apps.base.paging import Page


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Accesses within the reader's reach, newest first; all filters stand in the address."""
    require(request.user, "audit.read")
    form = LogSearch(request.GET)
    page, status = Page([], None, None, 0, False), 422
    if form.is_valid():
        filters = LogFilters(**form.cleaned_data)
        page, status = log_page(actor=request.user, filters=filters, cursor=request.GET.get("cursor")), 200
    return render(request, "audit/log.html", {"form": form, "page": page, "objects": OBJECTS}, status=status)
