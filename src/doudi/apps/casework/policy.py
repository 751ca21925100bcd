"""What the household's pack says about handling: one place that turns pack parameters into switches."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.apps.policy.queries import pack_for, parameters_at

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
    """The switches in force today for a household of this division: the pack's, unless the locality changed them."""
    found = parameters_at(division_code, ("alert_home_visit", "determining_authority", "complex_case_body"))
    return Switches(
        pack=pack_for(division_code),
        home_visit=found["alert_home_visit"],
        authority=found["determining_authority"],
        conference_body=BODIES[found["complex_case_body"]],
    )
