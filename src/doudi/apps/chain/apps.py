from django.apps import AppConfig


class ChainConfig(AppConfig):
    name = "doudi.apps.chain"
    label = "chain"
