"""Simulations and the households that a trial moves, in the actor's scope."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.policy.models import ParameterChange, Simulation, SimulationMove
from doudi.apps.policy.queries.changes import divisions_of
from doudi.apps.policy.queries.values import stem

_LARGE = ("report", "workbook")


def simulation_list(actor: User, cursor: str | None = None) -> Page:
    """What-if cases (not trials of changes) in the divisions where the actor may simulate, newest first."""
    require(actor, "policy.simulate")
    rows = _within(actor, Simulation.objects.filter(change=None)).select_related("requested_by")
    return paginate(rows.defer(*_LARGE), order=["-id"], cursor=cursor)


def simulation_get(actor: User, simulation_id: int) -> Simulation:
    """One simulation with its report, or :class:`NotFound`."""
    require(actor, "policy.simulate")
    rows = _within(actor, Simulation.objects.defer("workbook")).select_related("requested_by", "change")
    found = rows.filter(pk=simulation_id).first()
    if found is None:
        raise NotFound()
    return found


def workbook_of(simulation: Simulation) -> bytes | None:
    """The result as XLSX (the caller has taken the simulation from a scoped query); None before it is done."""
    content = Simulation.objects.values_list("workbook", flat=True).get(pk=simulation.pk)
    return None if content is None else bytes(content)


def trial_of(change: ParameterChange) -> Simulation | None:
    """The latest trial of a change as it stands (the caller has taken the change from a scoped query)."""
    rows = Simulation.objects.defer("workbook").filter(change=change, change_version=change.version)
    return rows.select_related("requested_by").order_by("-id").first()


def move_list(actor: User, simulation: Simulation, kind: str = "", cursor: str | None = None) -> Page:
    """Households in the actor's divisions whose category (``kind`` category) or amount (amount) a trial changes."""
    require(actor, "household.list")
    rows = restrict(SimulationMove.objects.filter(simulation=simulation), actor, prefix="household__")
    if kind == "category":
        rows = rows.exclude(category_before=F("category_after"))
    elif kind == "amount":
        rows = rows.filter(category_before=F("category_after"))
    return paginate(rows.select_related("household"), order=["id"], cursor=cursor)


def _within(actor: User, rows: QuerySet[Simulation]) -> QuerySet[Simulation]:
    reach = Q(pk__in=[])
    for code in divisions_of(actor, "policy.simulate"):
        reach |= Q(division__startswith=stem(code))
    return rows.filter(reach)
