from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "doudi.apps.determination"
    label = "determination"

    def ready(self) -> None:
        from doudi.apps.determination import load
        from doudi.apps.registry.load import register as loads

        loads(load.load)
