from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "doudi.apps.payments"
    label = "payments"
