from pathlib import Path

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "doudi.apps.registry"
    label = "registry"

    def ready(self) -> None:
        from doudi.apps.registry import own_tabs

        own_tabs.register_all()
        self._register_records()

    def _register_records(self) -> None:
        from doudi.apps.registry import snapshot
        from doudi.apps.registry.snapshot.accounts import keyed

        folder = Path(snapshot.__file__).parent
        for name, convert in (("supporters", None), ("relatives", None), ("accounts", keyed)):
            sql = (folder / f"{name}.sql").read_text()
            snapshot.register(snapshot.records_part(name, sql, convert))
