"""SQL text of one expression, exact: numbers are 64-bit integers over a scale and, after a division, a divisor.

A number is ``text / (scale × divisor)``. The scale is a constant (分: 100), the divisor an SQL expression that is
positive or NULL. Comparisons multiply crosswise, so that no quotient is ever rounded before a rule says so, and DuckDB,
Spark and the interpreter agree to the 分.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

SCALES = {"money": 100, "ratio": 10_000, "number": 1}
_TYPES = {"number": "BIGINT", "bool": "BOOLEAN", "text": "STRING", "date": "DATE"}
# Where the engines' dialects differ: whole division of positive numbers, dates moved on.
DIALECTS: dict[str, dict[str, str]] = {
    "duckdb": {
        "divide": "({0} // {1})",
        "month_shift": "CAST(date_trunc('month', {0}) + to_months(CAST({1} AS INTEGER)) AS DATE)",
        "months_after": "CAST({0} + to_months(CAST({1} AS INTEGER)) AS DATE)",
        "days_after": "({0} + CAST({1} AS INTEGER))",
    },
    "spark": {
        "divide": "({0} DIV {1})",
        "month_shift": "add_months(trunc({0}, 'MM'), CAST({1} AS INT))",
        "months_after": "add_months({0}, CAST({1} AS INT))",
        "days_after": "date_add({0}, CAST({1} AS INT))",
    },
}


@dataclass(frozen=True, slots=True)
class Fragment:
    text: str
    kind: str  # number bool text date any
    scale: int = 1
    divisor: str | None = None
    nullable: bool = True
    constant: Fraction | None = None


def literal(value: Any, kind: str = "any") -> Fragment:
    """A constant; ``kind`` names the type of NULL."""
    if value is None:
        return Fragment(f"CAST(NULL AS {_TYPES.get(kind, 'BIGINT')})" if kind != "any" else "NULL", kind)
    if isinstance(value, bool):
        return Fragment("TRUE" if value else "FALSE", "bool", nullable=False)
    if isinstance(value, Fraction):
        return Fragment(str(value.numerator), "number", value.denominator, nullable=False, constant=value)
    if isinstance(value, dt.date):
        return Fragment(f"DATE '{value.isoformat()}'", "date", nullable=False)
    return Fragment("'" + str(value).replace("'", "''") + "'", "text", nullable=False)


def times(text: str, factor: int | str) -> str:
    return text if factor == 1 else f"({text} * {factor})"


def align(parts: Sequence[Fragment]) -> list[Fragment]:
    """The same numbers over one scale and one divisor."""
    numbers = [part for part in parts if part.kind == "number"]
    scale = lcm(*(part.scale for part in numbers)) if numbers else 1
    divisors = list(dict.fromkeys(part.divisor for part in numbers if part.divisor))
    common = " * ".join(divisors) or None
    result = []
    for part in parts:
        if part.kind != "number":
            result.append(part)
            continue
        text = times(part.text, scale // part.scale) if part.text != "0" else "0"
        for divisor in divisors:
            if divisor != part.divisor and text != "0":
                text = times(text, divisor)
        result.append(replace(part, text=text, scale=scale, divisor=f"({common})" if len(divisors) > 1 else common))
    return result


def add(left: Fragment, right: Fragment, sign: str) -> Fragment:
    a, b = align((left, right))
    if b.text == "0":
        return replace(a, constant=None)
    text = b.text if a.text == "0" and sign == "+" else f"({a.text} {sign} {b.text})"
    return Fragment(text, "number", a.scale, a.divisor, left.nullable or right.nullable)


def multiply(left: Fragment, right: Fragment) -> Fragment:
    if left.constant is not None:
        left, right = right, left
    divisors = [d for d in (left.divisor, right.divisor) if d]
    divisor = f"({' * '.join(divisors)})" if len(divisors) > 1 else next(iter(divisors), None)
    nullable = left.nullable or right.nullable
    if right.constant is not None:
        scale, factor = left.scale * right.constant.denominator, right.constant.numerator
        shared = gcd(scale, factor) or 1
        return Fragment(times(left.text, factor // shared), "number", scale // shared, divisor, nullable)
    return Fragment(f"({left.text} * {right.text})", "number", left.scale * right.scale, divisor, nullable)


def divide(left: Fragment, right: Fragment) -> Fragment:
    """By a positive number; by anything else the quotient is unknown."""
    if right.constant is not None:
        if right.constant <= 0:
            return literal(None, "number")
        return multiply(left, literal(1 / right.constant))
    positive = f"(CASE WHEN {right.text} > 0 THEN {right.text} END)"
    divisor = f"({left.divisor} * {positive})" if left.divisor else positive
    text = times(left.text, right.divisor) if right.divisor else left.text
    shared = gcd(left.scale, right.scale)
    return Fragment(times(text, right.scale // shared), "number", left.scale // shared, divisor)


def compare(left: Fragment, right: Fragment, operator: str) -> Fragment:
    a, b = align((left, right))
    nullable = left.nullable or right.nullable or bool(a.divisor)
    text = f"({a.text} {operator} {b.text})"
    if a.divisor and (left.divisor == right.divisor or "0" in (a.text, b.text)):  # it stands in neither text
        text = f"(CASE WHEN {a.divisor} IS NOT NULL THEN {text} END)"
    return Fragment(text, "bool", nullable=nullable)


def junction(word: str, parts: Sequence[Fragment]) -> Fragment:
    """AND or OR; constants of this day and place are folded away."""
    neutral, final = ("TRUE", "FALSE") if word == "AND" else ("FALSE", "TRUE")
    if any(part.text == final for part in parts):
        return literal(final == "TRUE")
    parts = [part for part in parts if part.text != neutral]
    if not parts:
        return literal(neutral == "TRUE")
    text = f" {word} ".join(part.text for part in parts)
    return Fragment(f"({text})", "bool", nullable=any(part.nullable for part in parts))


def is_null(part: Fragment) -> Fragment:
    if not part.nullable:
        return literal(False)
    test = f"{part.text} IS NULL" + (f" OR {part.divisor} IS NULL" if part.divisor else "")
    return Fragment(f"({test})", "bool", nullable=False)


def choose(branches: Sequence[tuple[Fragment, Fragment]], otherwise: Fragment) -> Fragment:
    """``case`` where an unknown condition makes the result unknown."""
    branches = [pair for pair in branches if pair[0].text != "FALSE"]
    values = align([*(value for _, value in branches), otherwise])
    if not branches:
        return values[0]
    parts = []
    for (condition, _), value in zip(branches, values, strict=False):
        parts.append(f"WHEN {condition.text} THEN {value.text}")
        if condition.nullable:
            parts.append(f"WHEN {condition.text} IS NULL THEN NULL")
    text = f"(CASE {' '.join(parts)} ELSE {values[-1].text} END)"
    nullable = any(condition.nullable for condition, _ in branches) or any(value.nullable for value in values)
    like = next((value for value in values if value.kind != "any"), values[-1])
    return Fragment(text, like.kind, like.scale, like.divisor, nullable)


def steps(parts: Sequence[tuple[str, Fragment]], none: str, unknown: str | None) -> Fragment:
    """The name of the first step that holds; ``unknown`` when none does and one is unknown."""
    texts = [f"WHEN {step.text} THEN '{name}'" for name, step in parts]
    opened = [f"{step.text} IS NULL" for _, step in parts if step.nullable]
    if opened:
        texts.append(f"WHEN {' OR '.join(opened)} THEN {literal(unknown, 'text').text}")
    return Fragment(f"(CASE {' '.join(texts)} ELSE '{none}' END)", "text", nullable=unknown is None and bool(opened))


def member(value: Fragment, listed: Any) -> Fragment:
    """``in``; no list at all makes it unknown, an empty one false."""
    if listed is None:
        return literal(None, "bool")
    parts = [literal(item) for item in listed] if isinstance(listed, tuple) else []
    if not parts:
        return Fragment(f"(CASE WHEN {value.text} IS NOT NULL THEN FALSE END)", "bool", nullable=value.nullable)
    aligned = align([value, *parts])
    text = f"({aligned[0].text} IN ({', '.join(part.text for part in aligned[1:])}))"
    return Fragment(text, "bool", nullable=value.nullable)


def extreme(function: str, parts: Sequence[Fragment]) -> Fragment:
    aligned = align(parts)
    text = f"{function}({', '.join(part.text for part in aligned)})"
    open_parts = [part.text for part in aligned if part.nullable]
    if open_parts:  # the engines skip NULLs here, the rules do not
        text = f"(CASE WHEN {' OR '.join(f'{item} IS NULL' for item in open_parts)} THEN NULL ELSE {text} END)"
    return Fragment(text, "number", aligned[0].scale, aligned[0].divisor, bool(open_parts))


def coalesce(parts: Sequence[Fragment]) -> Fragment:
    aligned = align(parts)
    kind = next((part.kind for part in aligned if part.kind != "any"), "any")
    texts = []
    for part in aligned:
        guarded = f"(CASE WHEN {part.divisor} IS NOT NULL THEN {part.text} END)" if part.divisor else part.text
        texts.append(guarded)
        if not part.nullable:
            break
    text = texts[0] if len(texts) == 1 else f"COALESCE({', '.join(texts)})"
    return Fragment(text, kind, aligned[0].scale, aligned[0].divisor, all(part.nullable for part in aligned))


def rounded(part: Fragment, dialect: dict[str, str]) -> Fragment:
    """Half up to the 分, away from zero."""
    if part.divisor is None and 100 % part.scale == 0:
        return replace(align((part, Fragment("0", "number", 100, nullable=False)))[0], constant=None)
    shared = gcd(100, part.scale)
    factor, scale = 100 // shared, part.scale // shared
    whole = times(part.divisor, scale) if part.divisor else str(scale)
    twice = times(part.divisor, 2 * scale) if part.divisor else str(2 * scale)
    half = dialect["divide"].format(f"(ABS({part.text}) * {2 * factor} + {whole})", twice)
    return Fragment(f"(CASE WHEN {part.text} < 0 THEN -{half} ELSE {half} END)", "number", 100, None, part.nullable)


def raised(part: Fragment, dialect: dict[str, str]) -> Fragment:
    """Up to the next whole yuan."""
    whole = times(part.divisor, part.scale) if part.divisor else str(part.scale)
    up = dialect["divide"].format(f"({part.text} + {whole} - 1)", whole)
    down = dialect["divide"].format(f"(-({part.text}))", whole)
    return Fragment(f"(CASE WHEN {part.text} > 0 THEN {up} ELSE -{down} END)", "number", 1, None, part.nullable)


def years(birth: Fragment, day: Fragment, dialect: dict[str, str]) -> Fragment:
    text = dialect["divide"].format(f"(({_ymd(day.text)}) - ({_ymd(birth.text)}))", "10000")
    return Fragment(text, "number", nullable=birth.nullable or day.nullable)


def _ymd(text: str) -> str:
    return f"year({text}) * 10000 + month({text}) * 100 + day({text})"


def months(start: Fragment, day: Fragment) -> Fragment:
    text = f"((year({day.text}) - year({start.text})) * 12 + month({day.text}) - month({start.text}))"
    return Fragment(text, "number", nullable=start.nullable or day.nullable)


def aggregate(function: str, part: Fragment) -> Fragment:
    """Over a group. An unknown item makes a sum and a count unknown; an empty group has sum 0."""
    if part.divisor:
        raise ValueError("a quotient cannot be summed; round it first")
    text, known = part.text, f"COUNT({part.text}) = COUNT(*)"
    if function == "max":
        return Fragment(f"MAX({text})", part.kind, part.scale)
    if function in ("any", "all"):
        fold, sign = ("BOOL_OR", "") if function == "any" else ("BOOL_AND", "NOT ")
        held = f"{fold}({text})"
        if part.nullable:
            held = (
                f"CASE WHEN {sign}{held} THEN {'TRUE' if function == 'any' else 'FALSE'} WHEN {known} THEN {held} END"
            )
        return Fragment(held, "bool", nullable=part.nullable)
    summed = text if function == "sum" else f"CASE WHEN {text} THEN 1 ELSE 0 END"
    total = f"CAST(SUM({summed}) AS BIGINT)"
    if part.nullable:
        total = f"CASE WHEN {known} THEN {total} END"
    return Fragment(total, "number", part.scale, nullable=part.nullable)


def counts_in(function: str, part: Fragment) -> str | None:
    """Which rows an aggregate cannot do without; None: all of them. The others would add 0, or nothing."""
    if function == "max":
        return None
    if function == "sum":
        return f"{part.text} IS DISTINCT FROM 0" if part.nullable else f"{part.text} <> 0"
    if function == "all":
        return f"{part.text} IS NOT TRUE"
    return f"{part.text} IS NOT FALSE" if part.nullable else part.text


# What a household without such rows has.
EMPTY = {"sum": "0", "count": "0", "any": "FALSE", "all": "TRUE"}
