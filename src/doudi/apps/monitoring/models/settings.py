"""A locality's own thresholds and states of indicators, their trials on past periods, and its capacity for visits."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from doudi.apps.monitoring.states import SETTING


@pghistory.track()
class IndicatorSetting(models.Model):
    """A threshold's or an indicator's state in a division from a day on: drafted by one person, published by another.

    ``threshold`` '' means the state. ``value``: a number as decimal text, or on, silent, off; '' means back to what the
    catalogue says. The nearest division counts, of that the latest first day, then the latest publication.
    """

    division = models.CharField(max_length=12, help_text="12 digits, county or above")
    indicator = models.CharField(max_length=8)
    threshold = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=500)
    document = models.CharField(max_length=120, blank=True, help_text="the legal basis, where the indicator needs one")
    state = models.CharField(max_length=9, choices=SETTING.choices(), default="DRAFT")
    version = models.PositiveIntegerField(default=0, help_text="counts writes; a form carries the one it was made from")
    drafted_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    closed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, help_text="published or withdrawn")
    closed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "indicator_setting"
        constraints = [
            models.UniqueConstraint(
                fields=["division", "indicator", "threshold"],
                condition=Q(state="DRAFT"),
                name="indicator_setting_draft_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED") | ~Q(closed_by=F("drafted_by")),
                name="indicator_setting_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["division", "indicator", "-valid_from"])]


class IndicatorTrial(models.Model):
    """A draft tried on past periods of one county: the signals with it and without it, and which of them were right."""

    setting = models.ForeignKey(IndicatorSetting, models.PROTECT, related_name="trials")
    setting_version = models.PositiveIntegerField()
    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    periods = models.JSONField(help_text="[YYYY-MM]")
    state = models.CharField(
        max_length=8, choices=[("QUEUED", "排队"), ("RUNNING", "运行中"), ("DONE", "完成"), ("FAILED", "失败")]
    )
    result = models.JSONField(default=list, help_text="one entry a period, see services.trials")
    error = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "indicator_trial"


@pghistory.track()
class VisitCapacity(models.Model):
    """How many households a county can visit in a week."""

    county = models.OneToOneField("divisions.Division", models.PROTECT, primary_key=True, related_name="+")
    visits = models.PositiveIntegerField()
    set_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        db_table = "visit_capacity"
