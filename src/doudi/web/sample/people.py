"""Who acts in the sample history: the sample accounts, and in every other township a clerk, a head and a visitor."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts import services as accounts
from doudi.apps.accounts.models import Unit, User
from doudi.apps.divisions.models import Division, Level

_SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("建国", "秀兰", "志强", "慧敏", "文军", "丽华", "海涛", "玉梅", "振华", "晓燕")
_TOWNSHIP_ROLES = ("TOWN_CLERK", "TOWN_HEAD", "VIL_ASSIST")


class Cast:
    """Officers by role and township. The sample accounts serve the township that they belong to."""

    def __init__(self, county: str) -> None:
        self.county = county
        self.by_role: dict[str, User] = {}
        self.by_place: dict[tuple[str, str], User] = {}
        for user in User.objects.filter(role_grants__isnull=False).select_related("unit").distinct():
            for grant in user.role_grants.all():
                self.by_role.setdefault(grant.role, user)
                if grant.role in _TOWNSHIP_ROLES:
                    self.by_place.setdefault((grant.role, grant.division_id), user)
        self._fill_townships()

    def _fill_townships(self) -> None:
        towns = Division.objects.filter(parent_id=self.county, level=Level.TOWNSHIP).order_by("code")
        for t, town in enumerate(towns):
            for r, role in enumerate(_TOWNSHIP_ROLES):
                if (role, town.code) not in self.by_place:
                    name = _SURNAMES[(t * 3 + r) % len(_SURNAMES)] + _GIVEN[(t + r * 4) % len(_GIVEN)]
                    self.by_place[role, town.code] = accounts.sample_officer(
                        username=f"{role.lower()}-{town.code[6:9]}", name=name, role=role, division=town.code
                    )

    def serving(self, role: str, alert: Any) -> User:
        """Who holds the role in the alert's township."""
        return self.by_place[role, alert.township_code]

    def __getitem__(self, role: str) -> User:
        return self.by_role[role]

    def unit(self, department: str) -> Unit:
        return Unit.objects.get(division_id=self.county, department=department)
