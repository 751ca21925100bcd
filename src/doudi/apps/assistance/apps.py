from pathlib import Path

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "doudi.apps.assistance"
    label = "assistance"

    def ready(self) -> None:
        from doudi.apps.assistance import tabs
        from doudi.apps.registry import snapshot

        tabs.register()
        sql = Path(__file__).with_name("snapshot.sql").read_text()
        snapshot.register(snapshot.records_part("assistance", sql))
