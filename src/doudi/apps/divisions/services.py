"""The one writer of divisions."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import transaction

from doudi.apps.base.errors import Invalid
from doudi.apps.divisions.models import Division, Level
from doudi.apps.divisions.queries import division_get

_COLUMNS = ["code", "name", "level", "parent_code"]


def shipped_file() -> Path:
    """The table that ``tools/frontend.py`` wrote at set-up."""
    return Path(str(resources.files("doudi.catalogue") / "divisions.csv.gz"))


@transaction.atomic
def load_divisions(*, actor: Any = None, path: Path | None = None) -> dict[str, int]:
    """Bring the table to the file ``code,name,level,parent_code`` (.csv or .csv.gz): new rows, new names and parents.

    Divisions that the file does not name stay as they are. Returns {"new", "changed", "same"}. Raises
    :class:`Invalid` naming file and line for a code, level or parent that does not fit; then nothing is written.
    """
    from doudi.apps.audit.services import record

    path = path or shipped_file()
    rows = _read(path)
    known = {d.code: (d.name, d.level, d.parent_id) for d in Division.objects.select_for_update().order_by("code")}
    count: Counter[str] = Counter(new=0, changed=0, same=0)
    by_level: dict[int, list[Division]] = {}
    for row in rows:
        before = known.get(row.code)
        kind = "new" if before is None else "same" if before == (row.name, row.level, row.parent_id) else "changed"
        count[kind] += 1
        if kind != "same":
            by_level.setdefault(row.level, []).append(row)
    for level in sorted(by_level):  # parents first
        Division.objects.bulk_create(
            by_level[level],
            batch_size=5000,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "level", "parent"],
        )
    if by_level:
        record("ADMIN", actor=actor, object_type="divisions", reason="载入行政区划", detail=dict(count))
        transaction.on_commit(cache.clear)
    return dict(count)


@transaction.atomic
def grid_create(*, actor: Any, village_code: str, number: str, name: str) -> Division:
    """A grid (网格) below a village: its code is the village's 12 digits and three more."""
    from doudi.apps.accounts.scope import require
    from doudi.apps.audit.services import record

    require(actor, "user.manage")
    village = division_get(village_code)
    if village is None or village.level != Level.VILLAGE or village.valid_until is not None:
        raise Invalid("没有这个村（社区）", where="village_code", hint="请填写 12 位村（社区）代码")
    if not (number.isascii() and number.isdigit() and len(number) == 3):
        raise Invalid("网格编号应为 3 位数字", where="number", hint="例如 001")
    if not name.strip():
        raise Invalid("请填写网格名称", where="name")
    grid, created = Division.objects.get_or_create(
        code=village_code + number, defaults={"name": name.strip(), "level": Level.GRID, "parent": village}
    )
    if not created:
        raise Invalid(f"网格 {grid.code} 已存在，名称为“{grid.name}”", where="number", hint="请换一个编号")
    record("ADMIN", actor=actor, object_type="division", object_id=grid.code, reason=f"新增网格：{grid.name}")
    return grid


def _read(path: Path) -> list[Division]:
    if not path.is_file():
        raise Invalid("没有行政区划文件", where=str(path), hint="请先运行 tools/frontend.py 生成，或指定文件")
    opener = gzip.open if path.suffix == ".gz" else open
    rows: list[Division] = []
    levels: dict[str, int] = dict(Division.objects.values_list("code", "level"))
    with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != _COLUMNS:
            raise Invalid("列名不对", where=str(path), hint=f"应为 {','.join(_COLUMNS)}")
        for line, row in enumerate(reader, start=2):
            where = f"{path.name} 第 {line} 行"
            code, name, parent = row["code"] or "", (row["name"] or "").strip(), row["parent_code"] or None
            level = int(row["level"]) if (row["level"] or "").isdigit() else 0
            if (
                level not in Level.values
                or not (code.isascii() and code.isdigit())
                or len(code) != (15 if level == Level.GRID else 12)
            ):
                raise Invalid("代码或级别不对", where=where, hint="代码 12 位数字（网格 15 位），级别 1 至 6")
            if not name:
                raise Invalid("没有名称", where=where, hint="请补上名称")
            if (parent is None) != (level == Level.PROVINCE) or (parent and levels.get(parent, 9) >= level):
                raise Invalid(f"上级 {parent or '空'} 不是更高一级的区划", where=where, hint="上级须先于下级列出")
            levels[code] = level
            rows.append(Division(code=code, name=name, level=level, parent_id=parent))
    return rows
