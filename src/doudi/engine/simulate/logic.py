"""Conditions put together from conditions, as short as they can be."""

from __future__ import annotations

from collections.abc import Sequence

from doudi.engine.rules.expression import Call, Literal, Node

FALSE, TRUE = Literal(False), Literal(True)


def any_of(parts: Sequence[Node]) -> Node:
    kept = list(dict.fromkeys(part for part in parts if part != FALSE))
    if TRUE in kept:
        return TRUE
    return FALSE if not kept else kept[0] if len(kept) == 1 else Call("or", tuple(kept))


def all_of(parts: Sequence[Node]) -> Node:
    kept = list(dict.fromkeys(part for part in parts if part != TRUE))
    if FALSE in kept:
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else Call("and", tuple(kept))


def negated(node: Node) -> Node:
    return TRUE if node == FALSE else FALSE if node == TRUE else Call("not", (node,))


def certain(node: Node) -> Node:
    """Whether a condition holds, an unknown one not."""
    return Call("coalesce", (node, FALSE))
