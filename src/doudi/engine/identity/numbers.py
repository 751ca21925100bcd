"""GB 11643-1999 identity numbers: normalise, check, convert 15 digits to 18.

County codes are deliberately not checked against a list: a number keeps the code of the county that issued it, and
counties abolished decades ago still stand in the numbers of the living.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

# What departments type instead of the plain characters. One table for Python and for SQL (``bulk``).
_SAME_AS = {
    **dict(zip("０１２３４５６７８９", "0123456789", strict=True)),
    **dict.fromkeys("xｘＸХх×Ⅹ", "X"),
}
_IGNORED = " \t\r\n\u00a0\u3000\u2002\u2003\u2009\u200b\u200c\u200d\u2060\ufeff'’‘"
CONFUSED_FROM = "".join(_SAME_AS) + _IGNORED
CONFUSED_TO = "".join(_SAME_AS.values())
_NORMALISE = str.maketrans(CONFUSED_FROM[: len(CONFUSED_TO)], CONFUSED_TO, _IGNORED)

EARLIEST_BIRTH_YEAR = 1900
_CHECK_DIGITS = "10X98765432"
_WEIGHTS = tuple(pow(2, 17 - position, 11) for position in range(17))
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_SHAPE_OLD = re.compile(r"[1-9][0-9]{14}", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]+", re.ASCII)

REASONS = {
    "ID_EMPTY": "身份证号为空，请补填",
    "ID_SCIENTIFIC": "身份证号被表格软件改成了科学计数法，原号码已丢失，请把该列设为文本后重新导出",
    "ID_LENGTH": "身份证号不是 18 位（或老式 15 位），请核对",
    "ID_CHARACTERS": "身份证号含有数字和末位 X 以外的字符，请核对",
    "ID_DATE": "身份证号中的出生日期不存在或晚于收到日期，请核对",
    "ID_CHECKSUM": "身份证号校验码不符，号码有误，请核对",
}


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A checked number. Exactly one of ``number`` (18 characters) and ``reason`` (a key of ``REASONS``) is set."""

    number: str | None = field(default=None, repr=False)
    reason: str | None = None
    birth_date: date | None = field(default=None, repr=False)
    sex: Literal["male", "female"] | None = None
    division: str | None = None
    """The six-digit code of the county that issued the number."""

    @property
    def ok(self) -> bool:
        return self.reason is None


def check_digit(first17: str) -> str:
    """The eighteenth character for seventeen digits: ISO 7064 MOD 11-2 (GB 11643-1999, 4.2)."""
    return _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def check_id_number(text: str | None, *, born_by: date | None = None) -> IdNumber:
    """Check one number as it was typed.

    Full-width digits, any form of X, spaces and the apostrophe of spreadsheets are understood; fifteen digits become
    eighteen with the century 19. ``born_by`` refuses birth dates after that day. Never raises: a bad number comes back
    with its ``reason``.
    """
    plain = (text or "").translate(_NORMALISE)
    if not plain:
        return IdNumber(reason="ID_EMPTY")
    if len(plain) not in (15, 18):
        return IdNumber(reason="ID_SCIENTIFIC" if _SCIENTIFIC.fullmatch(plain) else "ID_LENGTH")
    if not (_SHAPE if len(plain) == 18 else _SHAPE_OLD).fullmatch(plain):
        return IdNumber(reason="ID_SCIENTIFIC" if _SCIENTIFIC.fullmatch(plain) else "ID_CHARACTERS")
    if len(plain) == 15:
        plain = plain[:6] + "19" + plain[6:]
        plain += check_digit(plain)
    try:
        birth_date = date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return IdNumber(reason="ID_DATE")
    if birth_date.year < EARLIEST_BIRTH_YEAR or (born_by is not None and birth_date > born_by):
        return IdNumber(reason="ID_DATE")
    if check_digit(plain[:17]) != plain[17]:
        return IdNumber(reason="ID_CHECKSUM")
    return IdNumber(plain, None, birth_date, "male" if int(plain[16]) % 2 else "female", plain[:6])
