"""One written sample county for all tests of this folder that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from doudi.engine.synth import County, make_county, write_county

HOUSEHOLDS, SEED, PERIOD = 600, 11, "2025-10"


@pytest.fixture(scope="session")
def county() -> County:
    return make_county(HOUSEHOLDS, SEED, PERIOD)


@pytest.fixture(scope="session")
def written(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synth") / "county"
    write_county(county, out)
    return out
