"""Which column of a file is which field: by the contract's headings, or by an owner's own, mapped once and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from doudi.engine.errors import InputError
from doudi.engine.lake.contracts import Contract, plain_heading

HEADER_WITHIN = 10
"""The heading row is looked for among this many first rows: departments put a title above it."""
REASON_HEADING = "退回原因"
# Running numbers and our own reasons carry nothing; every other unknown heading is asked about.
_ALWAYS_IGNORED = frozenset({"序号", "no", "no.", REASON_HEADING})
_ALIKE = 0.5  # below this similarity a proposal would be a guess
_NAMED = 20  # columns that a message names


@dataclass(frozen=True, slots=True)
class HeadingReport:
    """What became of each heading of a file. ``proposed`` gives the likeliest field for unknown ones."""

    headings: tuple[str, ...]
    fields: tuple[str | None, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    proposed: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not (self.unknown or self.missing or self.doubled)


class Headings:
    """The headings that a delivery may use: the contract's, before them the owner's ``mapping`` {heading: field}.

    A heading mapped to ``""`` is not read. Raises InputError for a mapping to a field that the contract lacks.
    """

    def __init__(self, contract: Contract, mapping: Mapping[str, str] | None = None) -> None:
        self.contract = contract
        self._fields: dict[str, str | None] = dict.fromkeys(_ALWAYS_IGNORED)
        self._fields |= dict.fromkeys(map(plain_heading, contract.ignored))
        self._fields |= {plain_heading(text): entry.name for entry in contract.fields for text in entry.headings}
        names = {entry.name for entry in contract.fields}
        for heading, name in (mapping or {}).items():
            if name and name not in names:
                raise InputError(
                    f"“{heading}”对应的字段 {name} 不存在",
                    where="mapping",
                    hint="可选：" + "、".join(f"{entry.name}（{entry.title}）" for entry in contract.fields),
                )
            self._fields[plain_heading(heading)] = name or None

    def recognised(self, row: Sequence[str]) -> int:
        """How many cells are headings of fields."""
        return sum(self._fields.get(plain_heading(text)) is not None for text in row)

    def find(self, rows: Sequence[Sequence[str]]) -> int | None:
        """The index of the row with the most recognised headings, None where no row has any."""
        best = max(range(len(rows)), key=lambda at: (self.recognised(rows[at]), -at), default=None)
        return best if best is not None and self.recognised(rows[best]) else None

    def report(self, headings: Sequence[str]) -> HeadingReport:
        """What each heading means, and what is unknown, missing or doubled."""
        plain = [plain_heading(text) for text in headings]
        fields = tuple(self._fields.get(text) for text in plain)
        last = max((at for at, text in enumerate(plain) if text), default=-1)
        unknown = tuple(
            heading.strip() or f"第{at + 1}列无标题"
            for at, (heading, text) in enumerate(zip(headings, plain, strict=True))
            if text not in self._fields and at <= last
        )
        times = Counter(name for name in fields if name)
        return HeadingReport(
            headings=tuple(headings),
            fields=fields,
            unknown=unknown,
            missing=tuple(entry.title for entry in self.contract.fields if entry.required and entry.name not in fields),
            doubled=tuple(self.contract.field(name).title for name, number in times.items() if number > 1),
            proposed=self._propose(unknown, set(times)),
        )

    def match(self, headings: Sequence[str], where: str) -> tuple[str | None, ...]:
        """The field under each heading. Raises InputError naming unknown, doubled or missing columns."""
        found = self.report(headings)
        expected = "、".join(entry.title for entry in self.contract.fields)
        if found.missing:
            raise InputError(f"缺少必需的列：{'、'.join(found.missing)}", where=where, hint=f"表头应为：{expected}")
        if found.unknown:
            named = "、".join(text[:40] for text in found.unknown[:_NAMED])
            more = f"等 {len(found.unknown)} 列" if len(found.unknown) > _NAMED else ""
            raise InputError(
                f"有不认识的列：{named}{more}", where=where, hint=f"请删除、改名或对应到字段；表头应为：{expected}"
            )
        if found.doubled:
            raise InputError(f"同一内容出现两列：{'、'.join(found.doubled)}", where=where, hint="请只保留一列")
        return found.fields

    def not_found(self, where: str, hint: str = "") -> InputError:
        """The refusal of a file in which no row looks like headings."""
        titles = "、".join(entry.title for entry in self.contract.fields if entry.required)
        return InputError(
            f"前 {HEADER_WITHIN} 行中没有找到表头", where=where, hint=f"首行应为列名，至少包括：{titles}{hint}"
        )

    def _propose(self, unknown: Sequence[str], taken: set[str]) -> dict[str, str]:
        """The likeliest field for each unknown heading: alike enough, each field at most once, the most alike first."""
        alike = sorted(
            (
                (-_likeness(plain_heading(heading), plain_heading(text)), heading, entry.name)
                for heading in unknown[:_NAMED]
                for entry in self.contract.fields
                if entry.name not in taken
                for text in entry.headings
            ),
        )
        proposed: dict[str, str] = {}
        for likeness, heading, name in alike:
            if -likeness >= _ALIKE and heading not in proposed and name not in proposed.values():
                proposed[heading] = name
        return proposed


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; a heading that contains the other is nearly as good as the same."""
    if not one or not other:
        return 0.0
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return max(ratio, 0.9) if min(len(one), len(other)) > 1 and (one in other or other in one) else ratio
