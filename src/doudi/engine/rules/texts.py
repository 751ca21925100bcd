"""Functions from a row to text: what the writer of formulas is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doudi.engine.rules.expression import Call, Node
from doudi.engine.rules.household import Row

Write = Callable[[Row], str]
Judge = Callable[[Row], tuple[bool | None, str]]  # whether a condition holds, and how it is written


def above(row: Row, entity: str) -> Row:
    """The row of ``entity`` that ``row`` belongs to, or itself."""
    while row.entity != entity:
        assert row.above is not None
        row = row.above
    return row


def whose(row: Row) -> str:
    """How a formula names a row: 成员 A, 第1位供养人, 第1次结算."""
    if row.entity == "person":
        return f"成员 {row.key}"
    number = int(row.key.rpartition("/")[2]) + 1
    return f"第{number}位供养人" if row.entity == "supporter" else f"第{number}次结算"


def once(judge: Judge) -> Judge:
    """Judged once a row."""
    key = object()

    def remember(row: Row) -> tuple[bool | None, str]:
        judged: tuple[bool | None, str] | None = row.shown.get(key)
        if judged is None:
            judged = row.shown[key] = judge(row)
        return judged

    return remember


def denied(judge: Judge) -> Judge:
    def deny(row: Row) -> tuple[bool | None, str]:
        truth, text = judge(row)
        return (None if truth is None else not truth), text

    return deny


def operands(node: Node) -> list[Node]:
    """The operands of a chain of additions."""
    if isinstance(node, Call) and node.function == "+":
        return [operand for argument in node.arguments for operand in operands(argument)]
    return [node]


def bracket(write: Write, needed: bool) -> list[str | Write]:
    return ["（", write, "）"] if needed else [write]


def join(parts: Sequence[str | Write]) -> Write:
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    writers = [(lambda row, text=part: text) if isinstance(part, str) else part for part in parts]
    return lambda row: "".join([write(row) for write in writers])
