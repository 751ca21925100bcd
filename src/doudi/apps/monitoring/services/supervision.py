"""The verbs of a matter of supervision: an office answers, a supervisor settles or sends back."""

from __future__ import annotations

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict, scope_of
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.base.history import named
from doudi.apps.monitoring.models import SupervisionItem
from doudi.apps.monitoring.rules import rules
from doudi.apps.monitoring.states import SUPERVISION


@transaction.atomic
def item_answer(*, actor: User, item_id: int, version: int, outcome: str, answer: str) -> SupervisionItem:
    """Report what was done about it (处理结果): one of the rule's outcomes, and how.

    Raises :class:`Invalid` naming the field.
    """
    item = _moved(actor, item_id, version, "answer", "supervision.answer")
    if outcome not in rules()[item.rule].outcomes:
        raise Invalid("没有选择处理结果", where="outcome", hint="请从列表中选择")
    if not answer.strip():
        raise Invalid("没有填写情况说明", where="answer", hint="请写明如何处理、何时完成")
    item.outcome, item.answer, item.verdict = outcome, answer.strip()[:500], ""
    item.answered_by, item.answered_at = actor, clock.now()
    return _store(item, actor, "answer")


@transaction.atomic
def item_return(*, actor: User, item_id: int, version: int, reason: str) -> SupervisionItem:
    """Send the answer back (退回重新处理) with the reason."""
    item = _moved(actor, item_id, version, "return", "supervision.settle")
    item.verdict = _needed(reason, "请写明为什么退回")
    return _store(item, actor, "return")


@transaction.atomic
def item_close(*, actor: User, item_id: int, version: int, reason: str = "") -> SupervisionItem:
    """Settle the answer (核销): never by whoever gave it."""
    item = _moved(actor, item_id, version, "close", "supervision.settle")
    if item.answered_by_id == actor.pk:
        raise Refused("报告处理结果与核销须由不同人员办理，请由其他有核销权限的人员办理。")
    return _closed(item, actor, reason.strip()[:300])


@transaction.atomic
def item_clear(*, actor: User, item_id: int, version: int, reason: str) -> SupervisionItem:
    """Settle a matter that the latest run no longer found, without an answer; with a reason."""
    item = _moved(actor, item_id, version, "clear", "supervision.settle")
    if item.vanished_at is None:
        raise Conflict("最近一次监测仍有此情形，须先报告处理结果再核销。")
    # An earlier answer that was sent back stays in the history; this closing answers nothing.
    item.outcome, item.answer, item.answered_by, item.answered_at = "", "", None, None
    return _closed(item, actor, _needed(reason, "请写明核销理由"))


def _moved(actor: User, item_id: int, version: int, event: str, operation: str) -> SupervisionItem:
    require(actor, operation)
    item = restrict(SupervisionItem.objects.select_for_update(of=("self",)), actor).filter(pk=item_id).first()
    if item is None:
        raise NotFound()
    if item.version != version:
        raise Conflict()
    item.state = SUPERVISION.next_state(item.state, event, scope_of(actor).roles)
    return item


def _closed(item: SupervisionItem, actor: User, verdict: str) -> SupervisionItem:
    item.verdict, item.closed_by, item.closed_at = verdict, actor, clock.now()
    return _store(item, actor, "close")


def _needed(text: str, hint: str) -> str:
    if not text.strip():
        raise Invalid("没有填写理由", where="reason", hint=hint)
    return text.strip()[:300]


def _store(item: SupervisionItem, actor: User, verb: str) -> SupervisionItem:
    item.version += 1
    with named(actor, f"supervision.{verb}"):
        item.save()
    return item
