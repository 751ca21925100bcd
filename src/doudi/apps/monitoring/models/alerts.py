"""Monitoring runs, alerts and their evidence."""

from __future__ import annotations

import pghistory
from django.db import models

from doudi.apps.base.scoped import Scoped
from doudi.apps.monitoring.states import ALERT


class AlertClass(models.TextChoices):
    """The five classes; names and handling come from the household's pack."""

    PND = "PND", "政策落实不到位"
    NCE = "NCE", "未纳入但可能符合"
    NHD = "NHD", "出现新困难"
    CPX = "CPX", "情形复杂"
    MNE = "MNE", "可能不再符合"


class Severity(models.TextChoices):
    RED = "red", "红色"
    ORANGE = "orange", "橙色"
    YELLOW = "yellow", "黄色"


class MonitorRun(models.Model):
    """One evaluation of a county and period, or of what one event changes; the same inputs give the same signals."""

    kind = models.CharField(max_length=5, choices=[("MONTH", "按期"), ("EVENT", "即时")], default="MONTH")
    event = models.ForeignKey("exchange.Batch", models.PROTECT, null=True, related_name="+")  # what an EVENT judges
    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    pack = models.CharField(max_length=40)
    state = models.CharField(
        max_length=8, choices=[("QUEUED", "排队"), ("RUNNING", "运行中"), ("DONE", "完成"), ("FAILED", "失败")]
    )
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    inputs = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    signals = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    continued = models.PositiveIntegerField(default=0)
    vanished = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "monitor_run"
        constraints = [
            models.UniqueConstraint(fields=["event"], condition=models.Q(state="DONE"), name="monitor_run_event_once")
        ]


@pghistory.track()
class Alert(Scoped):
    """One open alert per (person or household, indicator). Division columns are the household's."""

    alert_no = models.CharField("预警编号", max_length=24, unique=True)
    indicator = models.CharField("指标", max_length=8)
    alert_class = models.CharField("类别", max_length=3, choices=AlertClass.choices)
    severity = models.CharField("等级", max_length=6, choices=Severity.choices)
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="alerts")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    subject_name = models.CharField(max_length=60, help_text="head or person, copied for lists")
    state = models.CharField("状态", max_length=12, choices=ALERT.choices())
    pack = models.CharField(max_length=40)
    indicator_version = models.CharField(max_length=80)
    period = models.CharField(max_length=7)
    first_period = models.CharField(max_length=7)
    measures = models.JSONField()
    explanation = models.CharField(max_length=500)
    created_at = models.DateTimeField("生成时间")
    due_on = models.DateField(
        "办理时限", null=True, help_text="NULL: the year's holidays are not known yet, see due_note"
    )
    due_note = models.CharField(max_length=200, blank=True)
    overdue_at = models.DateTimeField(null=True, help_text="when the overdue mark was set")
    assignee = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("核查结论", max_length=20, blank=True)
    disposal = models.CharField("处置方式", max_length=12, blank=True)
    suggestion = models.CharField("救助帮扶建议", max_length=300, blank=True)
    vanished_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="counts writes; a form carries the one it was made from")

    class Meta:
        db_table = "alert"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "person", "indicator"],
                condition=models.Q(closed_at=None),
                nulls_distinct=False,
                name="alert_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["county_code", "state", "due_on", "id"]),
            models.Index(fields=["county_code", "-created_at", "-id"]),
            models.Index(fields=["township_code", "state", "due_on", "id"]),
            models.Index(fields=["township_code", "-created_at", "-id"]),
            models.Index(fields=["city_code", "-created_at", "-id"]),
            models.Index(fields=["assignee", "state"]),
        ]


class AlertEvidence(models.Model):
    """What a run saw for an alert: one row a run, attached while the alert stays open."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="evidence")
    run = models.ForeignKey(MonitorRun, models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    measures = models.JSONField()
    sources = models.JSONField(help_text="list of source, batch, period, row key")
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "alert_evidence"
        constraints = [models.UniqueConstraint(fields=["alert", "period"], name="alert_evidence_once")]
