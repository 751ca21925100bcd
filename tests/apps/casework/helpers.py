"""Looking at what was written."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.casework.models import Application, CaseConference, Referral, Visit, VisitTask
from doudi.apps.chain.models import ChainEvent
from doudi.apps.monitoring.models import Alert
from doudi.apps.registry.models import HouseholdGrant

COUNTED = (VisitTask, Visit, Referral, CaseConference, Application, ChainEvent, HouseholdGrant)


def fresh(user: User) -> User:
    """The same officer in another request: nothing of the scope is cached."""
    return User.objects.select_related("unit").get(pk=user.pk)


def counts() -> dict[str, int]:
    """How many rows everything that casework writes has, and the versions of all alerts."""
    found = {model.__name__: model.objects.count() for model in COUNTED}
    return found | {"versions": sum(Alert.objects.values_list("version", flat=True))}


def titles(household_id: int) -> list[str]:
    """The chain's sentences in their order."""
    return list(ChainEvent.objects.filter(household_id=household_id).order_by("seq").values_list("title", flat=True))


def kinds(household_id: int) -> list[str]:
    return list(ChainEvent.objects.filter(household_id=household_id).order_by("seq").values_list("kind", flat=True))


def open_grants(household_id: int) -> list[str]:
    rows = HouseholdGrant.objects.filter(household_id=household_id, closed_at=None)
    return sorted(rows.values_list("ref", flat=True))
