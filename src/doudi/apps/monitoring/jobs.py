"""Background work of monitoring. Each job may run twice with the effect of once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.monitoring import services


@app.task(name="monitoring.run", queue="long")
def execute(run_id: int) -> None:
    services.run_execute(run_id=run_id)


@app.task(name="monitoring.trial", queue="long")
def trial(trial_id: int) -> None:
    services.trial_execute(trial_id=trial_id)


@app.periodic(cron="10 16 * * *")  # in UTC: ten past midnight in Beijing
@app.task(name="monitoring.deadlines", queue="daily", queueing_lock="monitoring.deadlines")
def deadlines(timestamp: int) -> None:
    services.deadlines_refresh()
    services.overdue_mark()
