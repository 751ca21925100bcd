"""Visits, referrals, case conferences and applications that grow out of alerts."""

from __future__ import annotations

import uuid

import pghistory
from django.db import models

from doudi.apps.base.scoped import Scoped
from doudi.apps.casework.choices import Channel, Outcome, Purpose
from doudi.apps.casework.states import APPLICATION, CONFERENCE, REFERRAL, VISIT


class Disposal(models.TextChoices):
    """How an alert is disposed of, by class."""

    APPLY = "APPLY", "启动申请"
    REFER = "REFER", "转办部门"
    SUPPLY = "SUPPLY", "直接落实"
    INFORM = "INFORM", "政策告知"
    CONFERENCE = "CONFERENCE", "一事一议"
    ADJUST = "ADJUST", "核实并调整终止"
    WATCH = "WATCH", "继续观察"
    CLOSE = "CLOSE", "说明理由办结"


@pghistory.track()
class VisitTask(Scoped):
    """One visit to one household for all its open alerts; the strictest deadline counts.

    A visit by plan has no alerts. A random inspection stands beside the household's other open task: somebody else
    makes it.
    """

    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.ALERT)
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="visit_tasks")
    alerts = models.ManyToManyField("monitoring.Alert", related_name="visit_tasks", db_table="visit_task_alert")
    visitor = models.ForeignKey("accounts.User", models.PROTECT, related_name="visit_tasks")
    assigned_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    due_note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=VISIT.choices())
    instruction = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "visit_task"
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(state="ASSIGNED") & ~models.Q(purpose=Purpose.INSPECTION),
                name="visit_task_open_once",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(state="ASSIGNED", purpose=Purpose.INSPECTION),
                name="visit_task_inspection_once",
            ),
        ]
        indexes = [models.Index(fields=["visitor", "state", "due_on"])]


@pghistory.track()
class Visit(models.Model):
    """What was found. Facts found are proposals: they change the registry only through a recorded change."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="made on the phone: the sync key")
    task = models.OneToOneField(VisitTask, models.PROTECT, related_name="visit")
    visitor = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    visited_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    method = models.CharField(max_length=8, choices=[("HOME", "入户"), ("PHONE", "电话")], default="HOME")
    met = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    findings = models.TextField(max_length=2000)
    other_difficulty = models.CharField(max_length=300, blank=True)
    suggestion = models.CharField(max_length=300, blank=True)
    next_visit_on = models.DateField(null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        db_table = "visit"


@pghistory.track()
class Referral(Scoped):
    """A matter handed to a department with a deadline (转办、推送、告知、协查)."""

    referral_no = models.CharField(max_length=24, unique=True)
    kind = models.CharField(
        max_length=8, choices=[("HANDLE", "转办"), ("PUSH", "推送"), ("INFORM", "告知"), ("ASSIST", "协查")]
    )
    alert = models.ForeignKey("monitoring.Alert", models.PROTECT, null=True, related_name="referrals")
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="referrals")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    to_unit = models.ForeignKey("accounts.Unit", models.PROTECT, related_name="referrals")
    item = models.CharField(
        max_length=4, help_text="assistance-item code: the purpose for which the department sees the household"
    )
    need = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=REFERRAL.choices())
    sent_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    accept_due_on = models.DateField(null=True)
    handle_due_on = models.DateField(null=True)
    due_note = models.CharField(max_length=200, blank=True)
    overdue_at = models.DateTimeField(null=True)
    rejections = models.PositiveSmallIntegerField(default=0)
    rejection_reason = models.CharField(max_length=300, blank=True)
    accepted_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    feedback_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "referral"
        indexes = [
            models.Index(fields=["to_unit", "state", "handle_due_on"]),
            models.Index(fields=["county_code", "state", "handle_due_on"]),
            models.Index(fields=["township_code", "state", "handle_due_on"]),
        ]


@pghistory.track()
class CaseConference(Scoped):
    """一事一议 by the body that the pack names (coordination mechanism or joint conference)."""

    conference_no = models.CharField(max_length=24, unique=True)
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="conferences")
    alert = models.ForeignKey("monitoring.Alert", models.PROTECT, null=True, related_name="conferences")
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, related_name="+")
    body_name = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=CONFERENCE.choices())
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    due_note = models.CharField(max_length=200, blank=True)
    held_on = models.DateField(null=True)
    participants = models.JSONField(default=list)
    minutes = models.TextField(blank=True, max_length=5000)
    resolution = models.CharField(max_length=500, blank=True)
    item = models.CharField(max_length=4, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    responsible_unit = models.ForeignKey("accounts.Unit", models.PROTECT, null=True, related_name="+")
    execute_by = models.DateField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "case_conference"
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=~models.Q(state="CLOSED"), name="case_conference_open_once"
            )
        ]


@pghistory.track()
class Application(Scoped):
    """One application, judged for all categories (一次申请、分类审核认定)."""

    application_no = models.CharField(max_length=24, unique=True)
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="applications")
    alert = models.ForeignKey("monitoring.Alert", models.PROTECT, null=True, related_name="applications")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=APPLICATION.choices())
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    decision = models.ForeignKey("determination.Decision", models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    opinion = models.CharField(max_length=300, blank=True)
    checked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", help_text="second check where a relative is staff"
    )
    check_opinion = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "application"
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=models.Q(state__in=["SUBMITTED", "REVIEWED"]),
                name="application_open_once",
            )
        ]
