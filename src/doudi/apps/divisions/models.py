"""The tree of divisions: province, city, county, township, village (and grids below villages)."""

from __future__ import annotations

from django.db import models


class Level(models.IntegerChoices):
    PROVINCE = 1, "省级"
    CITY = 2, "市级"
    COUNTY = 3, "县级"
    TOWNSHIP = 4, "乡级"
    VILLAGE = 5, "村级"
    GRID = 6, "网格"


class Division(models.Model):
    """One division by its 12-digit code (GB/T 2260 county, GB/T 10114 township, village); a grid appends 3 digits."""

    code = models.CharField(max_length=15, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "division"
        indexes = [models.Index(fields=["level", "name"])]
