from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "doudi.apps.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        from doudi.apps.monitoring import tabs

        tabs.register()
