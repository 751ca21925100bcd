"""Deliveries of departments' data: batches, rows in quarantine, versions that count, keys, owners' headings."""

from __future__ import annotations

import uuid

from django.db import models

from doudi.apps.base.fields import Sealed


class BatchState(models.TextChoices):
    ACCEPTED = "ACCEPTED", "已入库"
    STAGED = "STAGED", "待确认"
    SUPERSEDED = "SUPERSEDED", "已被更正"
    REFUSED = "REFUSED", "整批退回"
    DISCARDED = "DISCARDED", "未采用"
    JOINED = "JOINED", "已并入"  # events: their rows joined those of the period


class Channel(models.TextChoices):
    PAGE = "PAGE", "页面报送"
    COMMAND = "COMMAND", "系统导入"
    DROP = "DROP", "前置机"
    API = "API", "接口批量"
    EVENT = "EVENT", "接口逐条"


class ApiKey(models.Model):
    """A department's key for its own feeds of one county. Of its secret only the SHA-256 is kept (256 random bits)."""

    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    department = models.CharField(max_length=20)
    holder = models.CharField(max_length=80)
    feeds = models.JSONField()
    public_id = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    per_minute = models.PositiveIntegerField()
    issued_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    window = models.BigIntegerField(default=0, help_text="the minute that window_count counts in")
    window_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "api_key"


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
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.PAGE)
    api_key = models.ForeignKey(ApiKey, models.PROTECT, null=True, related_name="+")
    arrival = models.CharField(max_length=80, blank=True, help_text="which very arrival this was, where one can tell")
    layout = models.JSONField(null=True, help_text="the department's own form of the file")
    unknown_headings = models.JSONField(null=True, help_text="of a file refused for them: what to ask its owner")
    score = models.PositiveSmallIntegerField(null=True)
    trusted = models.BooleanField(null=True, help_text="whether alerts may vanish on it")
    quality = models.JSONField(default=dict)
    flags = models.JSONField(default=dict)
    subjects = models.JSONField(default=list, help_text="person keys of a pushed event")
    judged_at = models.DateTimeField(null=True, help_text="when every listener had heard of a pushed event")
    decided_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=200, blank=True)

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
        indexes = [
            models.Index(fields=["county", "-delivered_at"]),
            models.Index(
                fields=["delivered_at"],
                condition=models.Q(channel="EVENT", judged_at=None, accepted__gt=0),
                name="batch_event_unheard",
            ),
        ]


class PeriodVersion(models.Model):
    """Which version of the lake counts for a feed's period. ``events_only``: no whole delivery has come yet."""

    feed = models.CharField(max_length=40)
    period = models.CharField(max_length=7)
    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    version = models.CharField(max_length=32)
    events_only = models.BooleanField(default=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+", help_text="that made the version")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "period_version"
        constraints = [models.UniqueConstraint(fields=["county", "feed", "period"], name="period_version_once")]


class HeadingRule(models.Model):
    """A heading of an owner's own, mapped once to a field of the feed; ``field`` '' means that it is not read."""

    feed = models.CharField(max_length=40)
    county = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    heading = models.CharField(max_length=80)
    field = models.CharField(max_length=60, blank=True)
    set_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        db_table = "heading_rule"
        constraints = [models.UniqueConstraint(fields=["county", "feed", "heading"], name="heading_rule_once")]


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
