from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "doudi.apps.base"
    label = "base"
