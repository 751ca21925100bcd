"""The year's screening: campaigns, what is left to do, and coverage by township and village."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.divisions.queries import division_names
from doudi.apps.inspection.models import Campaign, ScreeningEntry

DONE = Q(done_on__isnull=False)


def _visible(actor: User) -> QuerySet[Campaign]:
    """Campaigns of the actor's divisions, and those of the county above that list households of his."""
    require(actor, "inspection.read")
    own = restrict(Campaign.objects.all(), actor).values("pk")
    listed = restrict(ScreeningEntry.objects.all(), actor).values("campaign_id")
    return Campaign.objects.filter(Q(pk__in=own) | Q(pk__in=listed)).select_related("division", "opened_by")


def campaign_list(*, actor: User, cursor: str | None = None) -> Page:
    """Campaigns, the newest year first."""
    return paginate(_visible(actor), order=["-year", "division_id"], cursor=cursor)


def campaign_get(*, actor: User, campaign_id: int) -> Campaign:
    """One campaign; :class:`NotFound` where it concerns no household of the actor's."""
    found = _visible(actor).filter(pk=campaign_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Coverage:
    """Households listed and screened of one place; ``code`` '' is all that the actor sees."""

    code: str
    name: str
    households: int
    done: int

    @property
    def left(self) -> int:
        return self.households - self.done

    @property
    def percent(self) -> int:
        """Rounded down: 100 is said of complete places only."""
        return self.done * 100 // self.households if self.households else 100


def coverage(*, actor: User, campaign_id: int, township: str = "") -> list[Coverage]:
    """Coverage in the actor's divisions: the whole first, then townships, or the villages of ``township``."""
    rows = restrict(ScreeningEntry.objects.filter(campaign_id=campaign_id), actor).order_by()
    if township:
        rows = rows.filter(township_code=township)
    column = "village_code" if township else "township_code"
    counted = list(rows.values_list(column).annotate(households=Count("pk"), done=Count("pk", filter=DONE)))
    names = division_names([code for code, _, _ in counted])
    places = [Coverage(code, names.get(code, code or "未分到村"), n, done) for code, n, done in sorted(counted)]
    return [Coverage("", "合计", sum(p.households for p in places), sum(p.done for p in places)), *places]


def left_by_campaign(*, actor: User, ids: list[int]) -> dict[int, tuple[int, int]]:
    """{campaign: (listed, screened)} in the actor's divisions."""
    rows = restrict(ScreeningEntry.objects.filter(campaign_id__in=ids), actor).order_by()
    counted = rows.values_list("campaign_id").annotate(households=Count("pk"), done=Count("pk", filter=DONE))
    return {pk: (households, done) for pk, households, done in counted}


def entry_list(
    *, actor: User, campaign_id: int, state: str = "left", township: str = "", village: str = "", q: str = "",
    cursor: str | None = None,
) -> Page:  # fmt: skip
    """One page of the list by village: ``left``, ``done`` or '' for all; ``q`` a household number or head's name."""
    rows = restrict(ScreeningEntry.objects.filter(campaign_id=campaign_id), actor)
    if state:
        rows = rows.filter(DONE if state == "done" else ~DONE)
    columns = {"township_code": township, "village_code": village}
    rows = rows.filter(**{name: value for name, value in columns.items() if value})
    if text := q.strip():
        rows = rows.filter(Q(household__head_name__startswith=text) | Q(household__household_no=text))
    return paginate(rows.select_related("household", "recorded_by"), order=["village_code", "id"], cursor=cursor)


def left_rows(*, actor: User, campaign_id: int, township: str = "") -> list[ScreeningEntry]:
    """All households still to be screened in the actor's divisions, by village."""
    require(actor, "inspection.read")
    rows = restrict(ScreeningEntry.objects.filter(campaign_id=campaign_id, done_on=None), actor)
    if township:
        rows = rows.filter(township_code=township)
    return list(rows.select_related("household").order_by("village_code", "id"))


def entry_get(*, actor: User, entry_id: int) -> ScreeningEntry:
    """One household of a campaign; :class:`NotFound` outside the actor's divisions."""
    require(actor, "inspection.read")
    rows = restrict(ScreeningEntry.objects.select_related("household", "campaign__division", "recorded_by"), actor)
    found = rows.filter(pk=entry_id).first()
    if found is None:
        raise NotFound()
    return found
