"""The code lists of the register, for every app and page."""

from __future__ import annotations

from django.db import models


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class Area(models.TextChoices):
    URBAN = "urban", "城市"
    RURAL = "rural", "农村"


class Register(models.TextChoices):
    """ACTIVE: low-income population; WATCH: watched, not yet covered; RETAINED and ARCHIVED: after exit or refusal."""

    ACTIVE = "ACTIVE", "在册"
    WATCH = "WATCH", "关注"
    RETAINED = "RETAINED", "保留"
    ARCHIVED = "ARCHIVED", "归档"


class Category(models.TextChoices):
    TEKUN = "TEKUN", "特困人员"
    DIBAO = "DIBAO", "低保对象"
    MARGIN = "MARGIN", "低保边缘"
    RIGID = "RIGID", "刚性支出困难"
    FANPIN = "FANPIN", "防止返贫监测"
    OTHER = "OTHER", "其他困难"


class Route(models.TextChoices):
    WHOLE_HOUSEHOLD = "whole_household", "整户"
    SINGLE_PERSON = "single_person", "单人保"
    SINGLE_HOUSEHOLD = "single_household", "参照单人户"
    TEKUN = "tekun", "特困供养"


class Relation(models.TextChoices):
    HEAD = "head", "户主"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    SIBLING = "sibling", "兄弟姐妹"
    GRANDPARENT = "grandparent", "祖父母"
    GRANDCHILD = "grandchild", "孙子女"
    OTHER = "other", "其他"
