"""Background work of policy. Each job may run twice with the effect of once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.policy import services


@app.task(name="policy.simulate", queue="long")
def simulate(simulation_id: int) -> None:
    services.simulation_execute(simulation_id=simulation_id)
