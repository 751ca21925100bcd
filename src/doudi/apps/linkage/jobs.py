"""Background work of linkage. A run that was carried out stays as it is."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.linkage import services


@app.task(name="linkage.run", queue="long")
def execute(run_id: int) -> None:
    services.run_execute(run_id=run_id)


@app.periodic(cron="40 17 * * *")  # in UTC: twenty to two at night in Beijing
@app.task(name="linkage.batches", queue="daily", queueing_lock="linkage.batches")
def batches(timestamp: int) -> None:
    """Whom the rows of the day's deliveries mean that came without a usable number."""
    services.batches_start()
