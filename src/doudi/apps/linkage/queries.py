"""Suggestions in the actor's scope: a pair across counties is seen from the city above them, and not below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require, restrict, scope_of
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.base.states import Transition
from doudi.apps.exchange.queries.batches import ShownRow
from doudi.apps.exchange.queries.unmatched import row_shown
from doudi.apps.linkage.models import Decision, LinkageRun, Suggestion
from doudi.apps.linkage.states import SUGGESTION
from doudi.apps.registry.queries.identities import ShownIdentity, identities_shown
from doudi.engine.identity.linkage import chinese_model
from doudi.engine.identity.linkage.same_number import KINDS as BY_NUMBER

KINDS = {"PROBABLE": "综合比对", **BY_NUMBER}


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A suggestion with both sides as the actor may see them; ``right`` is None where a delivered row is meant."""

    suggestion: Suggestion
    left: ShownIdentity
    right: ShownIdentity | None

    @property
    def state(self) -> tuple[str, str]:
        found = SUGGESTION.state(self.suggestion.state)
        return found.label, found.colour

    @property
    def kind(self) -> str:
        return KINDS[self.suggestion.kind]

    @property
    def agreeing(self) -> list[str]:
        """What the two have in common, in words; the strongest first."""
        labels = _labels()
        entries = sorted(self.suggestion.evidence, key=lambda entry: -entry["weight"])
        return [labels[entry["field"], entry["level"]] for entry in entries if entry["weight"] > 0]


def suggestion_list(*, actor: User, state: str = "", kind: str = "", cursor: str | None = None) -> Page:
    """One page of suggestions as :class:`ShownPair`, the likeliest first; needs ``linkage.read``."""
    require(actor, "linkage.read")
    wanted = {name: value for name, value in (("state", state), ("kind", kind)) if value}
    rows = restrict(Suggestion.objects.filter(**wanted), actor)
    page = paginate(rows, order=("-probability", "-id"), cursor=cursor)
    ids = {row.person_id for row in page.rows} | {row.other_id for row in page.rows if row.other_id}
    people = identities_shown(actor, ids, categories=False)
    shown = [ShownPair(row, people[row.person_id], people.get(row.other_id)) for row in page.rows]
    return Page(shown, page.next, page.previous, page.count, page.capped)


def suggestion_get(*, actor: User, suggestion_id: int) -> Suggestion:
    """One suggestion; :class:`NotFound` outside the actor's scope."""
    require(actor, "linkage.read")
    found = restrict(Suggestion.objects.select_related("run", "proposed_by"), actor).filter(pk=suggestion_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the comparison of one field gave; ``weight`` is log₂ of how much likelier it is for one person."""

    field: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Detail:
    """All of a suggestion's page."""

    pair: ShownPair
    evidence: list[Evidence]
    doubts: list[str]
    row: tuple[Any, ShownRow] | None
    decisions: list[Decision]
    steps: list[Transition]


def suggestion_detail(*, actor: User, suggestion_id: int) -> Detail:
    """One suggestion with its evidence in words, what was decided, and what the actor may do now."""
    suggestion = suggestion_get(actor=actor, suggestion_id=suggestion_id)
    ids = [one for one in (suggestion.person_id, suggestion.other_id) if one]
    people, labels = identities_shown(actor, ids), _labels()
    fields = {comparison.field: comparison.label for comparison in chinese_model().comparisons}
    doubts = {doubt.key: doubt.label for doubt in chinese_model().doubts}
    hidden = "same" if suggestion.other_id else "propose"
    own = suggestion.proposed_by_id == actor.pk
    steps = SUGGESTION.events(suggestion.state, scope_of(actor).roles) if may(actor, "linkage.decide") else []
    return Detail(
        pair=ShownPair(suggestion, people[suggestion.person_id], people.get(suggestion.other_id or 0)),
        evidence=[
            Evidence(fields[entry["field"]], labels[entry["field"], entry["level"]], entry["weight"])
            for entry in suggestion.evidence
        ],
        doubts=[doubts[key] for key in suggestion.doubts],
        row=row_shown(suggestion.row_id) if suggestion.row_id else None,
        decisions=list(suggestion.decisions.select_related("actor", "remains").order_by("id")),
        steps=[step for step in steps if step.event != hidden and not (own and step.event == "confirm")],
    )


def own_division(actor: User) -> str:
    """The county or city whose persons the actor may search, the widest; '' for none."""
    if not may(actor, "linkage.run"):
        return ""
    order = ("city_code", "county_code")
    held = sorted((order.index(column), code) for column, code in scope_of(actor).divisions if column in order)
    return held[0][1] if held else ""


def latest_runs(*, actor: User) -> list[LinkageRun]:
    """The last searches that the actor may see: of his counties and cities."""
    require(actor, "linkage.read")
    codes = [code for _, code in scope_of(actor).divisions]
    rows = LinkageRun.objects.filter(division_id__in=codes).select_related("division", "started_by", "batch")
    return list(rows.order_by("-id")[:5])


def _labels() -> dict[tuple[str, str], str]:
    return {
        (comparison.field, level.key): level.label
        for comparison in chinese_model().comparisons
        for level in comparison.levels
    }
