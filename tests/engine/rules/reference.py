"""A second computation of the money, written from the documents in Decimal and sharing no code with the engine.

It knows households whose facts are all given: ``complete`` makes a random one so. Annual amounts in yuan.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

AS_OF = dt.date(2025, 3, 1)
FEN = Decimal("0.01")
STANDARD = {"urban": Decimal("800.50"), "rural": Decimal("600")}
TEKUN = {"urban": Decimal("1040"), "rural": Decimal("780")}
CARE = {"partial": Decimal("312.33"), "none": Decimal("900")}
NO_LIVING_LIMIT = Decimal("200")  # a month: less counts as no source of living
STANDARDS: dict[str, Any] = {
    "dibao_standard": STANDARD,
    "tekun_basic_standard": TEKUN,
    "tekun_care_partial": CARE["partial"],
    "tekun_care_none": CARE["none"],
    "tekun_income_limit": NO_LIVING_LIMIT,
    "disposable_income": 21000,
    "rigid_ratio": Decimal("0.6"),
    "margin_multiplier": Decimal("1.5"),
    "single_household_any_supporter": False,
}
# 鄂民政发〔2024〕21号 四(二)1: shares of what is self-paid in hospital, by category; 门诊慢特病 half for all of them.
HUBEI_INPATIENT = {"TEKUN": "1", "DIBAO": "0.7", "FANPIN": "0.6", "MARGIN": "0.6", "ILLNESS_POOR": "0.5"}


def complete(document: dict[str, Any], *, supporters: bool) -> dict[str, Any]:
    """The household with every fact that a sum may ask for."""
    for number, member in enumerate(document["members"]):
        member.pop("age", None)
        member.setdefault("birth_date", str(dt.date(1950 + 13 * number, 3, 1 + number % 2)))
    document.setdefault("property_conforms", True)
    if not supporters:
        document["supporters"] = []
    return document


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


class Reference:
    """``monthly``, ``single`` and ``aid`` of one household by the rules of one locality."""

    def __init__(self, document: dict[str, Any], locality: str) -> None:
        self.document, self.locality = document, locality
        self.standard = STANDARD[document["area"]]
        self.shared = Decimal(document.get("shared_income", {}).get("property_net", 0))
        members = document["members"]
        self.living = [m for m in members if dt.date.fromisoformat(m.get("died_on", "9999-12-31")) >= AS_OF]
        self.tekun = [m for m in self.living if self._is_tekun(m)]
        self.counted = [m for m in self.living if m not in self.tekun]
        with localcontext(prec=60):
            self.income = sum((self.income_of(m) - self.job_cost(m) for m in self.counted), self.shared)
            self.size = len(self.counted)
            line = self.standard * 12 * self.size
            conforms = document["property_conforms"]
            self.is_dibao = self.size > 0 and self.income < line and conforms
            self.is_margin = (
                self.size > 0
                and not self.is_dibao
                and self.income < line * Decimal("1.5")
                and document.get("property_conforms_margin", conforms)
            )

    # ---- facts ----

    def income_of(self, member: dict[str, Any]) -> Decimal:
        """Declared income, and support from those who live elsewhere unless the transfers already hold it."""
        income = {name: Decimal(amount) for name, amount in member.get("income", {}).items()}
        support = sum((Decimal(s["annual_support"]) for s in self._supporters(member)), Decimal(0))
        return sum(income.values(), Decimal(0)) + (0 if income.get("transfer_net", Decimal(0)) >= support else support)

    def _supporters(self, member: dict[str, Any]) -> list[dict[str, Any]]:
        return [s for s in self.document["supporters"] if s["supports"] == member["person_id"]]

    def _earned(self, member: dict[str, Any]) -> tuple[Decimal, Decimal]:
        income = member.get("income", {})
        return Decimal(income.get("wage", 0)), Decimal(income.get("business_net", 0))

    def job_cost(self, member: dict[str, Any]) -> Decimal:
        """安政办〔2024〕1号 二(四)5: 30% of the urban standard of the place of work, from a year's income."""
        was_dibao = "DIBAO" in (member.get("current_category"), self.document.get("previous", {}).get("category"))
        if self.locality != "anyang" or not member.get("employed") or not was_dibao:
            return Decimal(0)
        wage, business = self._earned(member)
        return min(STANDARD["urban"] * Decimal("0.3") * 12, wage + max(business, Decimal(0)))

    def age(self, member: dict[str, Any]) -> int:
        born = dt.date.fromisoformat(member["birth_date"])
        return AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))

    def _is_tekun(self, member: dict[str, Any]) -> bool:
        age = self.age(member)
        alone = member.get("has_legal_supporter") is False or member.get("supporter_able") is False
        labour = member.get("labour_ability") or ("full" if 16 <= age < 60 else "none")
        weak = labour == "none" and (age >= 60 or age < 18 or "disability" in member)
        own = self.income_of(member)
        poor = (own <= 0 and self.shared <= 0) or own + self.shared < NO_LIVING_LIMIT * 12
        return alone and weak and poor

    def is_severe(self, member: dict[str, Any]) -> bool:
        return member.get("disability", {}).get("grade") in (1, 2)

    def single_income(self, member: dict[str, Any]) -> Decimal:
        return (self.income_of(member) - self.job_cost(member) + self.shared / self.size) / 12

    def is_single(self, member: dict[str, Any]) -> bool:
        if not self.is_margin or member not in self.counted:
            return False
        return (self.is_severe(member) or bool(member.get("serious_illness"))) and self.single_income(
            member
        ) < self.standard

    # ---- money ----

    @property
    def single(self) -> Decimal:
        """Benefits of members who enter alone."""
        with localcontext(prec=60):
            alone = [m for m in self.counted if self.is_single(m)]
            return sum((half_up(self.standard - self.single_income(m)) for m in alone), Decimal(0))

    @property
    def monthly(self) -> Decimal:
        with localcontext(prec=60):
            total = half_up(self.standard * self.size - self.income / 12) if self.is_dibao else Decimal(0)
            total += self.single + self._taper()
            for member in self.tekun:
                total += TEKUN[self.document["area"]]
                failed = member.get("self_care_failed_items", 0)
                total += CARE["none"] if failed >= 4 else CARE["partial"] if failed >= 1 else 0
            if self.locality == "zhengzhou":
                total += 100 * sum(1 for m in self.counted if self._is_supplemented(m))
            return total

    def _is_supplemented(self, member: dict[str, Any]) -> bool:
        """郑政办〔2024〕46号 三(一): one of five groups, and in 低保 by the family or alone."""
        age = self.age(member)
        group = self.is_severe(member) or bool(member.get("serious_illness")) or age >= 70 or age < 18
        group = group or member.get("student") in ("undergraduate", "postgraduate")
        return group and (self.is_dibao or self.is_single(member))

    def _taper(self) -> Decimal:
        """安政办〔2024〕1号 二(四)5: at most six months from the month after work began, at the former amount."""
        previous = self.document.get("previous", {})
        workers = [m for m in self.counted if m.get("employed")]
        if self.locality != "anyang" or previous.get("category") != "DIBAO" or not workers:
            return Decimal(0)
        line = self.standard * 12 * self.size
        without = sum(
            (self.income_of(m) - (sum(self._earned(m)) if m in workers else 0) for m in self.counted), self.shared
        )
        if not (self.document["property_conforms"] and self.income > line and without <= line):
            return Decimal(0)
        began = [dt.date.fromisoformat(m["employed_since"]) for m in workers if m.get("employed_since")]
        past = (AS_OF.year - max(began).year) * 12 + AS_OF.month - max(began).month if began else 1
        former = Decimal(previous["monthly"])
        return former - self.single if 1 <= past <= 6 and former > self.single else Decimal(0)

    def aid(self, member: dict[str, Any]) -> dict[str, Decimal]:
        """鄂民政发〔2024〕21号 四(二)1: medical assistance by kind, of those who have a share."""
        if member not in self.living:
            return {}
        groups = {"FANPIN"} if member.get("fanpin") else set()
        groups |= {"ILLNESS_POOR"} if member.get("illness_poor") else set()
        if member in self.tekun:
            groups.add("TEKUN")
        elif self.is_dibao or self.is_single(member):
            groups.add("DIBAO")
        elif self.is_margin:
            groups.add("MARGIN")
        if not groups:
            return {}
        bills: dict[str, Decimal] = {}
        for bill in self.document["settlements"]:
            listed = bill["kind"] == "inpatient" or bill["listed_disease"]
            if bill["person_id"] == member["person_id"] and bill["designated"] and listed:
                own = max(Decimal(bill["in_policy"]) - Decimal(bill["basic_paid"]), Decimal(0))
                bills[bill["kind"]] = bills.get(bill["kind"], Decimal(0)) + own
        shares = {"inpatient": max(Decimal(HUBEI_INPATIENT[group]) for group in groups), "outpatient": Decimal("0.5")}
        return {f"{kind}_aid": half_up(own * shares[kind]) for kind, own in bills.items() if own > 0}
