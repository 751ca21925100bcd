"""What goes as it should: the help, insurance and lists that quiet households have, so that only what is planted lacks.

Each filler looks at one household and adds listings or records where nobody planted their absence. A filler makes
no use of chance: counties stay the same for a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from doudi.engine.synth import kept, provided
from doudi.engine.synth.context import Context
from doudi.engine.synth.model import Household, Listing, Member, Person, Record

Filler = Callable[[Context, Household], None]
_ALWAYS = ("0000-00", "9999-12")


def fill(context: Context, households: Iterable[Household]) -> list[Record]:
    """Complete ``households``; returns the records about the county's offices."""
    for household in households:
        for filler in FILLERS:
            filler(context, household)
    return [record for made in OFFICES for record in made(context)]


def listed(person: Person, feed: str, **values: object) -> None:
    """A row about ``person`` in every delivery of ``feed``, unless a recipe has said what stands there."""
    if feed not in person.unlisted and all(listing.feed != feed for listing in person.listings):
        person.listings.append(Listing(feed, values, *_ALWAYS))


def alive(household: Household) -> list[Member]:
    return [member for member in household.members if member.person.died_on is None and member.person.death is None]


FILLERS: tuple[Filler, ...] = (*kept.FILLERS, *provided.FILLERS)
OFFICES: tuple[Callable[[Context], list[Record]], ...] = provided.OFFICES
