from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT, settings.MEDIA_ROOT, settings.HOME = tmp_path / "lake", tmp_path / "files", tmp_path
