"""Background work of determination. Each job may run twice with the effect of once."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.determination import services


@app.task(name="determination.arrears", queue="long")
def compute_arrears(arrears_id: int) -> None:
    services.arrears_execute(arrears_id=arrears_id)
