from __future__ import annotations

import datetime as dt

import pytest

from doudi.apps.base import clock
from tests import factories as f

DAY = dt.date(2025, 3, 12)


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.at(clock.at_noon(DAY)):
        yield


@pytest.fixture
def drafter():
    return f.make_user("POLICY_ADMIN", name="蒋月")


@pytest.fixture
def lead():
    return f.make_user("CNTY_LEAD", name="张立国")
