"""Persons, households, memberships, supporters, categories and grants. One row a person, ever."""

from __future__ import annotations

import uuid

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from doudi.apps.base.fields import Sealed
from doudi.apps.base.scoped import Scoped
from doudi.apps.registry.choices import Area, Category, Register, Relation, Route, Sex


@pghistory.track()
class Person(models.Model):
    """A person of the register or watch list; never deleted. Merged, he stays and points at the one who remains."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("姓名", max_length=60)
    sex = models.CharField("性别", max_length=6, choices=Sex.choices)
    birth_date = models.DateField("出生日期")
    ethnicity = models.CharField("民族", max_length=2, blank=True, help_text="GB/T 3304")
    marital_status = models.CharField("婚姻状况", max_length=2, blank=True, help_text="GB/T 2261.2")
    id_number_sealed = models.BinaryField()
    id_token = models.CharField(max_length=64, unique=True)
    id_last6_token = models.CharField(max_length=64, db_index=True)
    person_key = models.BigIntegerField(unique=True, help_text="64-bit keyed integer of the lake")
    phone_sealed = models.BinaryField(null=True)
    account_sealed = models.BinaryField(null=True)
    account_bank = models.CharField("开户银行", max_length=60, blank=True)
    labour_ability = models.CharField("劳动能力", max_length=8, blank=True)
    self_care_failed_items = models.PositiveSmallIntegerField("不能自理项数", null=True, blank=True)
    has_legal_supporter = models.BooleanField("有法定赡养、抚养、扶养义务人", null=True)
    supporter_able = models.BooleanField("义务人有履行义务能力", null=True)
    died_on = models.DateField("死亡日期", null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    created_at = models.DateTimeField(auto_now_add=True)

    id_number = Sealed("id_number_sealed")
    phone = Sealed("phone_sealed")
    account = Sealed("account_sealed")

    class Meta:
        db_table = "person"
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [models.CheckConstraint(condition=~Q(merged_into=models.F("pk")), name="person_merged_other")]
        indexes = [models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="person_name_prefix")]


@pghistory.track()
class Household(Scoped):
    """Co-living members, the unit of determination. ``category`` is the household's own category in force."""

    household_no = models.CharField("户号", max_length=24, unique=True)
    household_key = models.BigIntegerField(unique=True)
    head = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    head_name = models.CharField("户主", max_length=60, help_text="copied from the head, for lists")
    area = models.CharField("城乡", max_length=5, choices=Area.choices)
    address = models.CharField("居住地址", max_length=200, blank=True)
    register = models.CharField("登记册", max_length=8, choices=Register.choices, default=Register.ACTIVE)
    register_until = models.DateField("保留至", null=True, blank=True)
    category = models.CharField("类别", max_length=8, choices=Category.choices, blank=True)
    category_from = models.DateField(null=True, blank=True)
    member_count = models.PositiveSmallIntegerField("人数", default=0)
    monthly_benefit = models.DecimalField("月保障金", max_digits=10, decimal_places=2, default=0)
    property_conforms = models.BooleanField("财产符合规定", null=True)
    has_staff_relative = models.BooleanField("近亲属备案", default=False)
    channel = models.CharField("来源渠道", max_length=20, blank=True)
    last_visit_on = models.DateField("最近走访", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "household"
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        indexes = [
            models.Index(fields=["county_code", "register", "category", "id"]),
            models.Index(fields=["county_code", "id"]),
            models.Index(fields=["township_code", "register", "category", "id"]),
            models.Index(fields=["township_code", "id"]),
            models.Index(fields=["village_code", "id"]),
            models.Index(fields=["city_code", "id"]),
            models.Index(fields=["head_name"], opclasses=["varchar_pattern_ops"], name="household_head_name_prefix"),
        ]


@pghistory.track()
class Membership(models.Model):
    """A person's time in a household. Incoming data may hold a second active one: MNE-10 looks for it."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    relation = models.CharField("与户主关系", max_length=12, choices=Relation.choices)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "membership"
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "person"], condition=Q(to_date=None), name="membership_active_once"
            ),
            models.CheckConstraint(
                condition=Q(to_date=None) | Q(to_date__gte=models.F("from_date")), name="membership_dates"
            ),
        ]


@pghistory.track()
class Supporter(models.Model):
    """赡（抚、扶）养人 of a member, living elsewhere or here."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="supporters")
    supports = models.ForeignKey(Person, models.PROTECT, related_name="supporters")
    name = models.CharField(max_length=60)
    relation = models.CharField(max_length=12, choices=Relation.choices)
    birth_date = models.DateField(null=True, blank=True)
    annual_support = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    able = models.BooleanField(default=True)
    as_of = models.DateField()

    class Meta:
        db_table = "supporter"


@pghistory.track()
class CategoryStatus(models.Model):
    """A person's time in a category, through a household and a route; open at most once for each."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="statuses")
    household = models.ForeignKey(Household, models.PROTECT, related_name="statuses")
    category = models.CharField(max_length=8, choices=Category.choices)
    subtype = models.CharField(
        max_length=12, blank=True, help_text="fanpin: unstable marginal sudden; rigid: illness_poor"
    )
    route = models.CharField(max_length=16, choices=Route.choices, blank=True)
    from_date = models.DateField()
    to_date = models.DateField(null=True, blank=True)
    exit_reason = models.CharField(max_length=40, blank=True)
    source_ref = models.CharField(max_length=60, blank=True, help_text="decision, migration batch or feed batch")

    class Meta:
        db_table = "category_status"
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "household", "category"], condition=Q(to_date=None), name="category_status_open_once"
            ),
        ]
        indexes = [models.Index(fields=["household", "category"])]


class HouseholdGrant(models.Model):
    """Opens one household to one user (a task) or one unit (a referral) until it is closed: task and purpose scope."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="grants")
    user = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("accounts.Unit", models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=40)
    ref = models.CharField(max_length=40, help_text="e.g. visit:12, referral:7")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "household_grant"
        constraints = [
            models.CheckConstraint(condition=Q(user=None) ^ Q(unit=None), name="household_grant_to_one"),
            models.UniqueConstraint(fields=["ref"], name="household_grant_ref_once"),
        ]
        indexes = [
            models.Index(fields=["user", "household"], condition=Q(closed_at=None), name="grant_user_open"),
            models.Index(fields=["unit", "household"], condition=Q(closed_at=None), name="grant_unit_open"),
        ]
