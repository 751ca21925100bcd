"""Monitoring's tables: runs and alerts with their evidence."""

from doudi.apps.monitoring.models.alerts import Alert, AlertClass, AlertEvidence, MonitorRun, Severity

__all__ = ["Alert", "AlertClass", "AlertEvidence", "MonitorRun", "Severity"]
