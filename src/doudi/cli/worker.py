"""``doudi worker``: background jobs from the PostgreSQL queue."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, default=1)


def run(args: argparse.Namespace) -> int:
    from doudi.cli import django_ready

    django_ready.setup()
    from django.core.management import call_command

    call_command("procrastinate", "worker", "--concurrency", str(args.concurrency))
    return 0
