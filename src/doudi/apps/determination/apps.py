from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "doudi.apps.determination"
    label = "determination"

    def ready(self) -> None:
        from doudi.apps.determination.tab import TAB
        from doudi.apps.registry.tabs import register as tabs

        tabs(TAB)
