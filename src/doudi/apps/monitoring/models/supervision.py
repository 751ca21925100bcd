"""Matters of supervision (数字监督): about an office's work, never an alert about a citizen."""

from __future__ import annotations

import pghistory
from django.db import models

from doudi.apps.base.scoped import Scoped
from doudi.apps.monitoring.models.alerts import MonitorRun, Severity
from doudi.apps.monitoring.states import SUPERVISION


@pghistory.track()
class SupervisionItem(Scoped):
    """One matter that a rule found in a county, for good: what comes back is the same row, open again.

    ``matter`` names the case within the rule (an application's number, a user, a feed and its month). Division columns
    are those of the office: the county, and the township where the matter is a township's.
    """

    item_no = models.CharField("督办编号", max_length=24, unique=True)
    rule = models.CharField("规则", max_length=8)
    matter = models.CharField("事项", max_length=200)
    severity = models.CharField("等级", max_length=6, choices=Severity.choices)
    household = models.ForeignKey("registry.Household", models.PROTECT, null=True, related_name="+")
    state = models.CharField("状态", max_length=8, choices=SUPERVISION.choices(), default="OPEN")
    pack = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=80)
    run = models.ForeignKey(MonitorRun, models.PROTECT, related_name="+", help_text="the latest that saw it")
    period = models.CharField(max_length=7)
    first_period = models.CharField(max_length=7)
    measures = models.JSONField()
    sources = models.JSONField(help_text="list of source, period, version, row key")
    explanation = models.CharField(max_length=500)
    created_at = models.DateTimeField("生成时间")
    due_on = models.DateField(
        "办理时限", null=True, help_text="NULL: the year's holidays are not known yet, see due_note"
    )
    due_note = models.CharField(max_length=200, blank=True)
    outcome = models.CharField("处理结果", max_length=20, blank=True, help_text="one of the rule's outcomes")
    answer = models.CharField("情况说明", max_length=500, blank=True)
    answered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    verdict = models.CharField("核销意见", max_length=300, blank=True, help_text="why it was sent back or closed")
    vanished_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0, help_text="counts writes; a form carries the one it was made from")

    class Meta:
        db_table = "supervision_item"
        constraints = [
            models.UniqueConstraint(fields=["county_code", "rule", "matter"], name="supervision_item_once"),
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(closed_by=models.F("answered_by")),
                name="supervision_item_two_persons",
            ),
        ]
        indexes = [
            models.Index(fields=["county_code", "state", "due_on", "id"]),
            models.Index(fields=["township_code", "state", "due_on", "id"]),
        ]
