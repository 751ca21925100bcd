"""Changes of parameters in the actor's divisions, and what an officer should know before publishing one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.roles import PERMISSIONS
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.policy.models import LocalStandard, ParameterChange
from doudi.apps.policy.queries.values import above, county_of, decided_by_document, in_force, stem
from doudi.apps.policy.values import AREA_LABELS, in_words
from doudi.engine.rules import Pack, Parameter, load_pack, parameter_value
from doudi.engine.rules.parameters import AREAS
from doudi.engine.rules.wording import value_in_words


def divisions_of(actor: User, operation: str) -> list[str]:
    """Codes of the divisions (county or above) for which the actor holds an operation, by code."""
    roles = PERMISSIONS[operation]
    return sorted({code for role, code in scope_of(actor).grants if role in roles and code[6:12] == "000000"})


def acts_for(actor: User, operation: str, division: str) -> bool:
    """Whether the actor holds an operation for a division or for one above it."""
    return any(division.startswith(stem(code)) for code in divisions_of(actor, operation))


def change_list(actor: User, state: str = "", cursor: str | None = None) -> Page:
    """Changes that concern the actor's division (its own, above and below), newest first."""
    require(actor, "standards.read")
    rows = _concerning(actor).select_related("drafted_by", "closed_by")
    if state:
        rows = rows.filter(state=state)
    return paginate(rows, order=["-id"], cursor=cursor)


def change_get(actor: User, change_id: int) -> ParameterChange:
    """One change that concerns the actor's division, or :class:`NotFound`."""
    require(actor, "standards.read")
    change = _concerning(actor).select_related("drafted_by", "closed_by").filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def changes_of_parameter(actor: User, division: str, parameter: str) -> list[ParameterChange]:
    """Every change of a parameter in a county and what is above it, newest first."""
    require(actor, "standards.read")
    rows = ParameterChange.objects.filter(division__in=above(division), parameter=parameter)
    return list(rows.select_related("drafted_by", "closed_by").order_by("-id"))


def rows_of_parameter(actor: User, division: str, parameter: str) -> list[LocalStandard]:
    """Every local number of a parameter ever recorded in a county and what is above it: latest start first."""
    require(actor, "standards.read")
    rows = LocalStandard.objects.filter(division__in=above(division), parameter=parameter)
    return list(rows.select_related("change").order_by("-valid_from", "-id"))


def change_for_system(change_id: int) -> ParameterChange:
    """A change with the row that it put in force, for jobs."""
    return ParameterChange.objects.select_related("row").get(pk=change_id)


def described(change: ParameterChange) -> tuple[Pack, Parameter]:
    """The pack and the parameter of a change."""
    pack = load_pack(change.pack)
    return pack, pack.parameters[change.parameter]


def notices(change: ParameterChange) -> list[str]:
    """What to know before publishing: retroactive, replaces a number of the same day, stands above a document, …"""
    pack, parameter = described(change)
    found = []
    if change.valid_from < clock.today().replace(day=1):
        found.append(
            f"起始日期 {change.valid_from:%Y-%m-%d} 早于本月：发布后自动计算补发、追缴清单。"
            "清单不自动执行，由经办人员核实办理。"
        )
    elif change.valid_from > clock.today():
        found.append(f"{change.valid_from:%Y-%m-%d} 起采用，此前仍按原数。")
    if decided_by_document(parameter, change.valid_from):
        dated = parameter.at(change.valid_from)
        assert dated is not None
        found.append(f"政策文件已规定此数（{dated.cite}）：发布后以本地文件“{change.document}”为准，页面同时注明两者。")
    found += [
        f"同一天起已登记 {in_words(pack, parameter, row.value)}（{row.document or '样例值'}）："
        "发布后以新数为准，原数备查。"
        for row in _same_day(change)
    ]
    later = _later(change)
    if later is not None:
        found.append(f"{later:%Y-%m-%d} 起另有登记的数值，本次调整只在此前有效。")
    if len(stem(change.division)) < 6:
        found.append("市级及以上的数值只用于没有自己数值的县（市、区）。")
    return found


def waiting(actor: User) -> int:
    """Tried changes that the actor may publish; counted once a request."""
    counted: int | None = getattr(actor, "_waiting_changes", None)
    if counted is None:
        reach = Q(pk__in=[])
        divisions = divisions_of(actor, "policy.publish")
        for code in divisions:
            reach |= Q(division__startswith=stem(code))
        rows = ParameterChange.objects.filter(reach, state="TRIED").exclude(drafted_by=actor)
        counted = actor._waiting_changes = rows.count() if divisions else 0  # type: ignore[attr-defined]
    return counted


def row_of(change: ParameterChange) -> LocalStandard:
    """The row that publishing would record; not saved."""
    _, parameter = described(change)
    return LocalStandard(
        division=change.division,
        parameter=change.parameter,
        area=change.area,
        valid_from=change.valid_from,
        value=change.value,
        document=change.document,
        amends=decided_by_document(parameter, change.valid_from),
        change=change,
    )


@dataclass(frozen=True)
class Effect:
    """What counts in a change's division on its first day: {area: value} for the areas that it speaks of."""

    values: dict[str, Any]
    is_sample: bool
    parameter: Parameter

    @property
    def words(self) -> str:
        shown = {area: value_in_words(self.parameter, value) for area, value in self.values.items()}
        if len(set(shown.values())) == 1:
            return next(iter(shown.values()))
        return "，".join(f"{AREA_LABELS[area]} {text}" for area, text in shown.items())


def effect_of(change: ParameterChange) -> tuple[Effect, Effect]:
    """What counts without the change and with it."""
    pack, parameter = described(change)

    def effect(extra: list[LocalStandard]) -> Effect:
        local = in_force(change.division, change.valid_from, pack=change.pack, extra=extra, before=_recorded(change))
        place = {"standards": local.standards, "division": change.division[:6], "amendments": local.amendments}
        return Effect(
            {
                area: parameter_value(pack, change.parameter, change.valid_from, area=area, **place)
                for area in ([change.area] if change.area else AREAS)
            },
            any(row.is_sample for row in local.rows if _speaks_of(change, row)),
            parameter,
        )

    return effect([]), effect([row_of(change)])


def _speaks_of(change: ParameterChange, row: LocalStandard) -> bool:
    return row.parameter == change.parameter and (not change.area or row.area in ("", change.area))


def _recorded(change: ParameterChange) -> int | None:
    """The id of the row that a published change put in force: what came after it does not count."""
    return LocalStandard.objects.filter(change=change).values_list("pk", flat=True).first() if change.pk else None


def _concerning(actor: User) -> QuerySet[ParameterChange]:
    own = county_of(actor.unit.division_id)
    return ParameterChange.objects.filter(Q(division__in=above(own)) | Q(division__startswith=stem(own)))


def _same_day(change: ParameterChange) -> QuerySet[LocalStandard]:
    rows = LocalStandard.objects.filter(
        division=change.division, parameter=change.parameter, area=change.area, valid_from=change.valid_from
    )
    return rows.order_by("-id")[:1]


def _later(change: ParameterChange) -> dt.date | None:
    rows = LocalStandard.objects.filter(
        division=change.division,
        parameter=change.parameter,
        area__in=[change.area, ""],
        valid_from__gt=change.valid_from,
    )
    return rows.order_by("valid_from").values_list("valid_from", flat=True).first()
