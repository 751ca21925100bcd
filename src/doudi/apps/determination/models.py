"""Local standards and decisions. A decision keeps all that it needs to be computed again to the same bytes."""

from __future__ import annotations

import pghistory
from django.db import models

from doudi.apps.registry.choices import Area


@pghistory.track()
class LocalStandard(models.Model):
    """A locality's own number for a parameter that a pack leaves to it, dated, with where it is published.

    ``division`` is any 12-digit code of the country: the standard of a place of work counts, too.
    """

    division = models.CharField(max_length=12)
    parameter = models.CharField(max_length=60)
    area = models.CharField(max_length=5, choices=Area.choices, blank=True)
    valid_from = models.DateField()
    value = models.JSONField()
    document = models.CharField(max_length=120, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        db_table = "local_standard"
        constraints = [
            models.UniqueConstraint(fields=["division", "parameter", "area", "valid_from"], name="local_standard_once")
        ]


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
