"""What the household's pack says about handling: one place that turns pack parameters into switches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from doudi.apps.base import clock
from doudi.apps.determination import queries as determination
from doudi.engine.rules import load_pack, parameter_value

# who decides → the role that confirms
AUTHORITIES = {"township": ("TOWN_HEAD", "乡镇（街道）"), "county": ("CNTY_LEAD", "县级民政部门")}
BODIES = {
    "coordination_mechanism": "县级困难群众基本生活保障工作协调机制",
    "joint_conference": "县级社会救助工作联席会议",
}


@dataclass(frozen=True)
class Switches:
    """``home_visit``: all | uncovered | none_stated; ``authority``: township | county."""

    pack: str
    home_visit: str
    authority: str
    conference_body: str

    @property
    def deciding_role(self) -> str:
        return AUTHORITIES[self.authority][0]

    @property
    def authority_label(self) -> str:
        return AUTHORITIES[self.authority][1]

    def must_visit_home(self, *, covered: bool) -> bool:
        """Whether a telephone call is not enough (郑政办〔2024〕46号 二(四), 安政办〔2024〕1号 二(三)4)."""
        return self.home_visit == "all" or (self.home_visit == "uncovered" and not covered)

    @property
    def needs_suggestion(self) -> bool:
        """Each check ends with a suggestion for assistance (郑政办〔2024〕46号 二(四))."""
        return self.home_visit == "all"


def switches_for(division_code: str) -> Switches:
    """The switches in force today for a household of this division."""
    return _switches(determination.pack_for(division_code), clock.today())


@lru_cache(maxsize=64)
def _switches(pack_name: str, on: dt.date) -> Switches:
    pack = load_pack(pack_name)
    return Switches(
        pack=pack_name,
        home_visit=parameter_value(pack, "alert_home_visit", on),
        authority=parameter_value(pack, "determining_authority", on),
        conference_body=BODIES[parameter_value(pack, "complex_case_body", on)],
    )
