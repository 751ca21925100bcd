"""Every write of the registry: one function a verb, one transaction each."""

from doudi.apps.registry.services.categories import category_end, category_start
from doudi.apps.registry.services.facts import fact_record
from doudi.apps.registry.services.grants import grant_close, grant_open
from doudi.apps.registry.services.households import household_register, member_add, member_leave, visited
from doudi.apps.registry.services.merge import person_merge, person_unmerge
from doudi.apps.registry.services.persons import death_record, person_register, reveal

__all__ = [
    "category_end",
    "category_start",
    "death_record",
    "fact_record",
    "grant_close",
    "grant_open",
    "household_register",
    "member_add",
    "member_leave",
    "person_merge",
    "person_register",
    "person_unmerge",
    "reveal",
    "visited",
]
