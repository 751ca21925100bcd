"""Field encryption (AES-256-GCM, key ring) and keyed tokens (HMAC-SHA256).

A ciphertext is ``version ‖ key id (4 bytes) ‖ nonce (12) ‖ sealed``; the associated data binds it to one record and
field, so that a value copied to another row or column does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"


class DecryptionError(Exception):
    """The value was not sealed for this record and field, or its key is not in the ring."""


@dataclass(frozen=True)
class Keys:
    """The key ring of an installation. Never stored in the database, never logged."""

    active: str
    encryption: dict[str, bytes] = field(repr=False)
    token: bytes = field(repr=False)
    lake: bytes = field(repr=False)
    session_secret: str = field(repr=False)

    def seal(self, text: str, *, bound_to: str) -> bytes:
        nonce = os.urandom(12)
        sealed = _cipher(self.encryption[self.active]).encrypt(nonce, text.encode(), bound_to.encode())
        return _VERSION + bytes.fromhex(self.active) + nonce + sealed

    def open(self, blob: bytes, *, bound_to: str) -> str:
        blob = bytes(blob)
        key = self.encryption.get(blob[1:5].hex())
        if blob[:1] != _VERSION or key is None:
            raise DecryptionError("the key of this value is not in the key ring")
        try:
            return _cipher(key).decrypt(blob[5:17], blob[17:], bound_to.encode()).decode()
        except InvalidTag as error:
            raise DecryptionError("the value was not sealed for this record and field") from error

    def token_of(self, kind: str, value: str) -> str:
        """Keyed token for equality search; ``kind`` separates domains (id_number, id_last6, phone, account)."""
        return hmac.new(self.token, f"{kind}\x00{value}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=4)
def load_keys(home: Path) -> Keys:
    """Read ``keys.json`` (or the file that ``DOUDI_KEYS_FILE`` names); make it once, readable by its owner only."""
    path = Path(os.environ.get("DOUDI_KEYS_FILE") or home / "keys.json")
    if not path.exists():
        _make(path)
    raw = json.loads(path.read_text())
    return Keys(
        active=raw["active"],
        encryption={name: base64.b64decode(value) for name, value in raw["encryption"].items()},
        token=base64.b64decode(raw["token"]),
        lake=base64.b64decode(raw["lake"]),
        session_secret=raw["session_secret"],
    )


def _make(path: Path) -> None:
    def fresh() -> str:
        return base64.b64encode(os.urandom(32)).decode()

    active = os.urandom(4).hex()
    ring = {
        "active": active,
        "encryption": {active: fresh()},
        "token": fresh(),
        "lake": fresh(),
        "session_secret": fresh(),
    }
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(ring, handle, indent=1)
    try:
        os.link(aside, path)  # the first process wins; nobody overwrites a key ring
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def keys() -> Keys:
    """The key ring of this installation."""
    from django.conf import settings

    return load_keys(settings.HOME)
