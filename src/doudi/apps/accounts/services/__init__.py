"""Verbs on accounts: log-in and out, passwords, users, roles, units, and what an installation starts with."""

from doudi.apps.accounts.services.grants import role_grant, role_revoke
from doudi.apps.accounts.services.initial import (
    SAMPLE_ACCOUNTS,
    ensure_first_admin,
    ensure_sample_accounts,
    sample_officer,
)
from doudi.apps.accounts.services.sessions import log_in, log_out
from doudi.apps.accounts.services.users import (
    password_change,
    unit_create,
    user_create,
    user_disable,
    user_enable,
    user_reset_password,
)

__all__ = [
    "SAMPLE_ACCOUNTS",
    "ensure_first_admin",
    "ensure_sample_accounts",
    "log_in",
    "log_out",
    "password_change",
    "role_grant",
    "role_revoke",
    "sample_officer",
    "unit_create",
    "user_create",
    "user_disable",
    "user_enable",
    "user_reset_password",
]
