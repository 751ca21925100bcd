"""Money is exact: ``Decimal`` yuan with two places at the edges, ``Fraction`` in rules, integer 分 in SQL."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from doudi.engine.errors import InputError

FEN = Decimal("0.01")
# Sums of annual amounts times scales must stay inside 64-bit integers in SQL.
LIMIT = Decimal(10) ** 10
# Programs that compute with binary floats write 19199.760000000002; nobody means a millionth of a yuan.
NOISE = Decimal("0.000001")


def parse_money(value: object, where: str) -> Decimal:
    """An amount in yuan, given as a number or decimal text, as ``Decimal`` with two places.

    Raises InputError when it is no number, has fractions of a 分, or is beyond ten thousand million yuan.
    """
    hint = 'give yuan as a number or decimal text, for example 10800 or "10800.50"'
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise InputError(f"{value!r} is not an amount of money", where=where, hint=hint)
    try:
        amount = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        raise InputError(f"{value!r} is not an amount of money", where=where, hint=hint) from None
    if not amount.is_finite() or abs(amount) > LIMIT:
        raise InputError(f"{value!r} is not a possible amount of money", where=where, hint=hint)
    fen = amount.quantize(FEN, rounding=ROUND_HALF_UP)
    if abs(fen - amount) > NOISE:
        raise InputError(f"{value!r} has fractions of a 分", where=where, hint="give at most two decimal places")
    return fen


def round_fen(value: Fraction) -> Fraction:
    """Half up to the 分, away from zero for negative amounts like ``ROUND_HALF_UP``."""
    fen = (abs(value.numerator) * 200 + value.denominator) // (2 * value.denominator)
    return Fraction(fen if value >= 0 else -fen, 100)


def ceil_yuan(value: Fraction) -> Fraction:
    """Up to the next whole yuan."""
    return Fraction(-(-value.numerator // value.denominator))


def text_money(value: Fraction | Decimal | int) -> str:
    """Two decimals, as the result documents and pages write money."""
    numerator, denominator = value.as_integer_ratio()
    fen = (abs(numerator) * 200 + denominator) // (2 * denominator)
    yuan, rest = divmod(fen, 100)
    return f"{'-' if numerator < 0 and fen else ''}{yuan}.{rest:02d}"
