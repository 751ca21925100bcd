from pathlib import Path

from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "doudi.apps.determination"
    label = "determination"

    def ready(self) -> None:
        from doudi.apps.determination.services import follow_publication
        from doudi.apps.determination.tab import TAB
        from doudi.apps.policy.services import on_published
        from doudi.apps.registry import snapshot
        from doudi.apps.registry.tabs import register as tabs

        tabs(TAB)
        on_published(follow_publication)
        sql = Path(__file__).with_name("snapshot.sql").read_text()
        snapshot.register(snapshot.records_part("tapers", sql))
