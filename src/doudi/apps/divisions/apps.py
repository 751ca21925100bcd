from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "doudi.apps.divisions"
    label = "divisions"
