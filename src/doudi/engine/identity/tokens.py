"""Keyed tokens in place of identity numbers.

An identity number has few unknown digits, so a plain hash of it is as good as the number. Everything that leaves the
registry is therefore an HMAC under the installation's token key, which never stands beside the data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from doudi.engine.errors import InputError

_BLOCK = 64
_TOKEN_DOMAIN = b"doudi/id-token/v1\x00"
_DERIVE_DOMAIN = b"doudi/derive/v1\x00"


class Tokeniser:
    """HMAC-SHA256 under one key (RFC 2104), with the padded key hashed once."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise InputError(
                "the token key is shorter than 16 bytes",
                where="token key",
                hint="use the installation's own key: 32 random bytes, as 64 hex digits",
            )
        padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\x00")
        self.key_id = hashlib.sha256(key).hexdigest()[:8]
        self.inner_pad = bytes(byte ^ 0x36 for byte in padded)
        self.outer_pad = bytes(byte ^ 0x5C for byte in padded)
        self._inner = hashlib.sha256(self.inner_pad)
        self._outer = hashlib.sha256(self.outer_pad)

    def __repr__(self) -> str:
        return f"Tokeniser(key_id={self.key_id!r})"

    def _mac(self, message: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def token(self, id18: str) -> str:
        """64 hex digits for exact search in the registry; unrelated to ``person_key`` (own domain)."""
        return self._mac(_TOKEN_DOMAIN + id18.encode("ascii")).hex()

    def derive(self, purpose: str) -> bytes:
        """A 32-byte secret of its own for another purpose."""
        return self._mac(_DERIVE_DOMAIN + purpose.encode())

    def person_key(self, id18: str) -> int:
        """Signed 64-bit key of a person: the first eight bytes, big-endian, of the HMAC of the 18 characters."""
        return int.from_bytes(self._mac(id18.encode("ascii"))[:8], "big", signed=True)

    def person_keys(self, id18s: Iterable[str]) -> list[int]:
        """``person_key`` of many, in order."""
        mac, number = self._mac, int.from_bytes
        return [number(mac(id18.encode("ascii"))[:8], "big", signed=True) for id18 in id18s]

    def household_key(self, household_no: str) -> int:
        """Signed 64-bit key of a household, from its number."""
        return int.from_bytes(self._mac(household_no.encode())[:8], "big", signed=True)
