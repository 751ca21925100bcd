"""Local numbers, the changes that put them in force, and what a change would do to the register."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q

from doudi.apps.policy.states import CHANGE
from doudi.apps.registry.choices import Area


@pghistory.track()
class ParameterChange(models.Model):
    """A parameter's new value for a division from a day on: drafted, tried on the register, published by another.

    ``value`` as the rule engine takes it, numbers as decimal text; None: back to what the policy document says.
    """

    pack = models.CharField(max_length=40)
    parameter = models.CharField(max_length=60)
    division = models.CharField(max_length=12, help_text="12 digits, county or above")
    area = models.CharField(max_length=5, choices=Area.choices, blank=True)
    value = models.JSONField(null=True)
    valid_from = models.DateField()
    document = models.CharField(max_length=120, help_text="the local paper that orders it")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=CHANGE.choices(), default="DRAFT")
    version = models.PositiveIntegerField(default=0, help_text="counts edits; a form carries the one it was made from")
    tried = models.JSONField(null=True, help_text="summary of the trial")
    drafted_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, help_text="published or withdrawn")
    closed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "parameter_change"
        constraints = [
            models.UniqueConstraint(
                fields=["division", "parameter", "area"],
                condition=Q(state__in=["DRAFT", "TRIED"]),
                name="parameter_change_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED") | ~Q(closed_by=models.F("drafted_by")),
                name="parameter_change_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["division", "-id"])]


@pghistory.track()
class LocalStandard(models.Model):
    """A locality's own number for a parameter, dated, with where it is published.

    ``division`` is any 12-digit code of the country: the standard of a place of work counts, too. Rows are only added:
    for the same day the one recorded last counts, so that one can still tell what was known before. ``amends``: it
    stands above what the policy document says; else it fills in what the document leaves to the locality.
    """

    division = models.CharField(max_length=12)
    parameter = models.CharField(max_length=60)
    area = models.CharField(max_length=5, choices=Area.choices, blank=True)
    valid_from = models.DateField()
    value = models.JSONField(null=True)
    document = models.CharField(max_length=120, blank=True)
    is_sample = models.BooleanField(default=False)
    amends = models.BooleanField(default=False)
    change = models.OneToOneField(ParameterChange, models.PROTECT, null=True, related_name="row")

    class Meta:
        db_table = "local_standard"
        constraints = [
            models.UniqueConstraint(
                fields=["division", "parameter", "area", "valid_from"],
                condition=Q(change=None),
                name="local_standard_once",
            )
        ]


class Simulation(models.Model):
    """What-if cases on the register of a division; with ``change`` the trial of that change."""

    division = models.CharField(max_length=12)
    pack = models.CharField(max_length=40)
    as_of = models.DateField()
    change = models.ForeignKey(ParameterChange, models.PROTECT, null=True, related_name="trials")
    change_version = models.PositiveIntegerField(null=True)
    title = models.CharField(max_length=80)
    scenarios = models.JSONField(help_text="[{name, values: {parameter: value or {area: value}}}]")
    state = models.CharField(
        max_length=8, choices=[("QUEUED", "排队"), ("RUNNING", "运行中"), ("DONE", "完成"), ("FAILED", "失败")]
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="percent of households read")
    report = models.JSONField(null=True)
    workbook = models.BinaryField(null=True, help_text="the result as XLSX")
    error = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "policy_simulation"
        indexes = [models.Index(fields=["division", "-id"])]


class SimulationMove(models.Model):
    """A household whose category or amount a trial would change. Amounts in yuan a month, None where not computable."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="moves")
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="+")
    category_before = models.CharField(max_length=20)
    category_after = models.CharField(max_length=20)
    monthly_before = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    monthly_after = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        db_table = "policy_simulation_move"
        constraints = [models.UniqueConstraint(fields=["simulation", "household"], name="simulation_move_once")]
