"""Background work of exchange."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.exchange import services


@app.periodic(cron="20 * * * *")
@app.task(name="exchange.sweep", queue="daily", queueing_lock="exchange.sweep")
def sweep(timestamp: int) -> None:
    """Files that a dead process left behind hold personal data: they go within hours. Events' old versions follow."""
    services.sweep_incoming()
    services.sweep_event_versions()


@app.periodic(cron="* * * * *")
@app.task(name="exchange.events", queue="events", queueing_lock="exchange.events")
def events(timestamp: int) -> None:
    """Pushed events that a dead process or a failing listener left."""
    services.announce_missed()


@app.periodic(cron="* * * * *")
@app.task(name="exchange.drop", queue="long", queueing_lock="exchange.drop")
def drop(timestamp: int) -> None:
    """Files that arrived in the drop folders."""
    services.drop_scan()
