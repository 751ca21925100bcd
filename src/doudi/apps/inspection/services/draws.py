"""Drawing a random inspection and sending its visitors (《指南（第一版）》 三(三)2)."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import require, restrict
from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound
from doudi.apps.base.history import named
from doudi.apps.base.idempotency import once
from doudi.apps.base.scoped import level_codes
from doudi.apps.casework import services as casework
from doudi.apps.casework.choices import Purpose
from doudi.apps.casework.queries import may_enter
from doudi.apps.casework.queries.plans import open_inspections_for_system
from doudi.apps.inspection.models import Draw, DrawFrame, DrawnHousehold
from doudi.apps.inspection.queries.draws import STRATA, draw_get, ratio_for
from doudi.apps.registry.queries import in_reach
from doudi.apps.registry.queries.lists import RegisterRow, register_rows_for_system
from doudi.engine.sampling import allocate, draw, frame_digest, sample_size

_SEED = re.compile(r"[0-9A-Za-z_-]{6,64}")


def draw_make(
    *,
    actor: User,
    division: str,
    title: str,
    by: Sequence[str],
    ratio: Decimal | None = None,
    seed: str = "",
    key: str | None = None,
) -> Draw:
    """Draw ``ratio`` of the register's households of a county or township, in proportion by the columns ``by``.

    Without ``ratio`` the local number counts. ``seed`` '' is made by the platform; a public one, drawn before
    witnesses, may be given. :class:`Conflict` where the division has a draw of this title: nobody draws until he is
    pleased.
    """
    require(actor, "inspection.manage")
    place = level_codes(division)
    if not in_reach(actor, division) or not place["county_code"]:
        raise NotFound("没有这个地区，或不在您的管辖范围内。")
    title = title.strip()[:60]
    if not title:
        raise Invalid("请填写调查名称", where="title")
    by = [name for name in STRATA if name in by]
    if not by:
        raise Invalid("请至少选择一种分层方式", where="by")
    if seed and not _SEED.fullmatch(seed):
        raise Invalid("随机种子应为 6 至 64 位字母或数字", where="seed", hint="留空则由平台生成")
    local = ratio_for(division)
    ratio = local.value if ratio is None else ratio
    if ratio is None:
        raise Invalid("本地没有规定抽查比例", where="ratio", hint="请填写本次的抽查比例")
    if not 0 < ratio <= 1:
        raise Invalid("抽查比例应大于 0、不超过 100%", where="ratio")
    origin = local.origin if ratio == local.value else "本次自定"

    def do() -> int:
        with transaction.atomic(), named(actor, "inspection.draw"):
            return _draw(actor, place, division, title, by, ratio, origin, seed or secrets.token_hex(16)).pk

    try:
        pk, _ = once(key, actor=actor, action=f"inspection.draw:{division}", do=do)
    except IntegrityError as error:
        if "inspection_draw_title_once" in str(error):
            raise Conflict("本地区已有同名的随机调查，抽取结果不能重来；如确需再次抽取，请另起名称。") from None
        raise
    return Draw.objects.get(pk=pk)


def _draw(
    actor: User,
    place: dict[str, str],
    division: str,
    title: str,
    by: list[str],
    ratio: Decimal,
    origin: str,
    seed: str,
) -> Draw:
    rows = {row.household_no: row for row in register_rows_for_system(division)}
    if not rows:
        raise Invalid("本地区没有在册的低收入家庭", where="division")
    frame = {number: _stratum(row, by) for number, row in rows.items()}
    sizes = Counter(frame.values())
    total = sample_size(len(frame), Fraction(ratio))
    found = draw(frame, seed, total)
    wanted = allocate(sizes, total)
    made = Draw.objects.create(
        title=title,
        division_id=division,
        by=by,
        ratio=ratio,
        origin=origin,
        seed=seed,
        households=len(frame),
        drawn=len(found),
        strata={name: [sizes[name], wanted[name]] for name in sorted(sizes)},
        frame_sha256=frame_digest(frame),
        drawn_by=actor,
        drawn_at=clock.now(),
        **place,
    )
    DrawFrame.objects.create(draw=made, numbers=frame)
    DrawnHousehold.objects.bulk_create(
        [
            DrawnHousehold(
                draw=made,
                household_id=rows[one.number].id,
                stratum=one.stratum,
                rank=one.rank,
                **rows[one.number].levels,
            )
            for one in found
        ],
        batch_size=1000,
    )
    return made


def _stratum(row: RegisterRow, by: Sequence[str]) -> str:
    return "/".join(getattr(row, STRATA[name].column) or "-" for name in by)


def draw_assign(
    *,
    actor: User,
    draw_id: int,
    visitor_ids: Sequence[int],
    instruction: str = "",
    due_on: dt.date | None = None,
    key: str | None = None,
) -> tuple[int, int]:
    """Share the drawn households that nobody visits yet among the visitors; (households sent, left without one).

    A household goes to somebody who is not of its own village where one of the visitors may enter at all, the one with
    the fewest first. Families not met are sent out again.
    """
    require(actor, "inspection.manage")
    found = draw_get(actor=actor, draw_id=draw_id)
    if not visitor_ids:
        raise Invalid("请选择走访人员", where="visitors")
    visitors = {user.pk: user for user in User.objects.filter(pk__in=set(visitor_ids)).order_by("pk")}
    if len(visitors) != len(set(visitor_ids)):
        raise Invalid("所选走访人员不存在", where="visitors", hint="请刷新页面后重新选择")

    def do() -> list[int]:
        with transaction.atomic(), named(actor, "inspection.assign"):
            return list(_share(actor, found, visitors, instruction, due_on))

    sent, left = once(key, actor=actor, action=f"inspection.assign:{draw_id}", do=do)[0]
    return sent, left


def _share(
    actor: User, found: Draw, visitors: dict[int, User], instruction: str, due_on: dt.date | None
) -> tuple[int, int]:
    rows = restrict(DrawnHousehold.objects.filter(draw=found), actor).select_for_update(of=("self",))
    waiting = [row for row in rows.select_related("household", "task__visit").order_by("household_id") if _waits(row)]
    under_way = open_inspections_for_system(row.household_id for row in waiting)
    everybody = visitors | {task.visitor_id: task.visitor for task in under_way.values()}
    own = {pk: set(user.role_grants.values_list("division_id", flat=True)) for pk, user in everybody.items()}
    allowed: dict[tuple[str, str], list[int]] = {}
    load: dict[int, int] = defaultdict(int)
    left = 0
    for row in waiting:
        if task := under_way.get(row.household_id):  # another draw sent somebody: one visit answers both
            _attach(row, task, own[task.visitor_id])
            continue
        place = (row.village_code, row.township_code)
        if place not in allowed:
            allowed[place] = [pk for pk, user in visitors.items() if may_enter(user, row, anywhere=True)]
        if not allowed[place]:
            left += 1
            continue
        chosen = min(allowed[place], key=lambda pk: (row.village_code in own[pk], load[pk], pk))
        load[chosen] += 1
        task = casework.visit_send(
            actor=actor,
            household_id=row.household_id,
            visitor_id=chosen,
            purpose=Purpose.INSPECTION,
            instruction=instruction,
            due_on=due_on,
        )
        _attach(row, task, own[chosen])
    return len(waiting) - left, left


def _attach(row: DrawnHousehold, task: Any, divisions: set[str]) -> None:
    row.task, row.own_village = task, row.village_code in divisions
    row.save(update_fields=["task", "own_village"])


def _waits(row: DrawnHousehold) -> bool:
    """Whether the row has no visit under way and none that met the family."""
    if row.task is None or row.task.state == "CANCELLED":
        return True
    return row.task.state == "DONE" and row.task.visit.outcome == "NOT_FOUND"
