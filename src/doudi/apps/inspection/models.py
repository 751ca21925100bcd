"""Random inspections, the year's screening and the key groups of a county; and what was done about their findings."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from doudi.apps.base.scoped import Scoped


class Draw(Scoped):
    """One draw of a random inspection (随机调查). Seed, list and size are kept: anybody can draw it again.

    A draw is never changed or deleted: one that did not please stays beside the next.
    """

    title = models.CharField(max_length=60)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    by = models.JSONField(help_text="names of the strata's columns, e.g. township, category")
    ratio = models.DecimalField(max_digits=6, decimal_places=4)
    origin = models.CharField(
        max_length=200, help_text="who set the ratio: a local number and its paper, or the officer"
    )
    seed = models.CharField(max_length=64)
    households = models.PositiveIntegerField(help_text="in the list drawn from")
    drawn = models.PositiveIntegerField()
    strata = models.JSONField(help_text="{stratum: [households, drawn]}")
    frame_sha256 = models.CharField(max_length=64)
    drawn_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        db_table = "inspection_draw"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.UniqueConstraint(fields=["division", "title"], name="inspection_draw_title_once")]
        indexes = [models.Index(fields=["county_code", "-id"]), models.Index(fields=["township_code", "-id"])]


class DrawFrame(models.Model):
    """The list that a draw was made from: {household number: stratum} of that moment."""

    draw = models.OneToOneField(Draw, models.PROTECT, primary_key=True, related_name="frame")
    numbers = models.JSONField()

    class Meta:
        db_table = "inspection_frame"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


@pghistory.track()
class DrawnHousehold(Scoped):
    """A drawn household and its visit; ``own_village``: the visitor is of the household's own village.

    A household that two draws have drawn is visited once for both.
    """

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="rows")
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=80)
    rank = models.CharField(max_length=64)
    task = models.ForeignKey("casework.VisitTask", models.PROTECT, null=True, related_name="+")
    own_village = models.BooleanField(default=False)

    class Meta:
        db_table = "inspection_household"
        constraints = [models.UniqueConstraint(fields=["draw", "household"], name="inspection_household_once")]
        indexes = [models.Index(fields=["draw", "stratum", "rank"]), models.Index(fields=["township_code", "draw"])]


class Step(models.TextChoices):
    """What the office did about a finding."""

    APPLY = "APPLY", "启动申请"
    REVIEW = "REVIEW", "发起动态管理复核"
    RECTIFIED = "RECTIFIED", "已督促落实整改"
    RECORDED = "RECORDED", "已变更登记"
    NONE = "NONE", "核实后无需处理"


class FollowUp(models.Model):
    """The office's answer to a visit that found something. Once a visit, append-only."""

    task = models.OneToOneField("casework.VisitTask", models.PROTECT, related_name="follow_up")
    step = models.CharField(max_length=10, choices=Step.choices)
    note = models.CharField(max_length=300)
    application = models.ForeignKey("casework.Application", models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "inspection_follow_up"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class CampaignState(models.TextChoices):
    OPEN = "OPEN", "进行中"
    COMPLETE = "COMPLETE", "已完成"
    LAPSED = "LAPSED", "年底未完成"


CAMPAIGN_COLOURS = {"OPEN": "blue", "COMPLETE": "green", "LAPSED": "red"}


@pghistory.track()
class Campaign(Scoped):
    """A county's screening of one year (集中排查). At the year's end one that is not complete has lapsed."""

    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=CampaignState.choices, default=CampaignState.OPEN)
    opened_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "screening_campaign"
        constraints = [
            models.UniqueConstraint(fields=["division", "year"], name="screening_campaign_once"),
            models.CheckConstraint(condition=Q(due_on__gte=models.F("starts_on")), name="screening_campaign_dates"),
        ]


class ScreeningResult(models.TextChoices):
    UNCHANGED = "UNCHANGED", "情况无变化"
    CHANGED = "CHANGED", "情况有变化，已变更登记"
    APPLY = "APPLY", "符合条件，已启动申请"
    EXIT = "EXIT", "不再符合条件，已发起复核"
    MOVED = "MOVED", "迁出、死亡或注销"
    VISITED = "VISITED", "已入户走访（见走访记录）"


@pghistory.track()
class ScreeningEntry(Scoped):
    """A household to be screened in a campaign, why, and when it was. Kept when the household leaves the register."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="entries")
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="+")
    why = models.CharField(max_length=20, help_text="register (ACTIVE, WATCH, …) or KEYGROUP")
    listed_on = models.DateField()
    done_on = models.DateField(null=True)
    result = models.CharField(max_length=10, choices=ScreeningResult.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "screening_entry"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "household"], name="screening_entry_once"),
            models.CheckConstraint(condition=Q(done_on=None, result="") | ~Q(done_on=None) & ~Q(result=""),
                                   name="screening_entry_done"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["campaign", "village_code"], condition=Q(done_on=None), name="screening_entry_left"),
            models.Index(fields=["campaign", "township_code", "id"]),
        ]


class KeyGroupHousehold(Scoped):
    """A household that the locality's documents have visited first, and why; looked up anew every night."""

    household = models.OneToOneField("registry.Household", models.PROTECT, related_name="+")
    groups = models.JSONField(help_text="codes, e.g. ill, weak_labour")
    why = models.JSONField(help_text="[{group, persons: [person ids], source}]")
    since = models.DateField(help_text="day on which it was first found, without a break")
    looked_at = models.DateTimeField()

    class Meta:
        db_table = "key_group_household"
        indexes = [models.Index(fields=["county_code", "id"]), models.Index(fields=["township_code", "id"])]
