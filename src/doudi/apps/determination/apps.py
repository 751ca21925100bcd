from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "doudi.apps.determination"
    label = "determination"
