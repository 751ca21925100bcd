from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "doudi.apps.assistance"
    label = "assistance"

    def ready(self) -> None:
        from doudi.apps.assistance import tabs

        tabs.register()
