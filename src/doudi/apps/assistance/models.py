"""What a household received from any department: the records that departments feed back."""

from __future__ import annotations

import pghistory
from django.db import models


@pghistory.track()
class AssistanceRecord(models.Model):
    """One item of help given. ``item`` is a code of the assistance-item catalogue."""

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="assistance")
    person = models.ForeignKey("registry.Person", models.PROTECT, null=True, related_name="+")
    item = models.CharField(max_length=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    period = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey("accounts.Unit", models.PROTECT, related_name="+")
    given_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    ref = models.CharField(max_length=40, blank=True, help_text="e.g. referral:7")
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "assistance_record"
        constraints = [
            models.UniqueConstraint(fields=["ref"], condition=~models.Q(ref=""), name="assistance_record_ref_once")
        ]
