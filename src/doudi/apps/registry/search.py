"""The global search: the registry finds households; higher apps add what they can find (alerts by their number)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from doudi.apps.accounts.models import User


@dataclass(frozen=True)
class Found:
    """One hit: what it is, its title and where its page is. ``note`` says more in one line."""

    kind: str
    title: str
    href: str
    note: str = ""


Finder = Callable[[User, str], list[Found]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Add a finder (call it in ``AppConfig.ready``); it returns only what the actor may see."""
    if finder not in _finders:
        _finders.append(finder)


def found_elsewhere(actor: User, text: str) -> list[Found]:
    """What the other finders know under this text."""
    return [found for finder in _finders for found in finder(actor, text)]
