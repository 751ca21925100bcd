"""``doudi migrate``: tables, divisions and, on an empty installation, the first administrator."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-divisions", action="store_true", help="do not load the shipped table of divisions")


def run(args: argparse.Namespace) -> int:
    from doudi.cli import django_ready

    django_ready.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from doudi.apps.accounts import services as accounts
    from doudi.apps.divisions import services as divisions

    if not args.no_divisions:
        print(f"divisions: {divisions.load_divisions()}")
    password = accounts.ensure_first_admin()
    if password:
        print(f"first administrator: admin, password {password} (shown once, must be changed at the first log-in)")
    print("database is up to date")
    return 0
