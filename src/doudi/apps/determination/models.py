"""Decisions, and what a retroactive change makes of them.

A decision keeps all that it needs to be computed again to the same bytes.
"""

from __future__ import annotations

import pghistory
from django.db import models


@pghistory.track()
class Decision(models.Model):
    """A computed determination. ``state`` TRIAL: what the rules say; IN_FORCE: confirmed by the authority."""

    class State(models.TextChoices):
        TRIAL = "TRIAL", "试算"
        IN_FORCE = "IN_FORCE", "已确认"
        REFUSED = "REFUSED", "不予认定"

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="decisions")
    state = models.CharField(max_length=8, choices=State.choices, default=State.TRIAL)
    pack = models.CharField(max_length=40)
    pack_version = models.CharField(max_length=80)
    as_of = models.DateField()
    inputs = models.JSONField(help_text="the household document without ID numbers")
    standards = models.JSONField()
    amendments = models.JSONField(default=dict)
    basis = models.JSONField(default=list, help_text="the local numbers used, with the papers that order them")
    result = models.JSONField(help_text="with trace")
    category = models.CharField(max_length=20)
    monthly = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    opinion = models.CharField(max_length=300, blank=True)
    computed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    computed_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "decision"
        indexes = [models.Index(fields=["household", "-as_of"])]


class ArrearsList(models.Model):
    """What decisions in force owe (补发) or were overpaid (追缴) since a published change began. Nothing is applied."""

    change = models.ForeignKey("policy.ParameterChange", models.PROTECT, related_name="+")
    division = models.CharField(max_length=12)
    from_month = models.CharField(max_length=7)
    to_month = models.CharField(max_length=7)
    state = models.CharField(
        max_length=8, choices=[("QUEUED", "排队"), ("RUNNING", "运行中"), ("DONE", "完成"), ("FAILED", "失败")]
    )
    decisions = models.PositiveIntegerField(default=0, help_text="decisions looked at")
    households = models.PositiveIntegerField(default=0, help_text="with a difference")
    underpaid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    overpaid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    unknown = models.PositiveIntegerField(default=0, help_text="decisions whose amount waits for a number")
    error = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "arrears_list"
        indexes = [models.Index(fields=["division", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["change"], condition=models.Q(state__in=["QUEUED", "RUNNING"]), name="arrears_list_waiting_once"
            )
        ]


class ArrearsLine(models.Model):
    """One household and month: monthly amounts in yuan without and with the change. ``due`` below zero is overpaid."""

    arrears = models.ForeignKey(ArrearsList, models.CASCADE, related_name="lines")
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    category_before = models.CharField(max_length=20)
    category_after = models.CharField(max_length=20)
    before = models.DecimalField(max_digits=12, decimal_places=2)
    after = models.DecimalField(max_digits=12, decimal_places=2)
    due = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        db_table = "arrears_line"
        constraints = [models.UniqueConstraint(fields=["arrears", "household", "month"], name="arrears_line_once")]
