"""Pages of the keys of departments' systems."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.exchange import queries, services
from doudi.apps.exchange.forms import KeyForm
from doudi.apps.registry import queries as registry
from doudi.engine.lake import load_contracts


@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    return _keys(request)


@require_http_methods(["GET", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    """A new key; the answer shows its text, which no address, message or log holds."""
    require(request.user, "feed.key")
    form = KeyForm(request.POST or None, counties=divisions.division_names(registry.counties_for_system()))
    if request.method == "POST" and form.is_valid():
        shown: list[str] = []

        def issue() -> int:
            key, text = services.key_issue(actor=request.user, **form.cleaned_data)
            shown.append(text)
            return key.pk

        try:
            once(request.POST.get("idempotency_key"), actor=request.user, action="key.issue", do=issue)
        except Invalid as error:
            text = f"{error.what}，{error.hint}" if error.hint else error.what
            form.add_error(error.where if error.where in form.fields else None, text)
        else:
            if shown:
                return _keys(request, text=shown[0])
            messages.info(request, "该请求已办理过。密钥只显示一次，如未记下请停用后重新签发。")
            return redirect("exchange:keys")
    return render(request, "exchange/key_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    services.key_revoke(actor=request.user, key_id=pk)
    messages.success(request, "密钥已停用，立即生效。")
    return redirect("exchange:keys")


def _keys(request: HttpRequest, text: str = "") -> HttpResponse:
    page = queries.key_list(actor=request.user, cursor=request.GET.get("cursor"))
    context = {"page": page, "text": text, "contracts": load_contracts(), "now": clock.now()}
    return render(request, "exchange/keys.html", context)
