"""Background work of exchange."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.exchange import services


@app.periodic(cron="20 * * * *")
@app.task(name="exchange.sweep", queue="daily", queueing_lock="exchange.sweep")
def sweep(timestamp: int) -> None:
    """Files that a dead process left behind hold personal data: they go within hours."""
    services.sweep_incoming()
