from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "doudi.apps.exchange"
    label = "exchange"

    def ready(self) -> None:
        from doudi.apps.exchange.snapshot import SQL, with_overdue
        from doudi.apps.registry import snapshot

        snapshot.register(snapshot.records_part("deliveries", SQL, with_overdue))
