"""Background work of linkage. A run that was carried out stays as it is."""

from __future__ import annotations

from procrastinate.contrib.django import app

from doudi.apps.linkage import services


@app.task(name="linkage.run", queue="long")
def execute(run_id: int) -> None:
    services.run_execute(run_id=run_id)
