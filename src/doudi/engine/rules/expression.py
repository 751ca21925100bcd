"""The language of rules: one SQL expression a rule, from a closed list of operators and functions.

``parse`` turns the text into a small tree; names stay unresolved until the pack binds them (``bind.py``).
Nothing is ever executed as Python or sent to a database as it was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

Value = Fraction | bool | str | dt.date | tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the household document, a parameter or another rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function of ``FUNCTIONS`` on its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``sum count any all max`` over the rows one entity below."""

    function: str
    argument: Node


@dataclass(frozen=True, slots=True)
class Choose:
    """``case when … then … else … end``. Stricter than SQL: an unknown condition makes the result unknown."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Steps:
    """The first step that holds names the value. Built from ladder.yaml, cannot be written in a rule.

    With no step that holds: ``unknown`` if some step is unknown, ``none`` otherwise.
    """

    steps: tuple[tuple[str, Node], ...]
    none: str
    unknown: str | None


Node = Literal | Name | Call | Aggregate | Choose | Steps

# function -> (kinds of its arguments, kind of its result); "same" = any one kind, "…" = repeat the last.
FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "and": (("bool", "…"), "bool"),
    "or": (("bool", "…"), "bool"),
    "not": (("bool",), "bool"),
    "=": (("same", "same"), "bool"),
    "<>": (("same", "same"), "bool"),
    "<": (("ordered", "ordered"), "bool"),
    "<=": (("ordered", "ordered"), "bool"),
    ">": (("ordered", "ordered"), "bool"),
    ">=": (("ordered", "ordered"), "bool"),
    "+": (("number", "number"), "number"),
    "-": (("number", "number"), "number"),
    "*": (("number", "number"), "number"),
    "/": (("number", "number"), "number"),
    "in": (("any", "list"), "bool"),
    "is null": (("any",), "bool"),
    "coalesce": (("same", "…"), "same"),
    "greatest": (("number", "…"), "number"),
    "least": (("number", "…"), "number"),
    "round_fen": (("number",), "number"),
    "ceil_yuan": (("number",), "number"),
    "completed_years": (("date", "date"), "number"),
    "months_since": (("date", "date"), "number"),
    "month_shift": (("date", "number"), "date"),
    "months_after": (("date", "number"), "date"),
    "days_after": (("date", "number"), "date"),
    "lookup": (("any", "text", "text"), "same"),
}
# aggregate -> (kind of its argument, kind of its result)
AGGREGATES = {
    "sum": ("number", "number"),
    "count": ("bool", "number"),
    "any": ("bool", "bool"),
    "all": ("bool", "bool"),
    "max": ("ordered", "same"),
}

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.And: "and",
    exp.Or: "or",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Is: "is null",
}
_LISTED: dict[type[exp.Expr], str] = {exp.Coalesce: "coalesce", exp.Greatest: "greatest", exp.Least: "least"}
_AGGREGATES: dict[type[exp.Expr], str] = {exp.Sum: "sum", exp.Count: "count", exp.Any: "any", exp.Max: "max"}


class ExpressionError(Exception):
    """What is wrong with an expression, in words; the loader adds file and line."""


def parse(text: str) -> Node:
    """The tree of one expression.

    Raises ExpressionError for text that is no expression or uses anything outside the closed list.
    """
    try:
        tree = parse_one(text, read="duckdb")
    except SqlglotError as error:
        message = str(error).splitlines()[0].removesuffix(".")
        raise ExpressionError(f"cannot be read as an expression: {message}") from None
    return _convert(tree)


def _convert(tree: exp.Expr) -> Node:
    kind = type(tree)
    if kind is exp.Paren:
        return _convert(tree.this)
    if kind is exp.Column:
        if isinstance(tree, exp.Column) and len(tree.parts) != 1:
            raise ExpressionError(f"{tree.sql()}: names have no dots")
        return Name(tree.name)
    if kind is exp.Literal:
        return Literal(tree.this if tree.is_string else Fraction(tree.this))
    if kind is exp.Null:
        return Literal(None)
    if kind is exp.Boolean:
        return Literal(bool(tree.this))
    if kind is exp.Neg:
        return Call("-", (Literal(Fraction(0)), _convert(tree.this)))
    if kind is exp.Not:
        return Call("not", (_convert(tree.this),))
    if kind is exp.Is:
        if not isinstance(tree.expression, exp.Null):
            raise ExpressionError(f"{tree.sql()}: only 'is null' and 'is not null'")
        return Call("is null", (_convert(tree.this),))
    if kind in _OPERATORS:
        return _operator(_OPERATORS[kind], _convert(tree.this), _convert(tree.expression))
    if kind is exp.Between:
        value = _convert(tree.this)
        low, high = _convert(tree.args["low"]), _convert(tree.args["high"])
        return Call("and", (Call(">=", (value, low)), Call("<=", (value, high))))
    if kind is exp.In:
        return _membership(tree)
    if kind is exp.Case:
        return _choose(tree)
    if kind in _LISTED:
        return Call(_LISTED[kind], tuple(_convert(part) for part in (tree.this, *tree.expressions)))
    if kind in _AGGREGATES:
        return Aggregate(_AGGREGATES[kind], _convert(tree.this))
    if kind is exp.Anonymous:
        return _function(tree)
    raise ExpressionError(f"{tree.sql()}: not allowed in a rule; see the list of functions in the handbook")


def _operator(function: str, left: Node, right: Node) -> Node:
    """``a and b and c`` is one node of three, so that explanations read as a list."""
    if function in ("and", "or"):
        parts: list[Node] = []
        for side in (left, right):
            parts.extend(side.arguments if isinstance(side, Call) and side.function == function else (side,))
        return Call(function, tuple(parts))
    return Call(function, (left, right))


def _membership(tree: exp.Expr) -> Node:
    field = tree.args.get("field")
    if field is not None:
        return Call("in", (_convert(tree.this), _convert(field)))
    items = [_convert(item) for item in tree.expressions]
    if not items or not all(isinstance(item, Literal) for item in items):
        raise ExpressionError(f"{tree.sql()}: 'in' needs constants or one list parameter")
    return Call("in", (_convert(tree.this), Literal(tuple(i.value for i in items if isinstance(i, Literal)))))


def _choose(tree: exp.Expr) -> Node:
    if tree.this is not None or tree.args.get("default") is None:
        raise ExpressionError(f"{tree.sql()}: write 'case when … then … else … end'")
    branches = tuple((_convert(item.this), _convert(item.args["true"])) for item in tree.args["ifs"])
    return Choose(branches, _convert(tree.args["default"]))


def _function(tree: exp.Expr) -> Node:
    name = str(tree.this).lower()
    arguments = tuple(_convert(item) for item in tree.expressions)
    if name in AGGREGATES and len(arguments) == 1:
        return Aggregate(name, arguments[0])
    if name not in FUNCTIONS or not name.isidentifier():
        raise ExpressionError(f"unknown function {name}()")
    return Call(name, arguments)


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call():
            return node.arguments
        case Aggregate():
            return (node.argument,)
        case Choose():
            return (*(part for branch in node.branches for part in branch), node.otherwise)
        case Steps():
            return tuple(step for _, step in node.steps)
    return ()


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> set[str]:
    return {item.name for item in walk(node) if isinstance(item, Name)}
