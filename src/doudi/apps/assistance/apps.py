from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "doudi.apps.assistance"
    label = "assistance"
