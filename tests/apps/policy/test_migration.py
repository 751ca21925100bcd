"""Local standards that were recorded before this app existed are still there, with their history."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OLD = [("determination", "0003_standards_of_any_division")]


@pytest.mark.django_db(transaction=True)
def test_standards_and_their_history_move_with_their_rows():
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([*OLD, ("policy", None)])
    try:
        before = executor.loader.project_state(OLD).apps.get_model("determination", "LocalStandard")
        before.objects.create(
            division="410522000000",
            parameter="dibao_standard",
            area="rural",
            valid_from=dt.date(2024, 1, 1),
            value="600",
        )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
    from doudi.apps.policy.models import LocalStandard

    row = LocalStandard.objects.get()
    assert (row.parameter, row.area, row.value, row.amends, row.change_id) == (
        "dibao_standard",
        "rural",
        "600",
        False,
        None,
    )
    row.document = "安民〔2024〕1号"
    row.save()
    assert list(row.events.order_by("pgh_id").values_list("pgh_label", "document")) == [
        ("insert", ""),
        ("update", "安民〔2024〕1号"),
    ]
