"""What higher apps add to the household page: each registers its tabs at start, so that the registry knows none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may
from doudi.apps.registry.models import Household


@dataclass(frozen=True)
class Tab:
    """``context(actor, household)`` gives the variables of ``template`` (a Jinja2 partial); ``operation`` who sees it.

    Tabs stand in the page in the order of ``order``: members 10, economy 20, decisions 30, benefits 40, alerts 50,
    visits 60, referrals 70. ``context`` must read in a constant number of statements and only through scoped queries.
    """

    key: str
    label: str
    template: str
    context: Callable[[User, Household], dict[str, Any]]
    operation: str = "household.read"
    order: int = 100


_tabs: dict[str, Tab] = {}


def register(tab: Tab) -> None:
    """Add a tab (call it in ``AppConfig.ready``); the same key again replaces it."""
    _tabs[tab.key] = tab


def tabs_for(actor: User) -> list[Tab]:
    """The tabs that the actor may open, in order."""
    return [tab for tab in sorted(_tabs.values(), key=lambda tab: (tab.order, tab.key)) if may(actor, tab.operation)]
