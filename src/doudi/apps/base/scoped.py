"""Columns of a scoped table: one per level of the division tree, so that a scope is one indexed equality."""

from __future__ import annotations

from django.db import models

LEVELS = ("province", "city", "county", "township", "village")


class Scoped(models.Model):
    """12-digit codes of GB/T 2260 + GB/T 10114; deeper levels are '' where the row belongs to a higher one."""

    province_code = models.CharField(max_length=12)
    city_code = models.CharField(max_length=12, blank=True)
    county_code = models.CharField(max_length=12, blank=True)
    township_code = models.CharField(max_length=12, blank=True)
    village_code = models.CharField(max_length=12, blank=True)

    class Meta:
        abstract = True


def level_codes(code: str) -> dict[str, str]:
    """The level columns of a 12-digit division code: ``410522101203`` → province_code='410000000000', …"""
    code = code.ljust(12, "0")
    cuts = {"province_code": 2, "city_code": 4, "county_code": 6, "township_code": 9, "village_code": 12}
    columns, previous = {}, ""
    for name, cut in cuts.items():
        value = code[:cut].ljust(12, "0")
        columns[name] = "" if value == previous or (previous == "" and name != "province_code") else value
        previous = value if columns[name] else ""
    return columns
