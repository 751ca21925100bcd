"""Which households a change may reach through their persons, told from the base alone.

A change of parameters reaches a person's rules in two ways: by a number (a standard that a person's own income is
compared with) or by a decision of the household (it is a margin family now). The second is seen by comparing the
household's columns; for the first, every rule that rests on a changed number gets a companion that is true where its
value could be another one with another number. It follows the logic of rules: what stands beside a false condition
does not matter, nor does a branch that is not taken. Where no companion holds, every value of a person is the base's,
and nothing need be computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from doudi.engine.rules.expression import Aggregate, Call, Choose, Name, Node, Steps
from doudi.engine.rules.pack import Rule
from doudi.engine.simulate.logic import FALSE, TRUE, all_of, any_of, certain, negated


def doubts(rules: Mapping[str, Rule], changed: Collection[str], outputs: Sequence[str], name: str) -> list[Rule]:
    """Companions of ``rules`` and, last, the household's rule ``name`` over ``outputs``; none without doubt.

    ``changed``: names that differ between cases and are numbers or parameters. They are in doubt wherever persons'
    rules read them; a household's own rules have a column for every case and are not.
    """
    builder = _Doubts(rules, changed)
    made: list[Rule] = []
    for rule in rules.values():
        tree = builder.of(rule.tree, rule.entity)
        if isinstance(tree, Name):  # in doubt exactly where another rule is
            builder.companions[rule.name] = tree.name
        elif tree != FALSE:
            builder.companions[rule.name] = f"{name}__{rule.name}"
            made.append(replace(rule, name=f"{name}__{rule.name}", tree=tree, kind="bool", unit=""))
    parts: list[Node] = []
    for output in outputs:
        if output in builder.companions:
            part: Node = Name(builder.companions[output])
            parts.append(part if rules[output].entity == "household" else Aggregate("any", part))
    if not parts:
        return []
    return [*made, replace(rules[outputs[0]], name=name, entity="household", tree=any_of(parts), kind="bool", unit="")]


class _Doubts:
    def __init__(self, rules: Mapping[str, Rule], changed: Collection[str]) -> None:
        self.rules, self.changed = rules, changed
        self.companions: dict[str, str] = {}

    def of(self, node: Node, entity: str) -> Node:
        match node:
            case Name(name=name):
                if name in self.changed and entity != "household":
                    return TRUE
                return Name(self.companions[name]) if name in self.companions else FALSE
            case Call(function="and" | "or" as function, arguments=arguments):
                parts = [self.of(part, entity) for part in arguments]
                settled = [self._settles(part, doubt, function) for part, doubt in zip(arguments, parts, strict=True)]
                return all_of([any_of(parts), *(negated(part) for part in settled)])
            case Call(arguments=arguments):
                return any_of([self.of(part, entity) for part in arguments])
            case Aggregate(function=function, argument=argument):
                part = self.of(argument, "below")
                if part == FALSE:
                    return FALSE
                doubt: Node = Aggregate("any", part)
                if function in ("any", "all"):
                    settled_below = self._settles(argument, part, "or" if function == "any" else "and")
                    doubt = all_of([doubt, negated(Aggregate("any", settled_below))])
                return doubt
            case Choose(branches=branches, otherwise=otherwise):
                rest = self.of(otherwise, entity)
                for when, then in reversed(branches):
                    rest = self._branch(when, self.of(when, entity), self.of(then, entity), rest)
                return rest
            case Steps(steps=steps):
                rest = FALSE
                for _, step in reversed(steps):
                    doubt, taken = self.of(step, entity), certain(step)
                    rest = any_of([doubt, all_of([negated(taken), rest])])
                return rest
        return FALSE

    def _settles(self, part: Node, doubt: Node, function: str) -> Node:
        """Whether ``part`` alone decides an 'and' (being false) or an 'or' (being true), beyond doubt."""
        decides = certain(part) if function == "or" else certain(Call("not", (part,)))
        return all_of([decides, negated(doubt)])

    def _branch(self, when: Node, doubt: Node, then: Node, rest: Node) -> Node:
        if (doubt, then, rest) == (FALSE, FALSE, FALSE):
            return FALSE
        taken, passed = certain(when), certain(Call("not", (when,)))
        return any_of([doubt, all_of([taken, then]), all_of([passed, rest])])
