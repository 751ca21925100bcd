"""Monitoring's tables: runs, alerts with their evidence, matters of supervision."""

from doudi.apps.monitoring.models.alerts import Alert, AlertClass, AlertEvidence, MonitorRun, Severity
from doudi.apps.monitoring.models.supervision import SupervisionItem

__all__ = ["Alert", "AlertClass", "AlertEvidence", "MonitorRun", "Severity", "SupervisionItem"]
