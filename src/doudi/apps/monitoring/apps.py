from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "doudi.apps.monitoring"
    label = "monitoring"
