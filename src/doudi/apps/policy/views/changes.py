"""Pages of a parameter change: list, draft, trial, publication, withdrawal, and the households that it moves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts.scope import may, require, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound, Refused
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.policy import packs, queries, services
from doudi.apps.policy.forms import ChangeForm
from doudi.apps.policy.models import ParameterChange
from doudi.apps.policy.states import CHANGE
from doudi.apps.policy.values import AREA_LABELS, in_words
from doudi.apps.registry import queries as registry
from doudi.engine.rules import Pack, Parameter, load_pack
from doudi.engine.rules.schema import CODES

_FIELDS = ("area", "valid_from", "document", "reason")
_DONE = {
    "publish": "已发布，自起始日期起按新数测算。",
    "withdraw": "已撤回。",
    "try": "已提交试算，完成后结果显示在本页。",
}


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """The changes that concern the actor's division, newest first."""
    state = request.GET.get("state", "")
    state = state if state in dict(CHANGE.choices()) else ""
    page = queries.change_list(request.user, state, request.GET.get("cursor"))
    states = [(one.label, f"?state={one.code}", one.code == state, None) for one in CHANGE.states]
    context = {
        "page": page,
        "rows": [(row, *_words(row)) for row in page.rows],
        "tabs": [("全部", "?", not state, None), *states],
        "areas": AREA_LABELS,
        "process": CHANGE,
        "waiting": queries.waiting(request.user),
        "pack": queries.pack_for(request.user.unit.division_id),
        "may_draft": may(request.user, "policy.draft"),
    }
    return render(request, "policy/changes.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, parameter: str) -> HttpResponse:
    """The draft of a change of one parameter."""
    actor = request.user
    require(actor, "policy.draft")
    places = _places(actor)
    if not places:
        raise Refused("您的岗位没有可以调整参数的地区。")
    pack = load_pack(queries.pack_for(request.POST.get("division") or places[0][0]))
    one = _parameter(pack, parameter)
    form = ChangeForm(
        request.POST or None,
        parameter=one,
        divisions=places,
        document_decides=queries.decided_by_document(one, clock.today()),
        initial={"area": request.GET.get("area", "")},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def do() -> int:
            return services.change_draft(
                actor=actor,
                division=values["division"],
                parameter=parameter,
                **_fields(values),
            ).pk

        try:
            pk, _ = once(values["idempotency_key"], actor=actor, action=f"change.draft:{parameter}"[:60], do=do)
        except Invalid as error:
            _show(form, error)
        else:
            return redirect("policy:change", pk)
    return _form(request, form, pack, one, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The drafter's correction of an open change."""
    actor = request.user
    change = queries.change_get(actor, pk)
    pack, one = queries.described(change)
    require(actor, "policy.draft")
    form = ChangeForm(
        request.POST or None,
        parameter=one,
        divisions=[(change.division, divisions.division_name(change.division))],
        document_decides=queries.decided_by_document(one, change.valid_from),
        initial={
            **{name: getattr(change, name) for name in (*_FIELDS, "division", "version")},
            "value": _typed(change.value),
            "back": change.value is None,
        },
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data

        def do() -> int:
            version = values["version"] if values["version"] is not None else -1
            return services.change_edit(actor=actor, change_id=pk, version=version, **_fields(values)).pk

        try:
            once(values["idempotency_key"], actor=actor, action=f"change.edit:{pk}", do=do)
        except Invalid as error:
            _show(form, error)
        else:
            messages.success(request, "已修改，请重新试算。")
            return redirect("policy:change", pk)
    return _form(request, form, pack, one, change)


@require_GET
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: what it says, its trial, what may be done now."""
    return _page(request, queries.change_get(request.user, pk))


@require_POST
def step(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Try, publish or withdraw; sent twice it is done once."""
    actor = request.user
    given = request.POST.get("version", "")
    version = int(given) if given.isdigit() and len(given) < 8 else -1
    verbs = {
        "try": lambda: services.trial_request(actor=actor, change_id=pk, version=version).pk,
        "publish": lambda: services.change_publish(actor=actor, change_id=pk, version=version).pk,
        "withdraw": lambda: (
            services.change_withdraw(
                actor=actor, change_id=pk, version=version, reason=request.POST.get("reason", "")
            ).pk
        ),
    }
    if event not in verbs:
        raise NotFound("没有这个操作。")
    try:
        once(request.POST.get("idempotency_key"), actor=actor, action=f"change.{event}:{pk}", do=verbs[event])
    except Invalid as error:
        return _page(request, queries.change_get(actor, pk), error=f"{error.what}，{error.hint}")
    messages.success(request, _DONE[event])
    return redirect("policy:change", pk)


@require_GET
def moves(request: HttpRequest, pk: int) -> HttpResponse:
    """The households in the actor's divisions whose category or amount the latest trial changes."""
    found = queries.change_get(request.user, pk)
    trial = queries.trial_of(found)
    if trial is None or trial.state != "DONE":
        raise NotFound("这项调整还没有完成的试算。")
    kind = request.GET.get("kind", "")
    page = queries.move_list(request.user, trial, kind, request.GET.get("cursor"))
    shown = {row.id: row for row in registry.shown_many(request.user, [move.household for move in page.rows])}
    _, one = queries.described(found)
    context = {
        "change": found,
        "parameter": one,
        "page": page,
        "shown": shown,
        "codes": CODES,
        "tabs": [
            (label, f"?kind={code}", code == kind, None)
            for code, label in (("", "全部"), ("category", "类别变化"), ("amount", "金额变化"))
        ],
    }
    return render(request, "policy/moves.html", context)


def _page(request: HttpRequest, found: ParameterChange, error: str = "") -> HttpResponse:
    actor = request.user
    pack, one = queries.described(found)
    before, after = queries.effect_of(found)
    roles = scope_of(actor).roles
    events = {t.event for t in CHANGE.events(found.state, roles)} if _acts(actor, found) else set()
    if found.drafted_by_id == actor.pk:
        events.discard("publish")
    else:
        events.discard("edit")
    trial = queries.trial_of(found)
    context: dict[str, Any] = {
        "change": found,
        "pack": pack,
        "parameter": one,
        "before": before.words,
        "after": after.words,
        "value": in_words(pack, one, found.value),
        "notices": queries.notices(found) if found.state in ("DRAFT", "TRIED") else [],
        "steps": CHANGE.stepper(found.state),
        "process": CHANGE,
        "areas": AREA_LABELS,
        "events": events,
        "trial": trial,
        "total": trial.report["scenarios"][0] if trial and trial.report else None,
        "codes": CODES,
        "error": error,
        "may_list": may(actor, "household.list"),
        "past": found.state == "PUBLISHED" and found.valid_from < clock.today().replace(day=1),
    }
    return render(request, "policy/change.html", context, status=422 if error else 200)


def _acts(actor: Any, found: ParameterChange) -> bool:
    return any(queries.acts_for(actor, one, found.division) for one in ("policy.draft", "policy.publish"))


def _form(
    request: HttpRequest, form: ChangeForm, pack: Pack, one: Parameter, change: ParameterChange | None
) -> HttpResponse:
    own = queries.county_of(request.user.unit.division_id)  # type: ignore[union-attr]
    today = clock.today()
    local = queries.in_force(own, today, pack=pack.name)
    context = {
        "form": form,
        "pack": pack,
        "parameter": one,
        "now": packs.parameter_row(pack, one, local, today, own),
        "change": change,
    }
    return render(request, "policy/change_form.html", context, status=422 if form.errors else 200)


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    return {"value": values["value"], **{name: values.get(name, "") for name in _FIELDS}}


def _places(actor: Any) -> list[tuple[str, str]]:
    """The actor's own divisions and, of a city, its counties."""
    codes: dict[str, str] = {}
    for code in queries.divisions_of(actor, "policy.draft"):
        codes[code] = divisions.division_name(code)
        if len(queries.stem(code)) == 4:
            codes |= {child.code: child.name for child in divisions.children(code)}
    return list(codes.items())


def _parameter(pack: Pack, name: str) -> Parameter:
    if name not in pack.parameters:
        raise NotFound("本地区适用的政策文件没有这个参数。")
    return pack.parameters[name]


def _words(row: ParameterChange) -> tuple[str, str]:
    pack, one = queries.described(row)
    return one.label, in_words(pack, one, row.value)


def _typed(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    return {True: "true", False: "false", None: ""}.get(value, value) if not isinstance(value, str) else value


def _show(form: ChangeForm, error: Invalid) -> None:
    form.add_error(error.where if error.where in form.fields else None, f"{error.what}，{error.hint}")
