from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "doudi.apps.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        from doudi.apps.exchange.services import events
        from doudi.apps.monitoring import tabs
        from doudi.apps.monitoring.services.events import event_judge

        tabs.register()
        events.register(event_judge)
