from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "doudi.apps.registry"
    label = "registry"
