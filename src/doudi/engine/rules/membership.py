"""People who stand in two households of the same file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CITE = "产品默认值：一人只能计入一个共同生活家庭"


class Memberships:
    """Collects the members of household documents, one document after the other."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str]] = {}  # id number → household and person where it stood first
        self.warnings: list[dict[str, Any]] = []

    def add(self, document: Mapping[str, Any]) -> None:
        """One household document that ``read_household`` accepted. The same household given again is no second one."""
        household = str(document["household_id"])
        for member in document["members"]:
            number = member.get("id_number")
            if not number:
                continue
            here = (household, str(member["person_id"]))
            there = self._first.setdefault(str(number).strip().upper(), here)
            if there[0] != household:
                self.warnings.append(_warning(there, here))


def _warning(there: tuple[str, str], here: tuple[str, str]) -> dict[str, Any]:
    return {
        "code": "DOUBLE_MEMBERSHIP",
        "households": [there[0], here[0]],
        "persons": [there[1], here[1]],
        "cite": CITE,
        "message": f"同一身份证号同时登记在家庭 {there[0]}（成员 {there[1]}）和家庭 {here[0]}（成员 {here[1]}），"
        "请核实本人实际与哪一家共同生活，只在一家保留。",
    }
