"""Owners' own headings, mapped once to the fields of a feed."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, require
from doudi.apps.exchange.models import HeadingRule
from doudi.apps.exchange.queries.feeds import county_of, in_counties
from doudi.engine.lake import load_contracts


def may_map(actor: User, feed: str, county: str) -> bool:
    """Whether the actor may say what a feed's headings mean in a county: its department's officer, the data officer."""
    contract = load_contracts().get(feed)
    if contract is None or county_of(actor) != county:
        return False
    own = may(actor, "feed.upload") and actor.unit.department == contract.department
    return own or may(actor, "feed.accept")


def heading_rules(*, actor: User, county: str) -> list[HeadingRule]:
    """What was mapped in a county that the actor may see: a department its own feeds, others by division."""
    require(actor, "feed.list")
    rows = HeadingRule.objects.filter(county=county).select_related("set_by").order_by("feed", "heading")
    if rows.filter(in_counties(actor, "county")).exists():
        return list(rows)
    own = [name for name, contract in load_contracts().items() if contract.department == actor.unit.department]
    return list(rows.filter(feed__in=own)) if county_of(actor) == county else []
