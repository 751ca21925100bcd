from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "doudi.apps.casework"
    label = "casework"
