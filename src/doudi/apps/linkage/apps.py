from pathlib import Path

from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "doudi.apps.linkage"
    label = "linkage"

    def ready(self) -> None:
        from doudi.apps.registry import snapshot

        snapshot.register(
            snapshot.records_part("merged_persons", Path(__file__).with_name("merged_persons.sql").read_text())
        )
