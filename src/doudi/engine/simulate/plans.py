"""What is decided once for all cases, what again for some households, and which condition tells them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Pack, Rule
from doudi.engine.rules.schema import CATEGORIES
from doudi.engine.simulate.doubt import doubts
from doudi.engine.simulate.outputs import MONTHLY, NONE, STATUS, UNKNOWN, outputs
from doudi.engine.simulate.variants import Changes, Wide, changed_names, own_names, summed_names, widen

# Temporary tables of a run.
WIDE, AGAIN, AGAIN_PERSON = (f"doudi_{name}" for name in ("wide", "again", "again_person"))
DOUBT, OTHER = "simulated_doubt", "decided_again"
_NUMBERS = ("number", "date")
CATEGORY = f"ENUM({', '.join(repr(code) for code in (*CATEGORIES, NONE, UNKNOWN))})"


class Plan:
    """The packs of a simulation's statements. Case 0 is the base; ``cases`` are in order.

    ``once``: rules of the household for every case, of persons for the base, and the doubt whether that is enough.
    ``again``: every rule for every case. ``counted``: the household's rules that are counted, ``shorts`` what counting
    calls them (c, i0_ …).
    """

    def __init__(self, pack: Pack, cases: Mapping[str, Changes]) -> None:
        made = outputs(pack)
        self.cases, self.items, self.statuses = dict(cases), made.items, made.statuses
        self.counted = ["category", *made.items.values()]
        self.shorts = ["c", *(f"i{at}_" for at in range(len(made.items)))]
        self.pack = pack = with_rules(pack, made.rules)
        once = widen(pack, list(cases.values()), persons=False)
        self.again = widen(pack, list(cases.values()), persons=True)
        counted = [*self.counted, MONTHLY, STATUS]
        self.needed = _needed(pack.rules, counted)
        read = [name for name in self._read_by_persons() if len(once.columns([name])) > 1]
        self.compared = [name for name in read if pack.rules[name].kind not in _NUMBERS]
        # A number matters to persons where their rules read it, as the base calls it.
        numbers = {number for name in changed_names(cases.values()) for number in self._numbers_reached(name)}
        numbers |= {once.called[0].get(name, name) for name in changed_names(cases.values())}
        base = {name: once.pack.rules[name] for name in pack.rules}
        added = doubts(base, numbers, counted, DOUBT)
        self.doubt = [DOUBT] if added else []
        self.once = replace(once, pack=with_rules(once.pack, added))

    def _read_by_persons(self) -> list[str]:
        """Rules of the household that rules of persons read."""
        read: set[str] = set()
        for rule in self.needed:
            read |= names(rule.tree) if rule.entity != "household" else summed_names(rule.tree)
        return sorted(name for name in read if name in self.pack.rules and self.pack.rules[name].entity == "household")

    def _numbers_reached(self, parameter: str) -> set[str]:
        """The household's numbers that rest on a changed parameter."""
        reached = {parameter}
        for rule in self.pack.rules.values():
            if rule.entity == "household" and own_names(rule.tree) & reached:
                reached.add(rule.name)
        return {name for name in reached if name in self.pack.rules and self.pack.rules[name].kind in _NUMBERS}

    def differs(self) -> str:
        """The condition on a wide row that persons' values may differ from the base in some case."""
        tests = list(self.doubt)
        for name in self.compared:
            first, *others = self.once.columns([name])
            tests += [f"{first} IS DISTINCT FROM {other}" for other in others]
        return " OR ".join(tests) or "FALSE"

    def columns(self, wide: Wide) -> list[str]:
        """What a table of decided households keeps: a category is one byte."""
        categories = wide.columns(["category"])
        amounts = wide.columns(self.items.values())
        return [*(f"CAST({name} AS {CATEGORY}) AS {name}" for name in categories), *amounts]

    def values(self, wide: Wide, number: int, side: int) -> str:
        """What is counted of a case, as c, m (in all), i0_ … with the side 0 before, 1 after."""
        called = wide.called[number]
        pairs = zip(self.shorts, self.counted, strict=True)
        amounts = " + ".join(called[name] for name in self.items.values()) or "0"
        known = f"CASE WHEN {called['category']} <> '{UNKNOWN}' THEN {amounts} END AS m{side}"
        return ", ".join([*(f"{called[name]} AS {short}{side}" for short, name in pairs), known])


def with_rules(pack: Pack, rules: Iterable[Rule]) -> Pack:
    return replace(pack, rules={**pack.rules, **{rule.name: rule for rule in rules}}, compiled={})


def _needed(rules: Mapping[str, Rule], wanted: Sequence[str]) -> list[Rule]:
    """What ``wanted`` rests on, in order of evaluation."""
    found: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name in rules and name not in found:
            found.add(name)
            todo += names(rules[name].tree)
    return [rule for rule in rules.values() if rule.name in found]
