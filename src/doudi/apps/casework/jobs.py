"""Background work of casework. Each job may run twice with the effect of once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.casework import services


@app.periodic(cron="20 16 * * *")  # in UTC: twenty past midnight in Beijing
@app.task(name="casework.deadlines", queue="daily", queueing_lock="casework.deadlines")
def deadlines(timestamp: int) -> None:
    services.limits_refresh()
    services.referrals_mark_overdue()
