"""Referrals: a department's inbox and the office's view of the same matters."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.assistance import queries as assistance
from doudi.apps.assistance.items import item, item_name, items, items_of
from doudi.apps.audit.models import Action
from doudi.apps.audit.services import record
from doudi.apps.base.errors import NotFound
from doudi.apps.casework import forms, queries, services
from doudi.apps.casework.limits import LIMITS
from doudi.apps.casework.queries.referrals import is_department
from doudi.apps.casework.states import REFERRAL
from doudi.apps.casework.views.steps import Step, page_of, plain, run_step, shown_steps
from doudi.apps.registry import queries as registry


def _feedback_form(actor: User, referral: Any, **arguments: Any) -> forms.StepForm:
    choices = [(one.code, one.name) for one in items_of(referral.to_unit.department)]
    arguments.setdefault("initial", {}).setdefault("item", referral.item)
    return forms.FeedbackForm(items=choices, **arguments)


def _resend_form(actor: User, referral: Any, **arguments: Any) -> forms.StepForm:
    units = queries.units_serving(referral, item(referral.item).departments)
    return forms.ResendForm(units=units, **arguments)


def _feedback(actor: User, referral: Any, form: forms.StepForm) -> Any:
    values = form.values("item", "given_on", "amount", "period", "note")
    values["item"] = values["item"] or referral.item
    given = form.cleaned_data["given"] == "yes"
    return services.referral_feedback(actor=actor, referral_id=referral.pk, given=given, **values, **form.step())


STEPS: dict[str, Step] = {
    "accept": Step(
        "签收",
        "签收",
        plain(forms.StepForm),
        lambda actor, row, form: services.referral_accept(actor=actor, referral_id=row.pk, **form.step()),
        "已签收，请在时限内办理并反馈。",
    ),
    "feedback": Step(
        "反馈救助帮扶信息",
        "提交反馈",
        _feedback_form,
        _feedback,
        "已反馈，救助帮扶信息已记入该户救助链。",
    ),
    "reject": Step(
        "退回",
        "退回",
        lambda actor, row, **arguments: forms.ReasonForm(label="退回理由", **arguments),
        lambda actor, row, form: services.referral_reject(
            actor=actor, referral_id=row.pk, **form.values("reason"), **form.step()
        ),
        "已退回，民政部门会看到理由。",
        "不属于本单位职责或情况不清时退回；第二次退回将提交一事一议",
    ),
    "resend": Step(
        "补充说明后重新转办",
        "重新转办",
        _resend_form,
        lambda actor, row, form: services.referral_resend(
            actor=actor, referral_id=row.pk, **form.values("need", "to_unit_id"), **form.step()
        ),
        "已重新转办。",
    ),
    "close": Step(
        "办结转办",
        "办结",
        plain(forms.StepForm),
        lambda actor, row, form: services.referral_close(actor=actor, referral_id=row.pk, **form.step()),
        "转办事项已办结。",
        "办结后，该单位不再看到该户信息",
    ),
}


@require_GET
def referrals(request: HttpRequest) -> HttpResponse:
    given = request.GET
    unit = given.get("unit", "")
    filters = queries.ReferralFilters(
        state=given.get("state", ""),
        overdue=given.get("overdue") == "1",
        item=given.get("item", ""),
        unit=int(unit) if unit.isdecimal() else None,
        township=given.get("township", ""),
        q=given.get("q", ""),
    )
    page = queries.referral_list(actor=request.user, filters=filters, cursor=given.get("cursor"))
    department = is_department(request.user)
    choices = items_of(request.user.unit.department) if department else items().values()
    return page_of(
        request,
        "casework/referrals.html",
        page=page,
        filters=filters,
        department=department,
        process=REFERRAL,
        counters=queries.counters(actor=request.user),
        items=[(one.code, one.name) for one in choices],
        item_name=item_name,
        households={one.id: one for one in registry.shown_many(request.user, _households(page.rows))},
    )


def _households(rows: list[Any]) -> list[Any]:
    return list({row.household_id: row.household for row in rows}.values())


@require_GET
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.referral_get(actor=request.user, referral_id=pk)
    actor, household_id = request.user, row.household_id
    record(Action.READ, actor=actor, object_type="referral", object_id=row.referral_no, household_id=household_id)
    return _show(request, row, {})


@require_POST
def referral_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    row = queries.referral_get(actor=request.user, referral_id=pk)
    return run_step(
        request,
        row=row,
        name=step,
        steps=STEPS,
        page="casework:referral",
        show=lambda bound: _show(request, row, bound),
    )


def _show(request: HttpRequest, row: Any, bound: dict[str, forms.StepForm]) -> HttpResponse:
    actor = request.user
    household, members = None, []
    try:
        found = registry.household_get(actor, row.household_id)
        household, members = registry.shown(actor, found), registry.household_members(actor, found)
    except NotFound:
        pass  # the unit's access has ended: only the matter itself is shown
    roles = scope_of(actor).roles
    events = [transition.event for transition in REFERRAL.events(row.state, roles)]
    own = row.to_unit_id == actor.unit_id
    allowed = {"accept": own, "feedback": own, "reject": own, "resend": True, "close": True}
    order = [name for name in STEPS if name in events and allowed[name]]
    return page_of(
        request,
        "casework/referral.html",
        referral=row,
        state=REFERRAL.state(row.state),
        stepper=REFERRAL.stepper(row.state),
        household=household,
        members=members,
        item_name=item_name,
        limits=LIMITS,
        received=assistance.received(actor=actor, household_id=row.household_id).filter(ref=f"referral:{row.pk}"),
        may_open_alert=row.alert_id is not None and may(actor, "alert.read") and not is_department(actor),
        department=is_department(actor),
        steps=shown_steps(
            request,
            row=row,
            names=order,
            steps=STEPS,
            page="casework:referral_step",
            bound=bound,
            version=row.version,
        ),
    )
