"""Bring Django up for a command."""

from __future__ import annotations

import os


def setup() -> None:
    """Load settings and apps (starts the embedded PostgreSQL when no ``DATABASE_URL`` is given)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doudi.web.settings")
    import django

    django.setup()
