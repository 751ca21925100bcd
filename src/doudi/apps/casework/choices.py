"""The code lists of visits and applications, for every app and page."""

from __future__ import annotations

from django.db import models


class Outcome(models.TextChoices):
    """What the visitor found (the alert model's visit results)."""

    TRUE_APPLY = "TRUE_APPLY", "情况属实，启动申请"
    TRUE_REFER = "TRUE_REFER", "情况属实，需部门转办"
    TRUE_SUPPLY = "TRUE_SUPPLY", "情况属实，补落实政策"
    TRUE_EMERGENCY = "TRUE_EMERGENCY", "急难，需立即救助"
    TRUE_CASE = "TRUE_CASE", "情形复杂，需一事一议"
    TRUE_ADJUST = "TRUE_ADJUST", "情况属实，需调整或终止"
    NOT_NEEDED = "NOT_NEEDED", "无困难或不愿申请"
    DATA_ERROR = "DATA_ERROR", "数据有误"
    NOT_FOUND = "NOT_FOUND", "未见到本人"
    MOVED = "MOVED", "人户分离或迁出"
    WATCH = "WATCH", "继续观察"
    UNCHANGED = "UNCHANGED", "与登记情况一致"
    CHANGED = "CHANGED", "家庭情况有变化"
    PROBLEM = "PROBLEM", "政策落实有问题"


class Purpose(models.TextChoices):
    """Why a family is visited: its alerts, a plan for key groups, or a random inspection by somebody else."""

    ALERT = "ALERT", "预警核查"
    KEYGROUP = "KEYGROUP", "重点走访"
    INSPECTION = "INSPECTION", "随机调查"


# What a visit may find, by purpose. Outcomes of an alert say what is to be done about it; the others compare the family
# with its file.
_SEEN = (Outcome.UNCHANGED, Outcome.CHANGED, Outcome.PROBLEM, Outcome.TRUE_EMERGENCY, Outcome.MOVED, Outcome.NOT_FOUND)
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    Purpose.ALERT: tuple(one for one in Outcome if one not in (Outcome.UNCHANGED, Outcome.CHANGED, Outcome.PROBLEM)),
    Purpose.KEYGROUP: _SEEN,
    Purpose.INSPECTION: _SEEN,
}


class Channel(models.TextChoices):
    """Where an application comes from; REVIEW is the office's own re-check of a family that may no longer qualify."""

    DATA_MATCH = "data_match", "数据比对"
    HOME_VISIT = "home_visit", "入户走访"
    DECLARED = "declared", "个人申请"
    REVIEW = "review", "动态管理复核"
