"""``doudi serve``: the pages and the API, by granian over WSGI."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")


def run(args: argparse.Namespace) -> int:
    from doudi.cli import django_ready

    django_ready.setup()
    serve(args.host, args.port, args.workers)
    return 0


def serve(host: str, port: int, workers: int = 2) -> None:
    """Serve until interrupted. Child processes find the database through ``DATABASE_URL``."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.web.settings")
    Granian(
        "doudi.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        websockets=False,
        log_access=False,
        log_level="warning",
    ).serve()
