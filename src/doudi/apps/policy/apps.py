from pathlib import Path

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "doudi.apps.policy"
    label = "policy"

    def ready(self) -> None:
        from doudi.apps.policy import load
        from doudi.apps.registry import snapshot
        from doudi.apps.registry.load import register as loads

        loads(load.load)
        snapshot.register(
            snapshot.Part(
                name="standards",
                sql=Path(__file__).with_name("snapshot.sql").read_text(),
                columns={
                    "parameter": "VARCHAR",
                    "division": "VARCHAR",
                    "area": "VARCHAR",
                    "valid_from": "DATE",
                    "value": "DECIMAL(18,4)",
                    "amends": "BOOLEAN",
                },
                order="parameter, division, area, valid_from",
            )
        )
