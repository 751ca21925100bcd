"""Masked display. Pages show these; the clear value needs a reason and leaves a trace."""

from __future__ import annotations


def mask_name(name: str) -> str:
    """王小明 → 王**: the family name stays."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_id_number(number: str) -> str:
    """410522********271X: county and the last four stay."""
    return f"{number[:6]}{'*' * max(len(number) - 10, 0)}{number[-4:]}" if len(number) >= 15 else "*" * len(number)


def mask_phone(phone: str) -> str:
    """138****0021."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


def mask_account(account: str) -> str:
    """The last four digits stay."""
    return f"{'*' * max(len(account) - 4, 0)}{account[-4:]}" if account else ""
