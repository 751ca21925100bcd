"""Keys of departments' systems: for some of a department's feeds of one county, shown once, ended at any time."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from django.db import connection, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import clock
from doudi.apps.base.errors import Invalid, NotFound
from doudi.apps.exchange.models import ApiKey
from doudi.apps.registry import queries as registry
from doudi.engine.lake import load_contracts

MOST_DAYS = 366
MOST_PER_MINUTE = 6000
_PREFIX = "ddk"


class TooMany(Exception):
    """The key's requests of this minute are used up; ``seconds`` until the next."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"no more requests for {seconds} s")


@transaction.atomic
def key_issue(
    *, actor: User, county: str, department: str, feeds: Sequence[str], holder: str, days: int, per_minute: int
) -> tuple[ApiKey, str]:
    """A new key and its text, which is kept nowhere and never shown again. Raises :class:`Invalid` naming the field."""
    require(actor, "feed.key")
    contracts = load_contracts()
    if county not in registry.counties_for_system():
        raise Invalid("没有这个县（市、区）的数据", where="county", hint="请从列表中选择")
    if not feeds or any(name not in contracts or contracts[name].department != department for name in feeds):
        raise Invalid("请选择该部门自己的数据", where="feeds", hint="一把密钥只能用于一个部门的数据")
    if not holder.strip():
        raise Invalid("请填写使用单位和系统", where="holder", hint="如：县医疗保障局 结算系统")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"有效期须为 1 至 {MOST_DAYS} 天", where="days", hint="到期前可签发新密钥")
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Invalid(f"每分钟次数须为 1 至 {MOST_PER_MINUTE}", where="per_minute")
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        county_id=county,
        department=department,
        holder=holder.strip()[:80],
        feeds=sorted(set(feeds)),
        public_id=secrets.token_hex(6),
        secret_sha256=_digest(secret),
        per_minute=per_minute,
        issued_by=actor,
        issued_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=days),
    )
    _record(key, actor, f"签发接口密钥：{key.holder}，{'、'.join(contracts[name].title for name in key.feeds)}")
    return key, f"{_PREFIX}_{key.public_id}_{secret}"


@transaction.atomic
def key_revoke(*, actor: User, key_id: int) -> ApiKey:
    """End a key at once; ending it again changes nothing."""
    require(actor, "feed.key")
    key = ApiKey.objects.select_for_update(of=("self",)).filter(pk=key_id).first()
    if key is None:
        raise NotFound("没有这把密钥。")
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = clock.now(), actor
        key.save(update_fields=["revoked_at", "revoked_by"])
        _record(key, actor, f"停用接口密钥：{key.holder}")
    return key


def key_use(text: str) -> ApiKey | None:
    """The key that ``text`` is, counted for its rate, or None where it is none, ended or expired.

    Every try on a known key counts, and a try that fails is logged. Raises :class:`TooMany` beyond the key's rate.
    """
    prefix, _, rest = text.partition("_")
    public_id, _, secret = rest.partition("_")
    if prefix != _PREFIX or not secret or "\x00" in text:
        return None
    key = ApiKey.objects.filter(public_id=public_id).first()
    if key is None:
        return None
    _count(key)
    now = clock.now()
    if not hmac.compare_digest(_digest(secret), key.secret_sha256):
        why = "密钥错误"
    elif key.revoked_at is not None:
        why = "密钥已停用"
    elif key.expires_at <= now:
        why = "密钥已过期"
    else:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return key
    audit.record(
        Action.REFUSED,
        actor=None,
        object_type="api_key",
        object_id=key.public_id,
        county_code=key.county_id,
        reason=f"{key.holder}：{why}",
    )
    return None


def _count(key: ApiKey) -> None:
    """One more request in this minute. In the database: the limit holds over all processes and survives a restart."""
    seconds = int(clock.now().timestamp())
    minute = seconds // 60
    sql = """
        UPDATE api_key SET window_count = CASE WHEN "window" = %s THEN window_count + 1 ELSE 1 END, "window" = %s
        WHERE id = %s RETURNING window_count
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [minute, minute, key.pk])
        (used,) = cursor.fetchone() or (0,)
    if used > key.per_minute:
        raise TooMany(60 - seconds % 60)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(key: ApiKey, actor: User, reason: str) -> None:
    audit.record(
        Action.ADMIN,
        actor=actor,
        object_type="api_key",
        object_id=key.public_id,
        county_code=key.county_id,
        reason=reason,
        detail={"feeds": key.feeds, "department": key.department, "expires_at": key.expires_at.isoformat()},
    )
