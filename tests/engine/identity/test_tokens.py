"""Tokens: the documented construction, domains, and the SQL form."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest

from doudi.engine.errors import InputError
from doudi.engine.identity import Tokeniser
from doudi.engine.identity.bulk import first_key, hmac_parameters, hmac_sql

KEY = bytes(range(32))
ID = "11010519491231002X"


@pytest.mark.parametrize("key", [KEY, bytes(64), bytes(100)], ids=["32", "64", "longer than a block"])
def test_person_key_is_the_documented_construction(key: bytes) -> None:
    digest = hmac.digest(key, ID.encode(), "sha256")
    assert Tokeniser(key).person_key(ID) == int.from_bytes(digest[:8], "big", signed=True)
    assert Tokeniser(key).person_keys([ID, ID]) == [Tokeniser(key).person_key(ID)] * 2


def test_household_key_takes_any_text() -> None:
    digest = hmac.digest(KEY, "户0001".encode(), "sha256")
    assert Tokeniser(KEY).household_key("户0001") == int.from_bytes(digest[:8], "big", signed=True)


def test_search_token_and_person_key_share_nothing() -> None:
    token = Tokeniser(KEY).token(ID)
    assert token == hmac.digest(KEY, b"doudi/id-token/v1\x00" + ID.encode(), "sha256").hex()
    assert int.from_bytes(bytes.fromhex(token[:16]), "big", signed=True) != Tokeniser(KEY).person_key(ID)


def test_key_id_names_the_key_without_telling_it() -> None:
    assert Tokeniser(KEY).key_id == hashlib.sha256(KEY).hexdigest()[:8]
    assert repr(Tokeniser(KEY)) == f"Tokeniser(key_id={Tokeniser(KEY).key_id!r})"


def test_other_key_other_person_key() -> None:
    assert Tokeniser(KEY).person_key(ID) != Tokeniser(KEY[::-1]).person_key(ID)


def test_short_key_is_refused() -> None:
    with pytest.raises(InputError, match="16 bytes"):
        Tokeniser(b"secret")


def test_sql_keys_are_the_python_keys() -> None:
    ids = [str(410522195001010000 + n) for n in range(500)]
    digest = hmac_sql("id")
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT {first_key(digest)} FROM (SELECT unnest($ids::VARCHAR[]) AS id)",
            {"ids": ids, **hmac_parameters(Tokeniser(KEY))},
        )
        .fetchall()
    )
    assert [row[0] for row in rows] == Tokeniser(KEY).person_keys(ids)
