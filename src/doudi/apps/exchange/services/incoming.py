"""The place where a delivered file stands while it is read: outside the web root, under a random name, then gone."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from doudi.apps.base.errors import Invalid

_CHUNK = 1 << 20
_LEFT_FOR_SECONDS = 6 * 3600  # nothing takes that long to read: older ones are left by dead processes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivered file on disk, with its envelope beside it where one came."""

    path: Path
    size: int
    sha256: str


@contextmanager
def incoming(source: BinaryIO, envelope: bytes | None) -> Iterator[Incoming]:
    """Copy ``source`` to a private folder, counting and hashing; the folder is removed at the end.

    Raises :class:`Invalid` beyond ``FEED_UPLOAD_MAX_BYTES``, without reading further.
    """
    sweep_incoming()
    folder = Path(tempfile.mkdtemp(prefix="", dir=_root()))
    try:
        path = folder / "delivery"
        size, digest = 0, hashlib.sha256()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > settings.FEED_UPLOAD_MAX_BYTES:
                    most = settings.FEED_UPLOAD_MAX_BYTES >> 20
                    raise Invalid(f"文件超过 {most} MB", where="file", hint="请分批报送或改用 Parquet 格式")
                digest.update(chunk)
                target.write(chunk)
        if envelope is not None:
            path.with_name(path.name + ".envelope.json").write_bytes(envelope)
        yield Incoming(path, size, digest.hexdigest())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_incoming(*, older_than_seconds: float = _LEFT_FOR_SECONDS) -> int:
    """Remove what dead processes left; returns how many files."""
    swept = 0
    for left in _root().iterdir():
        try:
            if time.time() - left.stat().st_mtime > older_than_seconds:
                shutil.rmtree(left, ignore_errors=True)
                swept += 1
        except FileNotFoundError:
            continue
    return swept


def _root() -> Path:
    root = Path(settings.MEDIA_ROOT) / "incoming"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root
