"""Case conferences and applications: lists and pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import scope_of
from doudi.apps.assistance.items import item_name
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.casework import forms, queries, services
from doudi.apps.casework.models import Channel
from doudi.apps.casework.policy import switches_for
from doudi.apps.casework.states import APPLICATION, CONFERENCE
from doudi.apps.casework.views.alerts import item_choices
from doudi.apps.casework.views.steps import Step, page_of, plain, run_step, shown_steps
from doudi.apps.determination.services import RESULTS
from doudi.apps.registry import queries as registry


def _conference_form(actor: User, conference: Any, **arguments: Any) -> forms.StepForm:
    units = [unit for unit in queries.units_serving(conference) if unit.department not in ("VILLAGE", "PLATFORM")]
    pack = switches_for(conference.village_code or conference.county_code).pack
    return forms.ConferenceForm(items=item_choices(pack), units=units, **arguments)


def _carried_out_form(actor: User, conference: Any, **arguments: Any) -> forms.StepForm:
    form = forms.CarriedOutForm(**arguments)
    if not conference.item:
        del form.fields["carried_out_on"], form.fields["amount"]
    return form


CONFERENCE_STEPS: dict[str, Step] = {
    "decide": Step(
        "记录议定事项",
        "保存议定事项",
        _conference_form,
        lambda actor, row, form: services.conference_decide(
            actor=actor, conference_id=row.pk, **form.values(), **form.step()
        ),
        "已记录议定事项。",
    ),
    "close": Step(
        "落实并办结",
        "办结",
        _carried_out_form,
        lambda actor, row, form: services.conference_close(
            actor=actor, conference_id=row.pk, **form.values(), **form.step()
        ),
        "一事一议事项已办结。",
    ),
}

APPLICATION_STEPS: dict[str, Step] = {
    "review": Step(
        "审核",
        "测算并提出审核意见",
        plain(forms.OpinionForm),
        lambda actor, row, form: services.application_review(
            actor=actor, application_id=row.pk, **form.values("opinion"), **form.step()
        ),
        "已测算并提出审核意见。",
        "系统按登记的家庭情况和本地政策测算，测算结果供审核使用",
    ),
    "check": Step(
        "第二人复核",
        "提交复核意见",
        plain(forms.OpinionForm),
        lambda actor, row, form: services.application_check(
            actor=actor, application_id=row.pk, **form.values("opinion"), **form.step()
        ),
        "已提交复核意见。",
        "该户有近亲属备案，须由受理人、审核人以外的人员复核",
    ),
    "decide": Step(
        "作出决定",
        "提交决定",
        lambda actor, row, **arguments: forms.DecideForm(review=row.channel == Channel.REVIEW, **arguments),
        lambda actor, row, form: services.application_decide(
            actor=actor,
            application_id=row.pk,
            approve=form.cleaned_data["approve"] == "yes",
            **form.values("reason"),
            **form.step(),
        ),
        "已作出决定。",
    ),
}


@require_GET
def conferences(request: HttpRequest) -> HttpResponse:
    given = request.GET
    wanted = {"state": given.get("state", ""), "overdue": given.get("overdue") == "1", "q": given.get("q", "")}
    page = queries.conference_list(actor=request.user, cursor=given.get("cursor"), **wanted)
    return page_of(
        request,
        "casework/conferences.html",
        page=page,
        process=CONFERENCE,
        counters=queries.counters(actor=request.user),
        **wanted,
    )


@require_GET
def conference(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.conference_get(actor=request.user, conference_id=pk)
    _read(request, "conference", row.conference_no, row)
    return _show_conference(request, row, {})


@require_POST
def conference_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    row = queries.conference_get(actor=request.user, conference_id=pk)
    return run_step(
        request,
        row=row,
        name=step,
        steps=CONFERENCE_STEPS,
        page="casework:conference",
        show=lambda bound: _show_conference(request, row, bound),
    )


def _show_conference(request: HttpRequest, row: Any, bound: dict[str, forms.StepForm]) -> HttpResponse:
    events = [transition.event for transition in CONFERENCE.events(row.state, scope_of(request.user).roles)]
    return page_of(
        request,
        "casework/conference.html",
        conference=row,
        item_name=item_name,
        steps=_steps(request, row, events, CONFERENCE_STEPS, "casework:conference_step", bound),
        **_about(request, row, CONFERENCE),
    )


@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    given = request.GET
    wanted = {name: given.get(name, "") for name in ("state", "channel", "q")}
    page = queries.application_list(actor=request.user, cursor=given.get("cursor"), **wanted)
    return page_of(
        request,
        "casework/applications.html",
        page=page,
        process=APPLICATION,
        counters=queries.counters(actor=request.user),
        channels=Channel.choices,
        results=RESULTS,
        **wanted,
    )


@require_GET
def application(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.application_get(actor=request.user, application_id=pk)
    _read(request, "application", row.application_no, row)
    return _show_application(request, row, {})


@require_POST
def application_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    row = queries.application_get(actor=request.user, application_id=pk)
    return run_step(
        request,
        row=row,
        name=step,
        steps=APPLICATION_STEPS,
        page="casework:application",
        show=lambda bound: _show_application(request, row, bound),
    )


def _show_application(request: HttpRequest, row: Any, bound: dict[str, forms.StepForm]) -> HttpResponse:
    actor = request.user
    roles = scope_of(actor).roles
    events = {transition.event for transition in APPLICATION.events(row.state, roles)}
    switches = switches_for(row.village_code or row.county_code)
    checked = row.checked_by_id is not None or not row.household.has_staff_relative
    names = [name for name in ("review",) if name in events]
    if "check" in events and not checked and actor.pk not in (row.submitted_by_id, row.reviewed_by_id):
        names.append("check")
    if "approve" in events and checked and switches.deciding_role in roles and actor.pk != row.reviewed_by_id:
        names.append("decide")
    return page_of(
        request,
        "casework/application.html",
        application=row,
        decision=row.decision,
        results=RESULTS,
        switches=switches,
        needs_check=not checked,
        steps=_steps(request, row, names, APPLICATION_STEPS, "casework:application_step", bound),
        **_about(request, row, APPLICATION),
    )


def _about(request: HttpRequest, row: Any, process: Any) -> dict[str, Any]:
    household = registry.household_get(request.user, row.household_id)
    return {
        "state": process.state(row.state),
        "stepper": process.stepper(row.state),
        "household": registry.shown(request.user, household),
        "members": registry.household_members(request.user, household),
    }


def _steps(request: HttpRequest, row: Any, names: Any, steps: dict[str, Step], page: str, bound: Any) -> Any:
    return shown_steps(request, row=row, names=list(names), steps=steps, page=page, bound=bound, version=row.version)


def _read(request: HttpRequest, kind: str, number: str, row: Any) -> None:
    record(Action.READ, actor=request.user, object_type=kind, object_id=number, household_id=row.household_id)
