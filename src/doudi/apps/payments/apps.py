from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "doudi.apps.payments"
    label = "payments"

    def ready(self) -> None:
        from doudi.apps.payments import load
        from doudi.apps.registry.load import register as loads

        loads(load.load)
