"""Accounts in a snapshot: a keyed number that equals the bank receipts' of the same account, never the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doudi.apps.base.crypto import keys
from doudi.apps.registry.models import Person
from doudi.apps.registry.snapshot import Row
from doudi.engine.identity import Tokeniser
from doudi.engine.lake.keys import account_key


def keyed(rows: Iterable[Row]) -> Iterator[Row]:
    """(household_key, person_key, uid, sealed account) → household_key, person_key, account_key, institution.

    The register does not know which accounts are an institution's.
    """
    tokeniser = Tokeniser(keys().lake)
    for household_key, person_key, uid, sealed in rows:
        account = Person(uid=uid, account_sealed=sealed).account
        yield household_key, person_key, account_key(tokeniser, account), None
