"""The household's assistance chain (一户一条救助链): append-only, hash-linked by the database itself."""

from __future__ import annotations

from typing import Any

from django.db import models


class Kind(models.TextChoices):
    """What happened; one glance at the chain should tell the household's story."""

    REGISTERED = "REGISTERED", "登记入库"
    CATEGORY = "CATEGORY", "类别认定"
    EXIT = "EXIT", "退出"
    ALERT = "ALERT", "监测预警"
    ASSIGNED = "ASSIGNED", "派发核查"
    VISIT = "VISIT", "入户走访"
    DISPOSAL = "DISPOSAL", "预警处置"
    REFERRAL = "REFERRAL", "转办推送"
    REFERRAL_STEP = "REFERRAL_STEP", "部门办理"
    ASSISTANCE = "ASSISTANCE", "救助帮扶"
    CONFERENCE = "CONFERENCE", "一事一议"
    APPLICATION = "APPLICATION", "申请"
    DECISION = "DECISION", "审核认定"
    PAYMENT = "PAYMENT", "待遇发放"
    NOTICE = "NOTICE", "政策告知"
    CLOSED = "CLOSED", "办结"
    CORRECTION = "CORRECTION", "更正"


_COLOURS = {
    Kind.ALERT: "red",
    Kind.EXIT: "grey",
    Kind.VISIT: "orange",
    Kind.ASSIGNED: "orange",
    Kind.ASSISTANCE: "green",
    Kind.PAYMENT: "green",
    Kind.CLOSED: "green",
    Kind.CATEGORY: "purple",
    Kind.DECISION: "purple",
}
# what an event rests on → the page that shows it, named by its address: the chain knows no higher app
_PAGES = {
    "alert": "casework:alert",
    "visit": "casework:visit",
    "referral": "casework:referral",
    "conference": "casework:conference",
    "application": "casework:application",
    "decision": "determination:decision",
}


class ChainEvent(models.Model):
    """One event. ``seq``, ``prev_hash`` and ``hash`` are set by the database on insert; rows can never change."""

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="chain")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=200)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    unit_name = models.CharField(max_length=80, blank=True)
    document = models.CharField(
        max_length=60, blank=True, help_text="what it rests on, e.g. alert:12, visit:3, decision:9"
    )
    body = models.JSONField(default=dict, help_text="figures and texts shown with the event; never an ID number")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "chain_event"
        constraints = [models.UniqueConstraint(fields=["household", "seq"], name="chain_event_seq")]
        indexes = [models.Index(fields=["document"])]

    @property
    def colour(self) -> str:
        return _COLOURS.get(Kind(self.kind), "blue")

    @property
    def figures(self) -> list[tuple[str, Any]]:
        """What the body says in one line: (label, value), without what is empty or nested."""
        return [(label, value) for label, value in self.body.items() if value and not isinstance(value, (dict, list))]

    @property
    def page(self) -> tuple[str, int] | None:
        """(address name, id) of the page of the document that the event rests on."""
        kind, _, number = self.document.partition(":")
        return (_PAGES[kind], int(number)) if kind in _PAGES and number.isdigit() else None


class ChainHead(models.Model):
    """The end of each household's chain: a chain that lost its last events no longer matches its head."""

    household = models.OneToOneField("registry.Household", models.PROTECT, primary_key=True, related_name="+")
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "chain_head"
