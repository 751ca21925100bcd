"""Nightly work of inspections. Each job may run twice with the effect of once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.inspection import services
from doudi.apps.registry.queries import counties_for_system


@app.periodic(cron="40 16 * * *")  # in UTC: forty past midnight in Beijing
@app.task(name="inspection.daily", queue="daily", queueing_lock="inspection.daily")
def daily(timestamp: int) -> None:
    for county in counties_for_system():
        services.key_groups_refresh(county=county)
    services.campaigns_refresh()
