from pathlib import Path

from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "doudi.apps.determination"
    label = "determination"

    def ready(self) -> None:
        from doudi.apps.determination import load
        from doudi.apps.determination.tab import TAB
        from doudi.apps.registry import snapshot
        from doudi.apps.registry.load import register as loads
        from doudi.apps.registry.tabs import register as tabs

        loads(load.load)
        tabs(TAB)
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
                },
                order="parameter, division, area, valid_from",
            )
        )
