"""What is decided once for all cases, what again for some households, and which condition tells them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Pack, Rule
from doudi.engine.simulate.doubt import doubts
from doudi.engine.simulate.outputs import MONTHLY, STATUS, outputs
from doudi.engine.simulate.variants import Changes, changed_names, dispatch, own_names, summed_names, widen

# Temporary tables of a run.
WIDE, STATE, AGAIN, AGAIN_PERSON, REDONE = (
    f"doudi_{name}" for name in ("wide", "state", "again", "again_person", "redone")
)
DOUBT = "simulated_doubt"
_NUMBERS = ("number", "date")


class Plan:
    """The packs of a simulation's statements. Case 0 is the base; ``cases`` are in order.

    ``counted``: the household's rules that are counted, ``shorts`` what counting calls them (c, m, i0_ …).
    ``late``: persons' values that differ only enter sums of money, so that cases may share what is decided again.
    """

    def __init__(self, pack: Pack, cases: Mapping[str, Changes]) -> None:
        made = outputs(pack)
        self.cases, self.items = dict(cases), made.items
        self.counted = ["category", MONTHLY, *made.items.values()]
        self.shorts = ["c", "m", *(f"i{at}_" for at in range(len(made.items)))]
        self.pack = pack = with_rules(pack, made.rules)
        self.wide = widen(pack, list(cases.values()))
        counted = [*self.counted, STATUS]
        self.needed = _needed(pack.rules, counted)
        self.compared = [name for name in self._read_by_persons() if pack.rules[name].kind not in _NUMBERS]
        changed = changed_names(cases.values())
        numbers = {name: self._numbers_reached(name) for name in changed}
        # Changed parameters that may matter to a person as numbers. One doubt serves them all.
        self.doubtful = {name for name in changed if doubts(pack.rules, numbers[name] | {name}, counted, DOUBT)}
        reached = {number for name in self.doubtful for number in numbers[name]}
        base = {name: self.wide.pack.rules[name] for name in pack.rules}
        called = {self.wide.called[0].get(name, name) for name in self.doubtful}
        self.once_pack = with_rules(self.wide.pack, doubts(base, reached | called, counted, DOUBT))
        self.late = _sums_reached(self.needed, {*self.compared, *changed, *reached}) <= {*made.items.values(), MONTHLY}
        again = doubts(pack.rules, reached | self.doubtful, counted, DOUBT)
        self.again = dispatch(with_rules(pack, again), {str(at): case for at, case in enumerate(cases.values())})

    def _read_by_persons(self) -> list[str]:
        """Rules of the household that differ between cases and that rules of persons read."""
        read: set[str] = set()
        for rule in self.needed:
            read |= names(rule.tree) if rule.entity != "household" else summed_names(rule.tree)
        return sorted(name for name in read if name in self.pack.rules and len(self.wide.columns([name])) > 1)

    def _numbers_reached(self, parameter: str) -> set[str]:
        """The household's numbers that rest on a changed parameter."""
        reached = {parameter}
        for rule in self.pack.rules.values():
            if rule.entity == "household" and own_names(rule.tree) & reached:
                reached.add(rule.name)
        return {name for name in reached if name in self.pack.rules and self.pack.rules[name].kind in _NUMBERS}

    # ---- conditions and columns on rows of WIDE ----

    @property
    def doubt(self) -> list[str]:
        """The rule that doubts, where there is one."""
        return [DOUBT] if self.doubtful else []

    def doubted(self, number: int) -> str:
        """A number that differs in a case matters to a person."""
        first, case = self.wide.called[0], self.wide.called[number]
        return DOUBT if any(first.get(name) != case.get(name) for name in self.doubtful) else "FALSE"

    def moved(self, number: int) -> str:
        """A decision that persons' rules read differs in a case."""
        first, case = self.wide.called[0], self.wide.called[number]
        pairs = [(first[name], case[name]) for name in self.compared if first[name] != case[name]]
        return " OR ".join(f"{left} IS DISTINCT FROM {right}" for left, right in pairs) or "FALSE"

    def values(self, number: int, side: int, table: str = WIDE) -> str:
        """What is counted of a case, as c, m, i0_ … with the side 0 before, 1 after."""
        called = self.wide.called[number]
        pairs = zip(self.shorts, self.counted, strict=True)
        return ", ".join(f"{table}.{called[name]} AS {short}{side}" for short, name in pairs)


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


def _sums_reached(needed: Sequence[Rule], changed: Collection[str]) -> set[str]:
    """The household's rules that sum what may differ with the persons of a case."""
    reached, sums = set(changed), set[str]()
    for rule in needed:
        if rule.entity != "household":
            if names(rule.tree) & (reached | sums):
                reached.add(rule.name)
        elif summed_names(rule.tree) & (reached | sums) or own_names(rule.tree) & sums:
            sums.add(rule.name)
    return sums
