"""The daily look at limits: days that could not be counted before, and what is past its day."""

from __future__ import annotations

from django.db.models import F, Min
from django.utils import timezone

from doudi.apps.accounts.models import User
from doudi.apps.base import clock
from doudi.apps.casework.limits import deadline
from doudi.apps.casework.models import CaseConference, Purpose, Referral, VisitTask
from doudi.apps.casework.queries.referrals import TO_DO, overdue
from doudi.apps.casework.services.common import work


def limits_refresh(*, actor: User | None = None) -> int:
    """Count the limits that waited for a year's holidays; how many were set."""
    with work(actor, "casework.limits"):
        changed = 0
        for referral in Referral.objects.select_for_update().filter(handle_due_on=None, state__in=TO_DO).order_by("pk"):
            sent = timezone.localtime(referral.sent_at).date()
            accept, handle = deadline("referral_accept", sent), deadline("referral_handle", sent)
            if handle.on:
                values = {"accept_due_on": accept.on, "handle_due_on": handle.on, "due_note": ""}
                changed += Referral.objects.filter(pk=referral.pk).update(**values, version=F("version") + 1)
        for conference in (
            CaseConference.objects.select_for_update().filter(due_on=None, state="PROPOSED").order_by("pk")
        ):
            limit = deadline("conference", timezone.localtime(conference.proposed_at).date())
            if limit.on:
                values = {"due_on": limit.on, "due_note": ""}
                changed += CaseConference.objects.filter(pk=conference.pk).update(**values, version=F("version") + 1)
        for task in VisitTask.objects.select_for_update().filter(due_on=None, state="ASSIGNED").order_by("pk"):
            if task.purpose == Purpose.ALERT:
                due_on = task.alerts.aggregate(first=Min("due_on"))["first"]
            else:
                due_on = deadline("visit", timezone.localtime(task.assigned_at).date()).on
            if due_on:
                changed += VisitTask.objects.filter(pk=task.pk).update(due_on=due_on, due_note="")
        return changed


def referrals_mark_overdue(*, actor: User | None = None) -> int:
    """Mark the referrals that are past a limit (not signed for, not answered), each once; how many were marked now."""
    with work(actor, "referral.overdue"):
        late = Referral.objects.filter(overdue(), overdue_at=None)
        return late.update(overdue_at=clock.now())
