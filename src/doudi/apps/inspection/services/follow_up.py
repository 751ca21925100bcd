"""The office's answer to what a visit without an alert found."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid
from doudi.apps.casework import services as casework
from doudi.apps.casework.choices import Channel
from doudi.apps.casework.services.common import work
from doudi.apps.chain import services as chain
from doudi.apps.chain.models import Kind
from doudi.apps.inspection.models import FollowUp, Step
from doudi.apps.inspection.queries.findings import finding_get

# steps that start an application, by the channel it comes through
_CHANNELS = {Step.APPLY: Channel.HOME_VISIT, Step.REVIEW: Channel.REVIEW}


def follow_up(*, actor: User, task_id: int, step: str, note: str) -> FollowUp:
    """Answer a finding: start an application or a re-check, or write down what was put right.

    Once a visit: :class:`Conflict` for the second. Nothing here grants or stops a benefit.
    """
    require(actor, "inspection.manage")
    task = finding_get(actor=actor, task_id=task_id)
    note = note.strip()
    if step not in Step.values:
        raise Invalid("请选择处理方式", where="step")
    if not note:
        raise Invalid("请填写处理情况", where="note")
    if len(note) > 300:
        raise Invalid(f"不能超过 300 字，现有 {len(note)} 字", where="note")
    channel = _CHANNELS.get(Step(step))
    with work(actor, "visit.follow_up", task.household_id):
        if FollowUp.objects.filter(task=task).exists():
            raise Conflict("该走访发现的问题已经处理，请刷新页面查看。")
        application = channel and casework.application_submit(
            actor=actor, household_id=task.household_id, channel=channel, reason=note
        )
        made = FollowUp.objects.create(
            task=task, step=step, note=note, application=application or None, actor=actor, at=clock.now()
        )
        chain.append(
            Kind.DISPOSAL,
            actor=actor,
            household_id=task.household_id,
            title=f"{task.get_purpose_display()}发现的情况：{made.get_step_display()}",
            document=f"visit:{task.pk}",
            body={"处理情况": note},
        )
        return made
