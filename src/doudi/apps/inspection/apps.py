from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "doudi.apps.inspection"
    label = "inspection"

    def ready(self) -> None:
        from doudi.apps.inspection import snapshot

        snapshot.register()
