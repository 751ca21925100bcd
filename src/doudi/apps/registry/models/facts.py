"""Dated facts about persons and households, each with its source."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pghistory
from django.db import models

from doudi.apps.base.fields import Sealed
from doudi.apps.registry.models.core import Area, Household, Person


class Source(models.TextChoices):
    DECLARED = "declared", "本人申报"
    VERIFIED = "verified", "核对报告"
    FEED = "feed", "部门数据"
    VISIT = "visit", "入户走访"
    MIGRATED = "migrated", "历史迁移"


class Fact(models.Model):
    """A dated fact with its source. A later fact supersedes; nothing is overwritten."""

    source = models.CharField("来源", max_length=10, choices=Source.choices)
    source_ref = models.CharField("来源凭据", max_length=60, blank=True)
    as_of = models.DateField("截至日期")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class PersonFact(Fact):
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


class HouseholdFact(Fact):
    household = models.ForeignKey(Household, models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


def _money(label: str) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=0)


class IncomeKinds(models.Model):
    """The five kinds of income of the collection form (F27–F31), yuan a year."""

    wage = _money("工资性收入")
    business_net = _money("经营净收入")
    property_net = _money("财产净收入")
    transfer_net = _money("转移净收入")
    other = _money("其他收入")

    class Meta:
        abstract = True

    @property
    def total(self) -> Decimal:
        return self.wage + self.business_net + self.property_net + self.transfer_net + self.other


@pghistory.track()
class SharedIncome(IncomeKinds, HouseholdFact):
    """Annual income of the household as a whole, counted once: rent of the common house, land transfer."""

    class Meta:
        db_table = "fact_shared_income"
        indexes = [models.Index(fields=["household", "-as_of"])]


@pghistory.track()
class Income(IncomeKinds, PersonFact):
    """Annual income of one person."""

    class Meta:
        db_table = "fact_income"
        indexes = [models.Index(fields=["person", "-as_of"])]


@pghistory.track()
class Spending(HouseholdFact):
    """Annual spending of a household (form F33–F38 and education), yuan a year."""

    daily = _money("日常生活费用")
    social_insurance = _money("缴纳社会保险")
    job_cost = _money("必要就业成本")
    illness_rigid = _money("因病刚性支出")
    disability_rigid = _money("因残刚性支出")
    education_rigid = _money("教育刚性支出")
    other = _money("其他支出")

    class Meta:
        db_table = "fact_spending"
        indexes = [models.Index(fields=["household", "-as_of"])]


@pghistory.track()
class FinancialAsset(HouseholdFact):
    """Financial assets (form F39–F43), yuan at the as-of date."""

    deposit = _money("存款")
    securities = _money("证券")
    funds = _money("基金")
    insurance = _money("商业保险")
    claims = _money("债权")

    class Meta:
        db_table = "fact_financial_asset"


@pghistory.track()
class House(HouseholdFact):
    """A house (form F45–F49) with its safety grade."""

    address = models.CharField("房屋地址", max_length=200, blank=True)
    floor_area = models.DecimalField("建筑面积", max_digits=8, decimal_places=2, null=True)
    nature = models.CharField("房屋性质", max_length=20, blank=True)
    origin = models.CharField("房屋来源", max_length=20, blank=True)
    acquired_on = models.DateField("购（建）时间", null=True)
    grade = models.CharField("安全等级", max_length=1, blank=True)

    class Meta:
        db_table = "fact_house"


@pghistory.track()
class Vehicle(HouseholdFact):
    """A motor vehicle or boat (form F50–F54)."""

    owner_name = models.CharField("车（船）主", max_length=60, blank=True)
    kind = models.CharField("车（船）型", max_length=40, blank=True)
    plate_no = models.CharField("车（船）牌号", max_length=20, blank=True)
    bought_on = models.DateField("购买时间", null=True)
    price = _money("购买金额")
    exemption = models.CharField("豁免情形", max_length=40, blank=True)

    class Meta:
        db_table = "fact_vehicle"


@pghistory.track()
class Business(HouseholdFact):
    """Self-employment (form F44)."""

    description = models.CharField("个体经营状况", max_length=200)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)

    class Meta:
        db_table = "fact_business"


@pghistory.track()
class Health(PersonFact):
    """A disease. Its name is sealed; whether it is a listed serious illness is not."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    disease_sealed = models.BinaryField(null=True)
    serious_illness = models.BooleanField("重特大疾病", default=False)
    since = models.DateField("确诊日期", null=True)
    until = models.DateField(null=True, blank=True)

    disease = Sealed("disease_sealed")

    class Meta:
        db_table = "fact_health"
        indexes = [models.Index(fields=["person", "-as_of"])]


@pghistory.track()
class Disability(PersonFact):
    """A disability card: type and grade (1 most severe)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    card_no_sealed = models.BinaryField(null=True)
    kind = models.CharField("残疾类别", max_length=12)
    grade = models.PositiveSmallIntegerField("残疾等级")
    issued_on = models.DateField("发证日期", null=True)
    valid_until = models.DateField("有效期至", null=True)
    cancelled_on = models.DateField(null=True, blank=True)

    card_no = Sealed("card_no_sealed")

    class Meta:
        db_table = "fact_disability"
        indexes = [models.Index(fields=["person", "-as_of"])]


@pghistory.track()
class Employment(PersonFact):
    """Has a job or not, since when, where."""

    employed = models.BooleanField("就业")
    since = models.DateField(null=True)
    employer = models.CharField("用人单位", max_length=100, blank=True)
    workplace_area = models.CharField(max_length=5, choices=Area.choices, blank=True)
    workplace_division = models.CharField(max_length=12, blank=True)

    class Meta:
        db_table = "fact_employment"
        indexes = [models.Index(fields=["person", "-as_of"])]


@pghistory.track()
class Study(PersonFact):
    """Enrolled at a stage."""

    stage = models.CharField("学段", max_length=16)
    school = models.CharField("学校", max_length=100, blank=True)
    from_date = models.DateField(null=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "fact_study"
        indexes = [models.Index(fields=["person", "-as_of"])]
