"""Which pack and which local numbers apply where; decisions in the actor's scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.determination.models import Decision, LocalStandard
from doudi.engine.rules import load_pack

# A division without numbers of its own uses those of the division above it, up to the province.
_LEVELS = (6, 4, 2)


def pack_for(division_code: str) -> str:
    """The name of the policy pack that applies in a division: the longest prefix of ``settings.POLICY_PACKS``."""
    packs: dict[str, str] = settings.POLICY_PACKS
    return packs[max((prefix for prefix in packs if division_code.startswith(prefix)), key=len)]


def standards_for(
    division_code: str, as_of: dt.date | None = None, *, also: Iterable[str] = (), pack: str | None = None
) -> dict[str, Any]:
    """The numbers in force in the county of ``division_code``, as ``doudi.engine.rules`` takes them.

    A value is plain, or ``{urban, rural}``. With ``also`` (divisions where members work) every value is keyed by
    division. Parameters that the pack does not have are left out. Numbers are text: nothing is lost on the way.
    """
    as_of = as_of or clock.today()
    known = load_pack(pack or pack_for(division_code)).parameters
    own = _county(division_code)
    counties = sorted({own, *(_county(code) for code in also if code)})
    rows = [row for row in _rows(counties, as_of) if row.parameter in known]
    found = {code: _resolve(code, rows) for code in counties}
    if len(counties) == 1:
        return found[own]
    names = sorted({name for values in found.values() for name in values})
    return {name: {code[:6]: values[name] for code, values in found.items() if name in values} for name in names}


def standards_in_force(actor: User, division_code: str, as_of: dt.date | None = None) -> list[LocalStandard]:
    """The rows behind :func:`standards_for`, for the page that shows them; needs ``standards.read``."""
    require(actor, "standards.read")
    rows = _rows([_county(division_code)], as_of or clock.today())
    best: dict[tuple[str, str], LocalStandard] = {}
    for row in sorted(rows, key=_specific):
        best[row.parameter, row.area] = row
    return sorted(best.values(), key=lambda row: (row.parameter, row.area))


def decision_get(actor: User, decision_id: int) -> Decision:
    """A decision in the actor's scope with its household, or :class:`NotFound`."""
    require(actor, "decision.read")
    rows = _in_scope(actor).select_related("household", "computed_by__unit", "decided_by__unit")
    decision = rows.filter(pk=decision_id).first()
    if decision is None:
        raise NotFound()
    return decision


def decisions_of_household(actor: User, household_id: int) -> list[Decision]:
    """A household's decisions, newest first."""
    rows = _in_scope(actor).filter(household_id=household_id).select_related("computed_by", "decided_by")
    return list(rows.defer("inputs", "standards", "result").order_by("-computed_at", "-id"))


def decision_list(actor: User, state: str = "", cursor: str | None = None) -> Page:
    """One page of the decisions in scope, newest first; needs ``decision.read``."""
    require(actor, "decision.read")
    rows = _in_scope(actor).select_related("household", "computed_by", "decided_by")
    if state:
        rows = rows.filter(state=state)
    return paginate(rows.defer("inputs", "standards", "result"), order=["-id"], cursor=cursor)


def _in_scope(actor: User) -> QuerySet[Decision]:
    return restrict(Decision.objects.all(), actor, prefix="household__", household="household_id")


def _county(code: str) -> str:
    return code[:6].ljust(12, "0")


def _above(county: str) -> list[str]:
    return [county[:size].ljust(12, "0") for size in _LEVELS]


def _rows(counties: list[str], as_of: dt.date) -> list[LocalStandard]:
    """The value in force of every parameter, division and area among the counties and what is above them."""
    codes = {code for county in counties for code in _above(county)}
    rows = LocalStandard.objects.filter(division__in=codes, valid_from__lte=as_of)
    keys = ("division", "parameter", "area")
    return list(rows.order_by(*keys, "-valid_from").distinct(*keys))


def _specific(row: LocalStandard) -> int:
    return len(row.division.rstrip("0"))


def _resolve(county: str, rows: list[LocalStandard]) -> dict[str, Any]:
    above = set(_above(county))
    values: dict[str, Any] = {}
    for row in sorted((row for row in rows if row.division in above), key=_specific):
        if row.area:
            areas = values.get(row.parameter)
            values[row.parameter] = {**(areas if isinstance(areas, dict) else {}), row.area: row.value}
        else:
            values[row.parameter] = row.value
    return dict(sorted(values.items()))
