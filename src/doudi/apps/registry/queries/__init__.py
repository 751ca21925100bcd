"""Reads of the registry. Everything takes the actor and returns what he may see; ``*_for_system`` is for jobs only."""

from doudi.apps.registry.queries.document import (
    household_document_for_system,
    registered_count_for_system,
    registered_documents_for_system,
)
from doudi.apps.registry.queries.facts import (
    MemberFacts,
    household_facts,
    latest_facts,
    member_facts,
)
from doudi.apps.registry.queries.grants import granted_household_ids
from doudi.apps.registry.queries.households import (
    HouseholdFilters,
    household_by_no,
    household_get,
    household_list,
    in_reach,
    person_get,
    search,
)
from doudi.apps.registry.queries.members import Member, household_members, supporters_of
from doudi.apps.registry.queries.shown import ShownHousehold, shown, shown_many
from doudi.apps.registry.queries.system import (
    active_members_for_system,
    counties_for_system,
    covered_persons_for_system,
    covered_spans_for_system,
    household_for_system,
    household_keys_of_for_system,
    household_numbers_for_system,
    households_by_keys_for_system,
    households_for_system,
    person_keys_for_system,
    persons_by_keys_for_system,
)

__all__ = [
    "HouseholdFilters",
    "Member",
    "MemberFacts",
    "ShownHousehold",
    "active_members_for_system",
    "counties_for_system",
    "covered_persons_for_system",
    "covered_spans_for_system",
    "granted_household_ids",
    "household_by_no",
    "household_document_for_system",
    "household_facts",
    "household_for_system",
    "household_get",
    "household_keys_of_for_system",
    "household_list",
    "household_members",
    "household_numbers_for_system",
    "households_by_keys_for_system",
    "households_for_system",
    "in_reach",
    "latest_facts",
    "member_facts",
    "person_get",
    "person_keys_for_system",
    "persons_by_keys_for_system",
    "registered_count_for_system",
    "registered_documents_for_system",
    "search",
    "shown",
    "shown_many",
    "supporters_of",
]
