"""An indicator's SQL: parsed once, its needs read from the text, then written for an engine with a run's values.

The catalogue writes DuckDB SQL over ``registry.*``, ``feed.*``, ``derived.*`` and ``parameter``, with
``:name`` for values.
What a statement needs is what it names, so that metadata and SQL cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import sqlglot
from sqlglot import exp

from doudi.engine.errors import InputError

Value = date | Decimal | int | str | None | Sequence[int | str]
SCHEMAS = frozenset({"registry", "feed", "derived"})


def table_name(schema: str, name: str) -> str:
    """The flat view name behind ``schema.name``: Spark's temporary views have no schema."""
    return f"{schema}_{name}"


@dataclass(frozen=True)
class Statement:
    """One parsed SELECT. ``where`` is the file it came from, for messages."""

    where: str
    tree: exp.Query

    @classmethod
    def parse(cls, text: str, where: str) -> Statement:
        """Raise InputError where ``text`` is not one SELECT, or names a schema that does not exist."""
        try:
            trees = sqlglot.parse(text, read="duckdb")
        except sqlglot.errors.ParseError as error:
            raise InputError(
                f"not SQL: {error.errors[0]['description']} (line {error.errors[0]['line']})",
                where=where,
                hint="write one SELECT in DuckDB's dialect",
            ) from error
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            raise InputError("not one SELECT", where=where, hint="an indicator is a single SELECT statement")
        statement = cls(where, trees[0])
        unknown = {schema for schema, _ in statement.tables} - SCHEMAS
        if unknown:
            raise InputError(
                f"unknown schema {sorted(unknown)[0]}", where=where, hint=f"use one of {', '.join(sorted(SCHEMAS))}"
            )
        return statement

    @cached_property
    def tables(self) -> frozenset[tuple[str, str]]:
        """(schema, name) of every table with a schema."""
        return frozenset((table.db, table.name) for table in self.tree.find_all(exp.Table) if table.db)

    def names(self, schema: str) -> frozenset[str]:
        return frozenset(name for found, name in self.tables if found == schema)

    @cached_property
    def placeholders(self) -> frozenset[str]:
        return frozenset(str(node.this) for node in self.tree.find_all(exp.Placeholder))

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(column.name for column in self.tree.find_all(exp.Column))

    def sql(self, dialect: str, values: Mapping[str, Value]) -> str:
        """The statement for ``dialect`` with ``values`` as typed literals. A list becomes the items of an IN (…)."""

        def place(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Table) and node.db:
                renamed: exp.Expr = exp.to_table(table_name(node.db, node.name))
                return exp.alias_(renamed, node.alias, table=True) if node.alias else renamed
            if (
                isinstance(node, exp.In)
                and len(node.expressions) == 1
                and isinstance(node.expressions[0], exp.Placeholder)
            ):
                value = values[str(node.expressions[0].this)]
                assert isinstance(value, (list, tuple))
                # IN () is no SQL: an empty list is one that nothing is in.
                return exp.In(
                    this=node.this.transform(place), expressions=[literal(item) for item in value] or [exp.null()]
                )
            if isinstance(node, exp.Placeholder):
                return literal(values[str(node.this)])
            return node

        return self.tree.copy().transform(place).sql(dialect=dialect)


def literal(value: object) -> exp.Expr:
    """A typed SQL literal: dates and decimals keep their types on every engine."""
    if value is None:
        return exp.null()
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.number(format(value, "f")), "DECIMAL(12, 4)")
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return exp.Literal.number(value)
    return exp.Literal.string(str(value))
