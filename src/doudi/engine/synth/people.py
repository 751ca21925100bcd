"""Persons with ID numbers, phones and accounts that are well-formed and invented.

Phone numbers keep '0000' after the prefix so that none is a subscriber's; ID numbers are drawn at random and have a
right check digit.
"""

from __future__ import annotations

from datetime import date, timedelta

from doudi.engine.identity import check_digit
from doudi.engine.synth import names
from doudi.engine.synth.context import Context
from doudi.engine.synth.model import Person, Sex
from doudi.engine.synth.months import add_months

# GB/T 3304: 汉 回 满 蒙古 其他 as they live in northern Henan.
_ETHNICITIES = (("01", 962), ("03", 28), ("11", 5), ("02", 3), ("15", 2))
_BORN_ELSEWHERE = ("410526", "410527", "130427", "130429", "140425", "370902", "420683", "510722")
_BANKS = ("中国农业银行", "中国邮政储蓄银行", "河南农商银行", "中国建设银行")
_PREFIXES = ("130", "131", "132", "135", "136", "137", "138", "139", "150", "151", "152", "155", "157", "158", "159",
             "166", "175", "176", "177", "178", "182", "183", "187", "188", "189")  # fmt: skip
BORN_HERE = 0.88


class People:
    """Makes persons; no two share an ID number."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._numbers: set[str] = set()
        self._made = 0
        self._codes = [code for code, _ in _ETHNICITIES]
        self._weights = [weight for _, weight in _ETHNICITIES]

    def person(
        self,
        sex: Sex,
        age: int,
        *,
        surname: str | None = None,
        birth_date: date | None = None,
        hukou: str | None = None,
    ) -> Person:
        """A person of ``age`` completed years at the end of the month, or born on ``birth_date``.

        ``hukou`` is the county that issued the ID number: mostly the sample county when not given.
        """
        rng = self._context.rng
        if birth_date is None:
            youngest = add_months(self._context.as_of, -12 * age)
            birth_date = min(youngest, self._context.first - timedelta(days=45)) - timedelta(days=rng.randint(0, 360))
        if hukou is None:
            hukou = self._context.county if rng.random() < BORN_HERE else rng.choice(_BORN_ELSEWHERE)
        years = self._context.as_of.year - birth_date.year
        self._made += 1
        return Person(
            person_no=self._made,
            id_number=self._id_number(hukou, birth_date, sex),
            name=(surname or names.surname(rng)) + names.given_name(rng, sex, birth_date.year),
            sex=sex,
            birth_date=birth_date,
            ethnicity=rng.choices(self._codes, self._weights)[0],
            phone=f"{rng.choice(_PREFIXES)}0000{rng.randint(0, 9999):04d}" if years >= 14 else "",
            bank_name=rng.choice(_BANKS),
            bank_account=_luhn("62" + "".join(rng.choices("0123456789", k=16))),
            education=_education(rng.random(), birth_date.year, years),
            occupation="27" if years >= 18 else "90" if years < 6 else "31",
            labour_ability="full" if 16 <= years <= 59 else "none",
        )

    def reborn(self, person: Person, birth_date: date) -> None:
        """Give a person another birth date and an ID number to match, before anything cites the number."""
        person.birth_date = birth_date
        person.id_number = self._id_number(person.id_number[:6], birth_date, person.sex)

    def _id_number(self, hukou: str, birth_date: date, sex: Sex) -> str:
        rng = self._context.rng
        while True:
            sequence = rng.randint(0, 499) * 2 + (sex == "male")
            first17 = f"{hukou}{birth_date:%Y%m%d}{sequence:03d}"
            if first17 not in self._numbers:
                self._numbers.add(first17)
                return first17 + check_digit(first17)


def _luhn(digits: str) -> str:
    """The number with its check digit (ISO/IEC 7812)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def _education(chance: float, birth_year: int, age: int) -> str:
    """GB/T 4658: 90 none, 80 primary, 70 lower secondary, 60 upper secondary, 30 college, 20 university."""
    if age < 19:
        return "90" if age < 12 else "80" if age < 15 else "70"
    ladder = (
        (1955, (("90", 0.35), ("80", 0.85), ("70", 1.0))),
        (1975, (("90", 0.08), ("80", 0.45), ("70", 0.92), ("60", 1.0))),
        (9999, (("80", 0.12), ("70", 0.68), ("60", 0.88), ("30", 0.96), ("20", 1.0))),
    )
    shares = next(shares for until, shares in ladder if birth_year < until)
    return next(code for code, until in shares if chance <= until)
