from pathlib import Path

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "doudi.apps.payments"
    label = "payments"

    def ready(self) -> None:
        from doudi.apps.payments import load
        from doudi.apps.payments.queries import lines_of_household
        from doudi.apps.registry import snapshot
        from doudi.apps.registry.load import register as loads
        from doudi.apps.registry.tabs import Tab
        from doudi.apps.registry.tabs import register as tabs

        loads(load.load)
        snapshot.register(
            snapshot.Part(
                name="payments",
                sql=Path(__file__).with_name("snapshot.sql").read_text(),
                columns={
                    "household_key": "BIGINT",
                    "person_key": "BIGINT",
                    "period": "VARCHAR",
                    "item": "VARCHAR",
                    "amount": "BIGINT",
                    "result": "VARCHAR",
                    "paid_on": "DATE",
                },
                order="household_key, person_key, period, item, result, paid_on",
            )
        )
        tabs(
            Tab(
                key="payments",
                label="待遇发放",
                template="payments/_tab.html",
                context=lambda actor, household: {"lines": lines_of_household(actor, household.pk)},
                operation="household.economy",
                order=40,
            )
        )
