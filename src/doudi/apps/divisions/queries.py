"""Divisions as others need them: names, paths, children, subtrees. Public facts: no actor, no scope."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import Q

from doudi.apps.base.scoped import level_codes
from doudi.apps.divisions.models import Division, Level

_CACHE_SECONDS = 300
_DIGITS = (2, 4, 6, 9, 12)


def division_names(codes: Iterable[str]) -> dict[str, str]:
    """{code: name} of the codes that exist; at most one statement, for what is not cached."""
    wanted = {code: f"division:{code}" for code in codes if code}
    known = cache.get_many(wanted.values())
    names = {code: known[key] for code, key in wanted.items() if key in known}
    missing = [code for code in wanted if code not in names]
    if missing:
        found = dict(Division.objects.filter(pk__in=missing).values_list("code", "name"))
        cache.set_many({wanted[code]: name for code, name in found.items()}, _CACHE_SECONDS)
        names |= found
    return names


def division_name(code: str) -> str:
    """The name, or the code itself where it is not in the table; '' for ''."""
    return division_names([code]).get(code, code)


def ancestry(code: str) -> list[str]:
    """The codes from the province down to ``code`` itself (a grid included)."""
    codes = [one for one in level_codes(code[:12]).values() if one]
    return [*codes, code] if len(code) > 12 else codes


def division_path(code: str, start: Level = Level.CITY) -> str:
    """``410522101203`` → 安阳市 / 安阳县 / 某镇 / 某村, from ``start`` downwards (a province shows itself)."""
    codes = ancestry(code) if code else []
    shown = codes[start - 1 :] or codes
    names = division_names(shown)
    return " / ".join(names.get(one, one) for one in shown)


def division_get(code: str) -> Division | None:
    """The division, in force or not; None where the table has no such code."""
    return Division.objects.filter(pk=code).first() if code.isdigit() else None


def children(code: str | None) -> list[Division]:
    """The divisions in force directly below, by code; the provinces for None."""
    return list(Division.objects.filter(parent_id=code, valid_until=None).order_by("code"))


def is_within(code: str, ancestor: str) -> bool:
    """Whether ``code`` is ``ancestor`` or lies below it."""
    return ancestor in (*ancestry(code), code)


def subtree(codes: Iterable[str]) -> Q:
    """The condition for :class:`Division` rows that are one of ``codes`` or below; nothing for no codes."""
    condition = Q(pk__in=[])
    for code in codes:
        condition |= Q(pk__startswith=_stem(code))
    return condition


def choices(*, level: Level, within: Iterable[str]) -> list[tuple[str, str]]:
    """[(code, name)] of the divisions in force of one level inside the subtrees ``within``, by code."""
    rows = Division.objects.filter(subtree(within), level=level, valid_until=None)
    return list(rows.order_by("code").values_list("code", "name"))


def _stem(code: str) -> str:
    """The digits that all below share: 410522000000 → 410522, 410522101000 → 410522101."""
    return code if len(code) > 12 else code[: _DIGITS[len(ancestry(code)) - 1]]
