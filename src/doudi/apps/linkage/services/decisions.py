"""Deciding a suggestion: one writer at a time, a reason always, two officers where two valid numbers meet."""

from __future__ import annotations

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, Refused
from doudi.apps.base.history import named
from doudi.apps.linkage.models import Decision, Suggestion
from doudi.apps.linkage.queries import suggestion_get
from doudi.apps.linkage.states import SUGGESTION
from doudi.apps.registry.services import person_merge, person_unmerge

MIN_REASON = 4


@transaction.atomic
def suggestion_decide(
    *, actor: User, suggestion_id: int, event: str, reason: str, remains_id: int | None = None
) -> Suggestion:
    """Take one step of :data:`SUGGESTION`. ``remains_id``: who of two persons stays, where they are to be merged.

    Two persons of the register both have valid numbers: ``propose`` and then, by somebody else, ``confirm``, which
    merges them; ``undo`` takes that back. A row of a delivery is decided by ``same`` alone: nothing is changed by it.
    :class:`Conflict` where somebody was faster, :class:`Invalid` for a missing reason or choice.
    """
    require(actor, "linkage.decide")
    suggestion_get(actor=actor, suggestion_id=suggestion_id)
    suggestion = Suggestion.objects.select_for_update().get(pk=suggestion_id)
    reason = reason.strip()
    if len(reason) < MIN_REASON:
        raise Invalid(f"理由不足 {MIN_REASON} 个字", where="reason", hint="请写明核实的方法和结果")
    two = suggestion.other_id is not None
    if event == ("same" if two else "propose"):
        raise Conflict("此项不能这样办理，请刷新页面后重新选择。")
    target = SUGGESTION.next_state(suggestion.state, event, scope_of(actor).roles)
    if event == "propose":
        if remains_id not in (suggestion.person_id, suggestion.other_id):
            raise Invalid("没有选择保留哪一条登记", where="remains", hint="请选择身份证件现行有效的一条")
        suggestion.proposed_by = actor
    elif event == "confirm":
        remains_id = _merge(actor, suggestion, reason)
    elif event == "undo" and two:
        merge = suggestion.decisions.filter(event="confirm").order_by("-id").first()
        assert merge is not None
        person_unmerge(
            actor=actor, person_id=_other(suggestion, merge.remains_id), reason=reason, document=_document(suggestion)
        )
    with named(actor, f"suggestion.{event}"):
        suggestion.state = target
        suggestion.proposed_by = actor if event == "propose" else None
        suggestion.save(update_fields=["state", "proposed_by"])
        Decision.objects.create(
            suggestion=suggestion,
            event=event,
            actor=actor,
            at=clock.now(),
            reason=reason[:200],
            remains_id=remains_id if event in ("propose", "confirm") else None,
        )
    return suggestion


def _merge(actor: User, suggestion: Suggestion, reason: str) -> int:
    """Merge as was proposed; returns who remains."""
    proposal = suggestion.decisions.filter(event="propose").select_related("actor").order_by("-id").first()
    assert proposal is not None
    assert proposal.remains_id is not None
    if proposal.actor_id == actor.pk:
        raise Refused("合并两个有效身份证号的人员须由另一人复核，提出人不能自己复核。")
    person_merge(
        actor=proposal.actor,
        second=actor,
        person_id=_other(suggestion, proposal.remains_id),
        into_id=proposal.remains_id,
        reason=reason,
        document=_document(suggestion),
    )
    return int(proposal.remains_id)


def _other(suggestion: Suggestion, person_id: int | None) -> int:
    other = suggestion.other_id if person_id == suggestion.person_id else suggestion.person_id
    assert other is not None
    return int(other)


def _document(suggestion: Suggestion) -> str:
    return f"linkage:{suggestion.pk}"
