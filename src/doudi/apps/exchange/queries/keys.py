"""Keys of departments' systems, as the administrator and the key's own holder see them."""

from __future__ import annotations

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require
from doudi.apps.base.errors import NotFound
from doudi.apps.base.paging import Page, paginate
from doudi.apps.exchange.models import ApiKey, Batch


def key_list(*, actor: User, cursor: str | None = None) -> Page:
    """Every key, newest first; never its secret."""
    require(actor, "feed.key")
    rows = ApiKey.objects.select_related("county", "issued_by", "revoked_by")
    return paginate(rows, order=("-id",), cursor=cursor)


def batch_of_key(key: ApiKey, feed: str, number: str) -> Batch:
    """The batch that went in under the sender's number by a key of the same department and county, the newest one."""
    rows = Batch.objects.filter(
        feed=feed, county=key.county_id, batch_id=number, api_key__department=key.department
    ).order_by("-id")
    batch = rows.first()
    if batch is None or feed not in key.feeds:
        raise NotFound("没有这个批次。")
    return batch
