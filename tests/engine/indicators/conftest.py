"""Fixtures of the indicators' tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_county import SmallCounty


@pytest.fixture
def county(tmp_path: Path) -> SmallCounty:
    return SmallCounty(tmp_path)
