"""Who may be one person: runs of the search, suggestions with their evidence, and every decision about them."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from doudi.apps.base.scoped import Scoped
from doudi.apps.linkage.states import SUGGESTION


class LinkageRun(models.Model):
    """One search: over the persons of a division's households, or of a batch's rows without a usable number."""

    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    batch = models.ForeignKey("exchange.Batch", models.PROTECT, null=True, related_name="+")
    started_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    records = models.PositiveIntegerField(default=0)
    suggested = models.PositiveIntegerField(default=0, help_text="pairs found, whether new or known")
    added = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=200, blank=True, help_text="where the model's figures come from")

    class Meta:
        db_table = "linkage_run"


@pghistory.track()
class Suggestion(Scoped):
    """``person`` may be ``other``, another person of the register, or the one whom the quarantined ``row`` means.

    The level columns are those that both sides share: a pair across counties belongs to the city above them.
    """

    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+")
    other = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    row = models.ForeignKey("exchange.QuarantineRow", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, help_text="PROBABLE, or a kind of pairs by number")
    probability = models.FloatField()
    weight = models.FloatField()
    evidence = models.JSONField(help_text="[{field, level, weight}], keys of the model; never a value")
    doubts = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=SUGGESTION.choices(), default="OPEN")
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(LinkageRun, models.PROTECT, related_name="suggestions")
    found_at = models.DateTimeField()

    class Meta:
        db_table = "linkage_suggestion"
        constraints = [
            models.CheckConstraint(condition=Q(other=None) ^ Q(row=None), name="suggestion_person_or_row"),
            models.CheckConstraint(condition=Q(other=None) | Q(person__lt=F("other")), name="suggestion_in_order"),
            models.UniqueConstraint(fields=["person", "other"], name="suggestion_pair_once"),
            models.UniqueConstraint(fields=["person", "row"], name="suggestion_row_once"),
        ]
        indexes = [
            models.Index(fields=["county_code", "state", "-probability", "-id"], name="suggestion_county"),
            models.Index(fields=["city_code", "state", "-probability", "-id"], name="suggestion_city"),
        ]


class Decision(models.Model):
    """One officer's step on a suggestion, with the reason. Append-only."""

    suggestion = models.ForeignKey(Suggestion, models.PROTECT, related_name="decisions")
    event = models.CharField(max_length=12)
    actor = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    remains = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "linkage_decision"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [models.Index(fields=["suggestion", "id"])]

    @property
    def label(self) -> str:
        return next(step.label for step in SUGGESTION.transitions if step.event == self.event)
