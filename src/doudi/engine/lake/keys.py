"""Keyed numbers of the lake beside ``person_key``: of bank accounts."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from doudi.engine.identity import Tokeniser

_PURPOSE = "account-key"


def account_secret(tokeniser: Tokeniser) -> bytes:
    """The installation's secret under which account numbers are hashed, 32 bytes."""
    return tokeniser.derive(_PURPOSE)


def account_key(tokeniser: Tokeniser, account: str) -> int:
    """Signed 64-bit key of a bank account: the column ``account`` of the feed ``payment_receipt`` (SUP-09).

    Spaces, hyphens, full-width forms and case do not count. Equal accounts have equal keys within one installation.
    """
    plain = re.sub(r"[\s\u200b\ufeff'’-]", "", unicodedata.normalize("NFKC", account)).upper()
    digest = hashlib.sha256(account_secret(tokeniser) + plain.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
