from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "doudi.apps.registry"
    label = "registry"

    def ready(self) -> None:
        from doudi.apps.registry import own_tabs

        own_tabs.register_all()
