"""What each indicator looks for, what came of it, and what the county has set for it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.base.idempotency import once
from doudi.apps.divisions import queries as divisions
from doudi.apps.monitoring import parameters, queries, services
from doudi.apps.monitoring.forms import SettingForm
from doudi.apps.monitoring.models import IndicatorSetting
from doudi.apps.monitoring.queries.basis import limit_text
from doudi.apps.monitoring.queries.indicators import STATES
from doudi.apps.monitoring.queries.settings import MOST_PERIODS
from doudi.apps.monitoring.states import SETTING
from doudi.apps.monitoring.views.common import SEVERITY_COLOURS, SEVERITY_LABELS, class_labels
from doudi.apps.policy import queries as policy
from doudi.engine.indicators import load_indicators, supervision_label

_DONE = {"publish": "已发布。", "withdraw": "已撤回。", "try": "已提交试算，完成后结果显示在本页。"}


@require_GET
def indicators(request: HttpRequest) -> HttpResponse:
    """Every indicator under the pack of the actor's county: class, state, last run, hit rate."""
    actor = request.user
    rows = queries.indicator_list(actor=actor)
    wanted = request.GET.get("show", "")
    shown = {
        "silent": [row for row in rows if row.state == "silent"],
        "off": [row for row in rows if row.state == "off"],
        "flagged": [row for row in rows if row.precision.flagged],
        "local": [row for row in rows if row.set_by],
    }
    context = {
        "rows": shown.get(wanted, rows),
        "tabs": [
            (label, f"?show={key}" if key else "?", key == wanted, len(shown[key]) if key else len(rows))
            for key, label in (
                ("", "全部"), ("silent", "试运行"), ("off", "已停用"), ("flagged", "属实率过低"), ("local", "本地设定")
            )
        ],
        "severities": SEVERITY_COLOURS,
        "severity_labels": SEVERITY_LABELS,
        "classes": class_labels(actor) | {"SUP": supervision_label()},
        "drafts": [(draft, *_words(draft)) for draft in queries.drafts_waiting(actor)],
        "cool_down_days": parameters.cool_down_days(),
        "reopen_days": parameters.reopen_days(),
        "flag_below": round(parameters.PRECISION_FLAG_BELOW * 100),
        "least_checked": parameters.PRECISION_LEAST_CHECKED,
    }  # fmt: skip
    return render(request, "monitoring/indicators.html", context)


@require_http_methods(["GET", "POST"])
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator in plain Chinese; a draft of a new threshold or state."""
    actor = request.user
    page = queries.indicator_page(actor=actor, code=code)
    may_draft = may(actor, "indicator.draft")
    form = SettingForm(
        request.POST or None,
        divisions=_places(actor) if may_draft else [],
        thresholds={name: one.label for name, one in page.row.indicator.thresholds.items()},
        initial={"valid_from": clock.today()},
    )
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "indicator": code}
        key = values.pop("idempotency_key")
        try:
            pk, _ = once(
                key,
                actor=actor,
                action=f"setting.draft:{code}",
                do=lambda: services.setting_draft(actor=actor, **values).pk,
            )
        except Invalid as error:
            form.add_error(error.where if error.where in form.fields else None, f"{error.what}，{error.hint}")
        else:
            messages.success(request, "已起草，可先用往期数据试算，再由其他有发布权限的人员发布。")
            return redirect("monitoring:setting", pk)
    context = {
        "page": page,
        "one": page.row.indicator,
        "form": form,
        "may_draft": may_draft,
        "severities": SEVERITY_COLOURS,
        "severity_labels": SEVERITY_LABELS,
        "classes": class_labels(actor) | {"SUP": supervision_label()},
        "process": SETTING,
        "history": [(row, *_words(row)) for row in page.settings],
        "needs_basis": code in parameters.NEEDS_BASIS,
        "least_checked": parameters.PRECISION_LEAST_CHECKED,
        "days": parameters.PRECISION_DAYS,
    }
    return render(request, "monitoring/indicator.html", context, status=422 if form.errors else 200)


@require_GET
def setting(request: HttpRequest, pk: int) -> HttpResponse:
    """One setting: what it says, its trials, what may be done now."""
    return _setting_page(request, queries.setting_get(actor=request.user, setting_id=pk))


@require_POST
def setting_step(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Try, publish or withdraw; sent twice it is done once."""
    actor, data = request.user, request.POST
    given = data.get("version", "")
    place: dict[str, Any] = {
        "actor": actor, "setting_id": pk, "version": int(given) if given.isdigit() and len(given) < 8 else -1
    }  # fmt: skip
    verbs = {
        "publish": lambda: services.setting_publish(**place).pk,
        "withdraw": lambda: services.setting_withdraw(**place, reason=data.get("reason", "")).pk,
        "try": lambda: (
            services.trial_request(**place, county=data.get("county", ""), periods=data.getlist("periods")).pk
        ),
    }
    if event not in verbs:
        raise NotFound("没有这个操作。")
    try:
        once(data.get("idempotency_key"), actor=actor, action=f"setting.{event}:{pk}", do=verbs[event])
    except Invalid as error:
        return _setting_page(request, queries.setting_get(actor=actor, setting_id=pk), error)
    messages.success(request, _DONE[event])
    return redirect("monitoring:setting", pk)


def _setting_page(request: HttpRequest, found: IndicatorSetting, error: Invalid | None = None) -> HttpResponse:
    actor = request.user
    acts = any(policy.acts_for(actor, one, found.division) for one in ("indicator.draft", "indicator.publish"))
    events = {t.event for t in SETTING.events(found.state, scope_of(actor).roles)} if acts else set()
    if found.drafted_by_id == actor.pk:
        events.discard("publish")
    county = found.division if found.division[4:6] != "00" else queries.county_shown(actor)
    what, value = _words(found)
    context = {
        "setting": found,
        "one": load_indicators()[found.indicator],
        "what": what,
        "value": value,
        "steps": SETTING.stepper(found.state),
        "process": SETTING,
        "events": events,
        "trials": queries.trials_of(found),
        "county": county,
        "periods": queries.trial_periods(county) if "try" in events else [],
        "most": MOST_PERIODS,
        "error": error,
    }
    return render(request, "monitoring/setting.html", context, status=422 if error else 200)


def _words(row: IndicatorSetting) -> tuple[str, str]:
    """(what is set, to what) in Chinese; a threshold that a later release dropped keeps its name."""
    if not row.threshold:
        return "运行状态", STATES[row.value][0] if row.value else "恢复缺省"
    one = load_indicators().get(row.indicator)
    threshold = one.thresholds.get(row.threshold) if one else None
    if threshold is None:
        return row.threshold, row.value or "恢复缺省"
    return threshold.label, limit_text(row.value, threshold.unit) if row.value else "恢复缺省"


def _places(actor: Any) -> list[tuple[str, str]]:
    codes = policy.divisions_of(actor, "indicator.draft")
    return list(divisions.division_names(codes).items())
