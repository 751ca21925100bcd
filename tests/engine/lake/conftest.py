"""Fixtures of the lake: the contract, a key, and taking in bytes as a delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doudi.engine.identity import Tokeniser
from doudi.engine.lake import Contract, IngestResult, ingest, load_contract, read_delivery
from tests.engine.lake.deliveries import CONTRACT, KEY


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path = tmp_path_factory.mktemp("contracts") / "clinic.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    return load_contract(path)


@pytest.fixture
def tokeniser() -> Tokeniser:
    return Tokeniser(KEY)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def take_in(tmp_path: Path, lake: Path, contract: Contract, tokeniser: Tokeniser) -> Callable[..., IngestResult]:
    """Ingest bytes as a delivery of 2024-03."""

    def call(data: bytes, name: str = "2024-03.csv", **options: Any) -> IngestResult:
        path = tmp_path / name
        path.write_bytes(data)
        with read_delivery(path, contract) as delivery:
            return ingest(delivery, contract, tokeniser, lake, **options)

    return call
