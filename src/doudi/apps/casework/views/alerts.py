"""The alert's page: why it was raised, the household, what was done, and the form for the next step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.assistance.items import item_name, items
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.casework import forms, queries, services
from doudi.apps.casework.disposals import offered
from doudi.apps.casework.models import Channel
from doudi.apps.casework.services.closing import OWN_DEPARTMENTS
from doudi.apps.casework.states import APPLICATION, CONFERENCE, REFERRAL
from doudi.apps.casework.views.steps import Step, page_of, plain, run_step, shown_steps
from doudi.apps.chain import queries as chain
from doudi.apps.monitoring import queries as monitoring
from doudi.apps.monitoring.states import ALERT
from doudi.apps.registry import queries as registry

Form = forms.StepForm
EVENTS_SHOWN = 20


def _assign_form(actor: User, alert: Any, **arguments: Any) -> Form:
    visitors = queries.visitors_for([alert.village_code], [alert.township_code])
    return forms.AssignForm(visitors=visitors, **arguments)


def item_choices(pack: str, departments: tuple[str, ...] | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The catalogue's items as grouped choices, those that the pack's document names first in their group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in sorted(items().values(), key=lambda one: pack not in one.named_in):
        if one.departments and (departments is None or set(one.departments) & set(departments)):
            groups.setdefault(one.layer_name, []).append((one.code, one.name))
    return sorted(groups.items(), key=lambda group: list(_LAYERS).index(group[0]))


_LAYERS = dict.fromkeys(one.layer_name for one in items().values())


def _refer_form(actor: User, alert: Any, **arguments: Any) -> Form:
    units = [unit for unit in queries.units_serving(alert) if unit.department not in ("VILLAGE", "AUDIT", "PLATFORM")]
    return forms.ReferForm(items=item_choices(alert.pack), units=units, **arguments)


def _supply_form(actor: User, alert: Any, **arguments: Any) -> Form:
    return forms.GivenForm(items=item_choices(alert.pack, OWN_DEPARTMENTS), **arguments)


def _adjust_form(actor: User, alert: Any, **arguments: Any) -> Form:
    form = forms.AdjustForm(label="核实情况和理由", **arguments)
    if alert.person_id is None or not may(actor, "application.create"):
        del form.fields["died_on"]
    return form


STEPS: dict[str, Step] = {
    "assign": Step(
        "派发核查",
        "派发",
        _assign_form,
        lambda actor, alert, form: services.visit_assign(
            actor=actor,
            alert_ids=[alert.pk],
            versions=None if form.cleaned_data["version"] is None else {alert.pk: form.cleaned_data["version"]},
            key=form.step()["key"],
            **form.values("visitor_id", "instruction"),
        ),
        "已派发，走访人员可在手机端看到任务。",
        "该户所有待核查的预警合并为一次走访，以最早的时限为准",
    ),
    "apply": Step(
        "启动申请",
        "启动申请",
        plain(forms.ApplyForm),
        lambda actor, alert, form: services.application_submit(
            actor=actor, alert_id=alert.pk, **form.values("reason"), **form.step()
        ),
        "已启动申请，请到“申请”中审核。",
    ),
    "refer": Step(
        "转办部门",
        "转办",
        _refer_form,
        lambda actor, alert, form: services.referral_send(
            actor=actor, alert_id=alert.pk, **form.values("kind", "item", "to_unit_id", "need"), **form.step()
        ),
        "已转办，部门签收和反馈后会记入救助链。",
    ),
    "supply": Step(
        "直接落实",
        "登记落实情况",
        _supply_form,
        lambda actor, alert, form: services.alert_supply(
            actor=actor, alert_id=alert.pk, **form.values("item", "given_on", "amount", "note"), **form.step()
        ),
        "已登记救助帮扶记录。",
    ),
    "inform": Step(
        "政策告知",
        "登记告知",
        plain(forms.InformForm),
        lambda actor, alert, form: services.alert_inform(
            actor=actor, alert_id=alert.pk, **form.values("method", "informed_on", "content"), **form.step()
        ),
        "已登记告知记录。",
    ),
    "conference": Step(
        "一事一议",
        "提请一事一议",
        plain(forms.SubjectForm),
        lambda actor, alert, form: services.conference_propose(
            actor=actor, alert_id=alert.pk, **form.values("subject"), **form.step()
        ),
        "已提请一事一议。",
    ),
    "adjust": Step(
        "核实并调整终止",
        "发起复核",
        _adjust_form,
        lambda actor, alert, form: services.application_submit(
            actor=actor, alert_id=alert.pk, channel=Channel.REVIEW, **form.values(), **form.step()
        ),
        "已发起复核；在认定机关作出决定之前，待遇不变。",
    ),
    "watch": Step(
        "继续观察",
        "继续观察",
        plain(forms.WatchForm),
        lambda actor, alert, form: services.alert_watch(
            actor=actor, alert_id=alert.pk, **form.values("until"), **form.step()
        ),
        "已转为继续观察。",
    ),
    "return": Step(
        "退回重新核查",
        "退回",
        lambda actor, alert, **arguments: forms.ReasonForm(label="退回理由", **arguments),
        lambda actor, alert, form: services.alert_return(
            actor=actor, alert_id=alert.pk, **form.values("reason"), **form.step()
        ),
        "已退回，请重新派发核查。",
        "核查情况不清楚时退回，请重新派发走访",
    ),
    "close": Step(
        "办结",
        "办结",
        lambda actor, alert, **arguments: (
            forms.ReasonForm(label="办结理由", **arguments)
            if alert.outcome
            else forms.CloseForm(label="办结理由", **arguments)
        ),
        lambda actor, alert, form: services.alert_close(actor=actor, alert_id=alert.pk, **form.values(), **form.step()),
        "预警已办结。",
    ),
}


def next_steps(actor: User, alert: Any) -> list[str]:
    """The names of the steps that the actor may take now, the usual one first."""
    events = {transition.event for transition in ALERT.events(alert.state, scope_of(actor).roles)}
    names: list[str] = []
    if "assign" in events:
        names.append("assign")
    if "dispose" in events:
        ways = offered(alert_class=alert.alert_class, pack=alert.pack, outcome=alert.outcome)
        names += [way.code.lower() for way in ways if may(actor, way.operation)]
    if "redispose" in events:
        names += ["refer"] if _in_conference(actor, alert) else ["refer", "conference"]
    if "return" in events:
        names.append("return")
    if events & {"close", "close_unneeded"} and "close" not in names:
        names.append("close")
    return names


def _in_conference(actor: User, alert: Any) -> bool:
    return any(one.state != "CLOSED" for one in queries.conferences_of_alert(actor=actor, alert_id=alert.pk))


@require_GET
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    row = monitoring.alert_get(actor=request.user, alert_id=pk)
    record(Action.READ, actor=request.user, object_type="alert", object_id=row.alert_no, household_id=row.household_id)
    return _show(request, row, {})


@require_POST
def alert_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    row = monitoring.alert_get(actor=request.user, alert_id=pk)
    return run_step(
        request, row=row, name=step, steps=STEPS, page="casework:alert", show=lambda bound: _show(request, row, bound)
    )


def _show(request: HttpRequest, row: Any, bound: dict[str, Form]) -> HttpResponse:
    actor = request.user
    household = registry.household_get(actor, row.household_id)
    matters = {
        "referrals": queries.referrals_of_alert(actor=actor, alert_id=row.pk),
        "conferences": queries.conferences_of_alert(actor=actor, alert_id=row.pk),
        "applications": queries.applications_of_alert(actor=actor, alert_id=row.pk),
        "visits": queries.visits_of_alert(actor=actor, alert_id=row.pk),
    }
    task = queries.open_task_of_alert(actor=actor, alert_id=row.pk)
    documents = [f"alert:{row.pk}", *(f"visit:{one.task_id}" for one in matters["visits"])]
    documents += [f"{kind}:{one.pk}" for kind in _PROCESSES for one in matters[f"{kind}s"]]
    others = [
        one
        for one in monitoring.open_alerts_of_household(actor=actor, household_id=row.household_id)
        if one.pk != row.pk
    ]
    steps = shown_steps(
        request,
        row=row,
        names=next_steps(actor, row),
        steps=STEPS,
        page="casework:alert_step",
        bound=bound,
        version=row.version,
    )
    if task:  # somebody is on the way: sending another one is the exception
        steps = [
            replace(one, open=False, label="转派他人") if one.name == "assign" and not bound else one for one in steps
        ]
    return page_of(
        request,
        "casework/alert.html",
        alert=row,
        why=monitoring.alert_why(actor=actor, alert=row),
        household=registry.shown(actor, household),
        members=registry.household_members(actor, household),
        stepper=ALERT.stepper(row.state),
        state=ALERT.state(row.state),
        steps=steps,
        task=task,
        own_task=task is not None and task.visitor_id == actor.pk,
        events=_events(actor, row, documents),
        others=others,
        item_name=item_name,
        process=_PROCESSES,
        **matters,
    )


def _events(actor: User, row: Any, documents: list[str]) -> list[Any]:
    """The chain's latest events about the alert and what grew out of it; the household's page has them all."""
    events = chain.household_chain(actor=actor, household_id=row.household_id).filter(document__in=documents)
    return list(events[:EVENTS_SHOWN])


_PROCESSES = {"referral": REFERRAL, "conference": CONFERENCE, "application": APPLICATION}
