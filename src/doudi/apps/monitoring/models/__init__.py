"""Monitoring's tables: runs, alerts with their evidence, supervision, and a locality's settings."""

from doudi.apps.monitoring.models.alerts import Alert, AlertClass, AlertEvidence, MonitorRun, Severity
from doudi.apps.monitoring.models.settings import IndicatorSetting, IndicatorTrial, VisitCapacity
from doudi.apps.monitoring.models.supervision import SupervisionItem

__all__ = [
    "Alert",
    "AlertClass",
    "AlertEvidence",
    "IndicatorSetting",
    "IndicatorTrial",
    "MonitorRun",
    "Severity",
    "SupervisionItem",
    "VisitCapacity",
]
