"""Rows of a delivery without a usable number lead to a registered person as suggestions, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doudi.apps.base.errors import NotFound
from doudi.apps.exchange.models import QuarantineRow
from doudi.apps.linkage import queries, services
from doudi.apps.linkage.models import LinkageRun, Suggestion
from doudi.apps.registry.models import Person
from tests import factories as f
from tests.apps.exchange.files import funeral, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path


@pytest.fixture
def reviewer(db):
    return f.make_user("CNTY_REVIEW")


@pytest.fixture
def batch(pair):
    """One row with a slip in the sequence of the first one's number, one of a stranger, one that is good."""
    number = pair[0].id_number
    slip = number[:15] + str((int(number[15]) + 1) % 10) + number[16:]
    stranger = "410522193305050010"
    rows = [f"{slip},王建国,2025-02-11,2025-02-12", f"{stranger},尉迟敬德,2025-02-11,2025-02-12"]
    return send(funeral([*rows, f"{pair[1].id_number},王建囯,2025-02-11,2025-02-12"]))


def searched(actor, batch):
    return services.run_execute(run_id=services.batch_run_start(actor=actor, batch_id=batch.pk).pk)


def test_row_with_a_slip_in_its_number_finds_its_person(batch, pair, reviewer):
    run = searched(reviewer, batch)
    found = Suggestion.objects.get(person=pair[0])
    assert found.row == QuarantineRow.objects.get(batch=batch, line=1)
    levels = {entry["field"]: entry["level"] for entry in found.evidence}
    assert (levels["name"], levels["birth_date"], levels["number"]) == ("same", "same", "near")
    assert (found.township_code, found.other, run.batch) == (f.TOWN_A, None, batch)
    assert not Suggestion.objects.filter(row__line=2).exists()


def test_page_shows_the_row_masked_beside_the_person(batch, pair, reviewer, client):
    searched(reviewer, batch)
    suggestion = Suggestion.objects.get(person=pair[0])
    client.force_login(reviewer)
    shown = client.get(f"/linkage/{suggestion.pk}/").content.decode()
    assert "第 1 条" in shown
    assert pair[0].id_number not in shown
    assert suggestion.row.raw.split(",")[0] not in shown


def test_one_officer_decides_a_row_and_nothing_changes(batch, pair, reviewer):
    searched(reviewer, batch)
    suggestion = Suggestion.objects.get(person=pair[0])
    steps = queries.suggestion_detail(actor=reviewer, suggestion_id=suggestion.pk).steps
    assert [step.event for step in steps] == ["same", "different", "unsure"]
    before = list(QuarantineRow.objects.values()), list(Person.objects.values())
    decided = services.suggestion_decide(
        actor=reviewer, suggestion_id=suggestion.pk, event="same", reason="电话核对了户口簿"
    )
    assert decided.state == "SAME"
    assert (list(QuarantineRow.objects.values()), list(Person.objects.values())) == before
    services.suggestion_decide(actor=reviewer, suggestion_id=suggestion.pk, event="undo", reason="再次核对")
    assert Suggestion.objects.get(pk=suggestion.pk).state == "OPEN"


def test_every_batch_is_searched_once_by_itself(batch):
    assert services.batches_start() == 1
    assert services.batches_start() == 0
    assert list(LinkageRun.objects.values_list("batch", "started_by")) == [(batch.pk, None)]


def test_batch_of_another_county_is_not_there(batch):
    stranger = f.make_user("CNTY_REVIEW", f.OTHER_COUNTY)
    with pytest.raises(NotFound):
        services.batch_run_start(actor=stranger, batch_id=batch.pk)
    assert LinkageRun.objects.count() == 0
