"""The access log: reads of files, values shown in clear, exports, log-ins and refusals. Append-only."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Action(models.TextChoices):
    READ = "READ", "查阅"
    REVEAL = "REVEAL", "查看明文"
    EXPORT = "EXPORT", "导出"
    REFUSED = "REFUSED", "拒绝访问"
    LOGIN = "LOGIN", "登录"
    LOGIN_FAILED = "LOGIN_FAILED", "登录失败"
    LOGOUT = "LOGOUT", "退出"
    ADMIN = "ADMIN", "管理操作"
    RUN = "RUN", "任务执行"


# What a row is about, as the log's page names it.
OBJECTS = {
    "alert": "预警",
    "api_key": "接口密钥",
    "application": "申请",
    "arrears": "补发追缴清单",
    "batch": "批次",
    "conference": "一事一议",
    "decision": "认定",
    "division": "区划",
    "divisions": "区划表",
    "feed": "数据源",
    "household": "家庭",
    "indicator_setting": "指标设置",
    "linkage_run": "查重",
    "monitor_run": "监测运行",
    "overdue": "超期标记",
    "path": "页面",
    "parameter_change": "参数调整",
    "person": "人员",
    "quarantine": "隔离数据",
    "referral": "转办",
    "simulation": "政策模拟",
    "suggestion": "疑似同一人",
    "supervision": "督办事项",
    "unit": "单位",
    "user": "账号",
    "visit": "走访",
}


class AccessLog(models.Model):
    """One access. ``actor_name`` and ``unit_name`` are copies: the log must outlive accounts."""

    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=12, choices=Action.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, blank=True)
    unit_name = models.CharField(max_length=80, blank=True)
    county_code = models.CharField(max_length=12, blank=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    household_id = models.BigIntegerField(null=True, db_index=True)
    reason = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)
    path = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "access_log"
        indexes = [models.Index(fields=["-id", "action"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
