from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "doudi.apps.casework"
    label = "casework"

    def ready(self) -> None:
        from doudi.apps.casework import snapshot, tabs

        tabs.register()
        snapshot.register()
