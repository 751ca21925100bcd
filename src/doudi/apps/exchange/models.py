"""Deliveries of departments' data: batches, their receipts, and rows in quarantine."""

from __future__ import annotations

import uuid

from django.db import models

from doudi.apps.base.fields import Sealed


class BatchState(models.TextChoices):
    ACCEPTED = "ACCEPTED", "已入库"
    SUPERSEDED = "SUPERSEDED", "已被更正"
    REFUSED = "REFUSED", "整批退回"


class Batch(models.Model):
    """One delivery. The same file (feed, period, county, SHA-256) is one batch, however often it arrives."""

    feed = models.CharField(max_length=40)
    period = models.CharField(max_length=7)
    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    batch_id = models.CharField(max_length=80)
    owner = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    file_size = models.BigIntegerField()
    version = models.CharField(max_length=32, help_text="of the lake folder feed/period@version")
    state = models.CharField(max_length=10, choices=BatchState.choices)
    received = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    refusal = models.CharField(max_length=300, blank=True)
    deliveries = models.PositiveIntegerField(default=1, help_text="how often this very file arrived")
    delivered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField()
    seconds = models.FloatField(null=True)

    class Meta:
        db_table = "batch"
        constraints = [
            models.UniqueConstraint(fields=["feed", "period", "county", "file_sha256"], name="batch_file_once"),
            models.UniqueConstraint(
                fields=["feed", "period", "county"], condition=models.Q(state="ACCEPTED"), name="batch_current_once"
            ),
            models.CheckConstraint(
                condition=models.Q(received=models.F("accepted") + models.F("duplicate") + models.F("quarantined")),
                name="batch_reconciles",
            ),
        ]
        indexes = [models.Index(fields=["county", "-delivered_at"])]


class QuarantineRow(models.Model):
    """A row that failed, in its original form (sealed: it may hold an ID number), with the reasons."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="quarantine")
    line = models.PositiveIntegerField()
    reasons = models.JSONField()
    raw_sealed = models.BinaryField()

    raw = Sealed("raw_sealed")

    class Meta:
        db_table = "quarantine_row"
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="quarantine_line_once")]
