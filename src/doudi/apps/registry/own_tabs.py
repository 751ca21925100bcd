"""The registry's own tabs of the household page: the assistance chain, members, economy."""

from __future__ import annotations

from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.base.paging import paginate
from doudi.apps.chain.queries import household_chain
from doudi.apps.registry import queries
from doudi.apps.registry.models import Household
from doudi.apps.registry.sight import sight_of
from doudi.apps.registry.tabs import Tab, register

CHAIN_SHOWN = 50


def _chain(actor: User, household: Household) -> dict[str, Any]:
    events = household_chain(actor=actor, household_id=household.pk)
    return {
        "chain": paginate(events, order=["-seq"], cursor=None, size=CHAIN_SHOWN),
        "members": queries.household_members(actor, household),
    }


def _members(actor: User, household: Household) -> dict[str, Any]:
    return {"members": queries.household_members(actor, household, past=True), "sight": sight_of(actor)}


def _economy(actor: User, household: Household) -> dict[str, Any]:
    members = queries.household_members(actor, household)
    facts = queries.member_facts([member.person_id for member in members], kinds=["income"])
    incomes = [(member, facts[member.person_id].income) for member in members]
    found = queries.household_facts(household.pk)
    shared = found.shared_income.total if found.shared_income else 0
    total = sum((income.total for _, income in incomes if income), start=shared)
    return {
        "incomes": incomes,
        "facts": found,
        "income_total": total,
        "per_capita_month": total / len(members) / 12 if members else None,
        "supporters": queries.supporters_of(actor, household),
    }


def register_all() -> None:
    """Once, when the app is ready."""
    register(Tab("chain", "救助链", "registry/_chain.html", _chain, order=0))
    register(Tab("members", "家庭成员", "registry/_members.html", _members, order=10))
    register(Tab("economy", "经济状况", "registry/_economy.html", _economy, "household.economy", order=20))
