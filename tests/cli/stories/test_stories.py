"""Families' stories through the real command: R038, R060, R103, R193, R288, R334, R335, R368, R369 and neighbours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from doudi.cli import main

STORIES = yaml.safe_load((Path(__file__).parent / "stories.yaml").read_text(encoding="utf-8"))
LISTS = ("members", "lines", "entitlements", "missing", "warnings", "findings")


@pytest.mark.parametrize("story", STORIES, ids=[story["story"] for story in STORIES])
def test_story(story: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    household, standards = tmp_path / "household.yaml", tmp_path / "standards.yaml"
    household.write_text(yaml.safe_dump(story["household"], allow_unicode=True), encoding="utf-8")
    standards.write_text(yaml.safe_dump(story["standards"], allow_unicode=True), encoding="utf-8")
    call = ["determine", str(household), "--pack", story["pack"], "--as-of", str(story["as_of"])]
    call += ["--standards", str(standards), "--json"]
    for text in story.get("set", ()):
        call += ["--set", text]
    assert main(call) == 0
    result = json.loads(capsys.readouterr().out)["households"][0]
    for key, expected in story["expect"].items():
        if key in LISTS and expected == []:
            assert result[key] == []
        elif key in LISTS:
            for entry in expected:
                found = [item for item in result[key] if all(item.get(name) == value for name, value in entry.items())]
                assert len(found) == 1, f"{key}: {entry} is not once in {result[key]}"
                assert key == "members" or found[0].get("cite"), f"{entry} has no clause"
        elif key == "without":
            for entry in expected:
                assert not [item for item in result["entitlements"] if item["item"] == entry["item"]]
        elif isinstance(expected, dict):
            assert {name: result[key][name] for name in expected} == expected
        else:
            assert result.get(key) == expected
