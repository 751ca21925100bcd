from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "doudi.apps.exchange"
    label = "exchange"
