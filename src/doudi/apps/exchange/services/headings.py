"""An owner's own headings are mapped once: from the refused file that showed them, for every later one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction

from doudi.apps.accounts.models import User
from doudi.apps.audit import services as audit
from doudi.apps.audit.models import Action
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.exchange import queries
from doudi.apps.exchange.models import Batch, HeadingRule
from doudi.engine.lake import load_contracts

_NAMELESS = re.compile(r"第\d+列无标题")


def mappable(batch: Batch) -> list[str]:
    """The headings of a refused file that can be mapped: columns without any must be removed from the file."""
    unknown = (batch.unknown_headings or {}).get("unknown", [])
    return [heading for heading in dict.fromkeys(unknown) if not _NAMELESS.fullmatch(heading)]


@transaction.atomic
def headings_set(*, actor: User, batch_id: int, mapping: Mapping[str, str]) -> int:
    """Remember {heading: field, '' for one that is not read} of the headings that a refused file was sent back for.

    Every later file of the feed in this county is read so. Returns how many were set. Raises :class:`Invalid` for a
    field that the feed lacks or that two headings claim.
    """
    batch = queries.batch_get(actor=actor, batch_id=batch_id)
    if not queries.may_map(actor, batch.feed, batch.county_id):
        raise Refused()
    asked = mappable(batch)
    if not asked:
        raise Conflict("本批次没有需要对应的列名。")
    if set(mapping) != set(asked):
        raise Invalid("请为每个列名选择对应的字段", where="headings")
    fields = {field.name for field in load_contracts()[batch.feed].fields}
    chosen = [name for name in mapping.values() if name]
    if unknown := set(chosen) - fields:
        raise Invalid(f"没有字段 {sorted(unknown)[0]}", where="headings", hint="请从列表中选择")
    if len(set(chosen)) != len(chosen):
        raise Invalid("两个列名对应了同一字段", where="headings", hint="一个字段只能对应一列")
    for heading, name in mapping.items():
        HeadingRule.objects.update_or_create(
            feed=batch.feed,
            county_id=batch.county_id,
            heading=heading,
            defaults={"field": name, "set_by": actor, "set_at": clock.now()},
        )
    _record(actor, batch.feed, batch.county_id, f"对应列名：{'、'.join(mapping)}"[:200])
    return len(mapping)


@transaction.atomic
def heading_forget(*, actor: User, rule_id: int) -> None:
    """Forget what a heading means; files with it are asked about again."""
    rule = HeadingRule.objects.filter(pk=rule_id).first()
    if rule is None or not queries.may_map(actor, rule.feed, rule.county_id):
        raise NotFound()
    rule.delete()
    _record(actor, rule.feed, rule.county_id, f"删除列名对应：{rule.heading}")


def _record(actor: User, feed: str, county: str, reason: str) -> None:
    audit.record(Action.ADMIN, actor=actor, object_type="feed", object_id=feed, county_code=county, reason=reason)
