"""A pack as one SQL statement that decides every household at once.

Tables: ``household`` (household_key, columns of the schema), ``person`` (household_key, person_key, …), ``supporter``
and ``settlement`` (likewise); money is BIGINT 分. Rules are computed entity by entity in stages: a stage
ends where a rule needs another entity (a join down, or a grouped sum up); within a stage, one sub-select a level.
Parameters that are the same everywhere are constants; others come from the ``parameter`` table by division and area.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from doudi.engine.errors import InputError
from doudi.engine.rules import fragment
from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps, names, walk
from doudi.engine.rules.fragment import DIALECTS, SCALES, Fragment
from doudi.engine.rules.interpret import aggregated_entity, entity_of
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.plan import Planned, hidden_name, plan
from doudi.engine.rules.relevance import ALL, Relevance, either, written
from doudi.engine.rules.schema import BY_NAME, ENTITIES, MOMENTS

KEYS = {
    "household": ("household_key",),
    "person": ("household_key", "person_key"),
    "supporter": ("household_key", "person_key"),
    "settlement": ("household_key", "person_key"),
}
# A grouping of more aggregates than these needs nearly every row: choosing rows would cost more than it spares.
FEW = 2


@dataclass
class _Stage:
    """What one CTE adds to an entity: columns from above, grouped values from below, and levels of rules."""

    above: dict[str, set[str]] = field(default_factory=dict)
    grouped: dict[str, dict[str, str]] = field(default_factory=dict)  # child entity → column → aggregate text
    empty: dict[str, str] = field(default_factory=dict)  # grouped column → its value for an empty group
    summed: dict[str, list[tuple[Aggregate, str | None]]] = field(default_factory=dict)  # … → with the rows it needs
    levels: dict[int, list[str]] = field(default_factory=dict)


class Statement:
    """Builds the SQL text for chosen outputs of one pack, day and set of constant and varying parameters."""

    def __init__(
        self,
        pack: Pack,
        as_of: dt.date,
        constants: Mapping[str, Any],
        varying: Sequence[str],
        tables: Mapping[str, str],
        dialect: str = "duckdb",
        scenarios: bool = False,
        unset: Collection[str] | None = None,
        by_division: bool = True,
    ) -> None:
        self.pack, self.as_of, self.constants, self.varying = pack, as_of, constants, set(varying)
        self.tables, self.dialect, self.scenarios = tables, DIALECTS[dialect], scenarios
        self.by_division = by_division
        self.unset = self.varying if unset is None else set(unset)

    def select(self, entity: str, outputs: Sequence[str]) -> str:
        """The statement whose rows are ``entity``'s keys and ``outputs`` (rules), money in 分.

        Raises InputError for an output that is no rule of the entity or an unrounded number.
        """
        for name in outputs:
            if name not in self.pack.rules or self.pack.rules[name].entity != entity:
                raise InputError(f"{name} is not a rule of a {entity}", where=f"pack {self.pack.name}")
        self.fragments: dict[str, Fragment] = {}
        self.stages: dict[tuple[str, int], _Stage] = {}
        self.raw: dict[str, set[str]] = {name: set() for name in ENTITIES}
        self.lookups: dict[str, tuple[str, str, str, str]] = {}
        self.planned: dict[str, Planned] = {}
        self.texts: dict[str, Fragment] = {}  # how each column is computed; ``fragments`` names the column
        for item in plan(self.pack, outputs, self.varying):
            self._place(item)
        return self._text(entity, outputs)

    def _place(self, item: Planned) -> None:
        """Compile one rule into its stage, a level above what it uses there."""
        self.planned[item.name] = item
        part = self._compile(item.tree, item.entity, item.name)
        if isinstance(item.tree, Name) and entity_of(self.pack, item.tree.name) == item.entity:
            self.fragments[item.name] = part  # another name for the same column
            return
        stage = self._at(item.entity, item.stage)
        divisor = f"{item.name}__d" if part.divisor else None
        self.fragments[item.name] = replace(part, text=item.name, divisor=divisor, constant=None)
        self.texts[item.name] = part
        used = names(item.tree)
        levels = [level for level, rules in stage.levels.items() if used & set(rules)]
        stage.levels.setdefault(max(levels, default=-1) + 1, []).append(item.name)

    def _at(self, entity: str, stage: int) -> _Stage:
        return self.stages.setdefault((entity, stage), _Stage())

    # ---- the text of one expression ----

    def _compile(self, node: Node, entity: str, rule: str) -> Fragment:
        match node:
            case Literal(value=value):
                return fragment.literal(value)
            case Name(name=name):
                return self._name(name, entity, rule)
            case Call(function="lookup", arguments=(Name(name=name), Name(name=division), Literal(value=area))):
                return self._lookup(name, division, str(area), entity)
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments, entity, rule)
            case Aggregate():
                return self._aggregate(node, entity, rule)
            case Choose(branches=branches, otherwise=otherwise):
                pairs = [(self._compile(w, entity, rule), self._compile(t, entity, rule)) for w, t in branches]
                return fragment.choose(pairs, self._compile(otherwise, entity, rule))
            case Steps(steps=steps, none=none, unknown=unknown):
                return fragment.steps([(n, self._compile(s, entity, rule)) for n, s in steps], none, unknown)
        raise AssertionError(node)

    def _name(self, name: str, entity: str, rule: str) -> Fragment:
        if name == "as_of":
            return fragment.literal(self.as_of)
        if name == "month_start":
            return fragment.literal(self.as_of.replace(day=1))
        if name in self.pack.parameters:
            kind = self.pack.parameters[name].kind
            sql_kind = "number" if kind in SCALES else kind
            if name not in self.varying:
                return fragment.literal(self.constants[name], sql_kind)
            self._need(name, "household", entity, rule)
            return Fragment(name, sql_kind, SCALES.get(kind, 1), nullable=name in self.unset)
        owner = self._owner(name)
        if name in self.fragments:
            known = self.fragments[name]
            for column in (known.text, known.divisor):
                if column:
                    self._need(column, owner, entity, rule)
            return known
        self._need(name, owner, entity, rule)
        found = BY_NAME[name]
        self.raw[found.entity].add(name)
        kind = "number" if found.kind == "money" else found.kind
        return Fragment(name, kind, SCALES.get(found.kind, 1), None, found.nullable)

    def _owner(self, name: str) -> str:
        return entity_of(self.pack, name) or "household"

    def _need(self, column: str, owner: str, entity: str, rule: str) -> None:
        if owner != entity:
            self._at(entity, self.planned[rule].stage).above.setdefault(owner, set()).add(column)

    def _lookup(self, name: str, division: str, area: str, entity: str) -> Fragment:
        kind = self.pack.parameters[name].kind
        if name not in self.varying:
            return fragment.literal(self.constants[name], "number" if kind in SCALES else kind)
        column = f"{name}__{area}_at_{division}"
        self.raw[entity].add(division)
        self.lookups[column] = (entity, name, division, area)
        return Fragment(column, "number" if kind in SCALES else kind, SCALES.get(kind, 1), nullable=name in self.unset)

    def _call(self, function: str, arguments: tuple[Node, ...], entity: str, rule: str) -> Fragment:
        if function == "in":
            return self._in(arguments, entity, rule)
        parts = [self._compile(argument, entity, rule) for argument in arguments]
        match function:
            case "or" if any(isinstance(item, Call) and item.function == "is null" for item in arguments):
                return self._or_null(arguments, parts)
            case "and" | "or":
                return fragment.junction(function.upper(), parts)
            case "not":
                return Fragment(f"(NOT {parts[0].text})", "bool", nullable=parts[0].nullable)
            case "=" | "<>" | "<" | "<=" | ">" | ">=":
                return fragment.compare(parts[0], parts[1], function)
            case "+" | "-":
                return fragment.add(parts[0], parts[1], function)
            case "month_shift" | "months_after" | "days_after":
                text = self.dialect[function].format(parts[0].text, parts[1].text)
                return Fragment(text, "date", nullable=parts[0].nullable or parts[1].nullable)
            case "greatest" | "least":
                return fragment.extreme(function.upper(), parts)
            case "coalesce":
                return fragment.coalesce(parts)
            case "round_fen":
                return fragment.rounded(parts[0], self.dialect)
            case "ceil_yuan":
                return fragment.raised(parts[0], self.dialect)
            case "completed_years":
                return fragment.years(parts[0], parts[1], self.dialect)
            case "is null":
                return fragment.is_null(parts[0])
        return {"*": fragment.multiply, "/": fragment.divide, "months_since": fragment.months}[function](*parts)

    def _or_null(self, arguments: tuple[Node, ...], parts: list[Fragment]) -> Fragment:
        """``x is null or x >= …`` is always known when x is all that could be unknown."""
        tested = {
            n.name
            for a in arguments
            if isinstance(a, Call) and a.function == "is null"
            for n in a.arguments
            if isinstance(n, Name)
        }
        opened = [
            part.nullable
            and (
                any(isinstance(item, Call) and item.function in ("/", "lookup") for item in walk(argument))
                or any(name not in MOMENTS and name not in tested for name in names(argument))
            )
            for argument, part in zip(arguments, parts, strict=True)
        ]
        return Fragment(f"({' OR '.join(part.text for part in parts)})", "bool", nullable=any(opened))

    def _in(self, arguments: tuple[Node, ...], entity: str, rule: str) -> Fragment:
        value, items = self._compile(arguments[0], entity, rule), arguments[1]
        listed = (
            self.constants[items.name]
            if isinstance(items, Name)
            else items.value
            if isinstance(items, Literal)
            else None
        )
        return fragment.member(value, listed)

    def _aggregate(self, node: Aggregate, entity: str, rule: str) -> Fragment:
        below = aggregated_entity(self.pack, node.argument, entity)
        hidden = hidden_name(rule, node)
        known = self.fragments.get(hidden)
        argument = known or self._compile(node.argument, below, rule)
        try:
            made = fragment.aggregate(node.function, argument)
        except ValueError as error:
            raise InputError(f"{rule}: {error}", where=f"pack {self.pack.name}") from None
        stage = self._at(entity, self.planned[rule].stage)
        columns = stage.grouped.setdefault(below, {})
        column = next(
            (known for known, text in columns.items() if text == made.text), f"{entity}_{below}_{rule}_{len(columns)}"
        )
        columns[column] = made.text
        stage.summed.setdefault(below, []).append((node, fragment.counts_in(node.function, argument)))
        empty = fragment.EMPTY.get(node.function)
        if empty is None:
            return Fragment(column, made.kind, made.scale, nullable=True)
        stage.empty[column] = empty
        return Fragment(column, made.kind, made.scale, nullable=made.nullable)

    # ---- the statement ----

    def _keys(self, entity: str) -> list[str]:
        return [*(["scenario"] if self.scenarios else []), *KEYS[entity]]

    def _text(self, entity: str, outputs: Sequence[str]) -> str:
        parts: list[str] = []
        self.latest: dict[str, str] = {}
        self.carried: dict[str, set[str]] = {name: set() for name in ENTITIES}
        used = {name for name, _ in self.stages} | {name for name, columns in self.raw.items() if columns}
        used |= {owner for stage in self.stages.values() for owner in (*stage.above, *stage.grouped)}
        for name in ENTITIES:
            if name in used:
                parts.append(f"{name}_base AS ({self._base(name)})")
                self.latest[name] = f"{name}_base"
        for index in sorted({stage for _, stage in self.stages}):
            before = dict(self.latest)
            for (name, number), stage in self.stages.items():
                if number == index:
                    where = self._needed_rows(name, index, before) if name != entity else ""
                    parts.append(f"{name}_{index} AS ({self._cte(name, stage, before, where)})")
                    self.latest[name] = f"{name}_{index}"
        columns = []
        for name in outputs:
            part = self.fragments[name]
            wanted = 100 if self.pack.rules[name].unit.startswith("元") else 1
            if part.kind == "number":
                part = fragment.align([part, Fragment("0", "number", wanted, nullable=False)])[0]
                if part.divisor or part.scale != wanted:
                    raise InputError(f"{name} is not rounded and cannot be put out", where=f"pack {self.pack.name}")
            columns.append(f"{part.text} AS {name}")
        body = ",\n".join(parts)
        return f"WITH {body}\nSELECT {', '.join([*self._keys(entity), *columns])} FROM {self.latest[entity]}"

    def _base(self, entity: str) -> str:
        columns = [f"t.{key}" for key in KEYS[entity]]
        for name in sorted(self.raw[entity]):
            kind = BY_NAME[name].kind
            columns.append(f"CAST(t.{name} AS BIGINT) AS {name}" if kind in ("money", "number") else f"t.{name}")
        text = f"{self.tables[entity]} AS t"
        if self.scenarios:
            columns.insert(0, "s.scenario")
            if "pair" in self.tables:  # only some households in each scenario
                text += f" JOIN {self.tables['pair']} AS s ON s.household_key = t.household_key"
            else:
                text += f" CROSS JOIN {self.tables['scenario']} AS s"
        if entity == "household" and self.varying:
            columns += [f"p.{name}" for name in sorted(self.varying)]
            text += self._parameters("p", "division", "t.area")
        for number, (column, (owner, name, division, area)) in enumerate(self.lookups.items()):
            if owner == entity:
                columns.append(f"p{number}.{name} AS {column}")
                text += self._parameters(f"p{number}", division, f"'{area}'")
        return f"SELECT {', '.join(columns)} FROM {text}"

    def _parameters(self, alias: str, division: str, area: str) -> str:
        """The join that brings the parameters of a division and area to each row."""
        conditions = [f"{alias}.area = {area}"]
        if self.by_division:
            conditions.append(f"{alias}.division = COALESCE(t.{division}, '')")
        if self.scenarios:
            conditions.append(f"{alias}.scenario = s.scenario")
        return f" LEFT JOIN {self.tables['parameter']} AS {alias} ON {' AND '.join(conditions)}"

    def _needed_rows(self, entity: str, index: int, latest: Mapping[str, str]) -> str:
        """Which rows of ``entity`` its last stage cannot do without; empty when it may need all of them."""
        owner, stage = ENTITIES[entity], self.stages[entity, index]
        later = [(name, stage) for (name, number), stage in self.stages.items() if number > index]
        if owner not in stage.above or any(name == entity or entity in found.above for name, found in later):
            return ""
        here = {item.name: item.tree for item in self.planned.values() if (item.entity, item.stage) == (entity, index)}
        rule = next(iter(here))

        def known(node: Node) -> tuple[str, bool] | None:
            if not {entity_of(self.pack, name) for name in names(node)} <= {None, entity} or self.varying & names(node):
                return None
            if any(isinstance(item, Aggregate) for item in walk(node)):
                return None
            part = self._compile(node, entity, rule)
            return part.text, part.nullable

        def above(name: str) -> tuple[str, bool] | None:
            part = self._name(name, entity, rule)
            return (part.text, part.nullable) if self._owner(name) == owner else None

        relevance = Relevance(here, known, above)
        rows = either(*(relevance.row(node) for _, found in later for node, _ in found.summed.get(entity, ())))
        if rows == ALL:
            return ""
        if relevance.opened:
            opened = " OR ".join(f"o.{name} IS NULL" for name in sorted(relevance.opened))
            same = self._same(owner, "o", "n")
            rows |= {f"EXISTS (SELECT 1 FROM {latest[owner]} AS o WHERE {same} AND ({opened}))"}
        return written(rows)

    def _cte(self, entity: str, stage: _Stage, latest: Mapping[str, str], where: str = "") -> str:
        columns = ["t.*"]
        text = f"(SELECT * FROM {latest[entity]} AS n WHERE {where}) AS t" if where else f"{latest[entity]} AS t"
        for owner, wanted in stage.above.items():
            new = sorted(wanted - self.carried[entity])
            self.carried[entity] |= wanted
            if new:
                columns += [f"{owner}_up.{name}" for name in new]
                text += f" JOIN {latest[owner]} AS {owner}_up ON {self._same(owner, 't', f'{owner}_up')}"
        for below, grouped in stage.grouped.items():
            keys = self._keys(entity)
            inner = ", ".join([*keys, *(f"{value} AS {name}" for name, value in grouped.items())])
            rows = latest[below]
            needed = {test for _, test in stage.summed[below]}
            if None not in needed and len(grouped) <= FEW:
                rows += f" WHERE {' OR '.join(sorted(str(test) for test in needed))}"
            text += (
                f" LEFT JOIN (SELECT {inner} FROM {rows} GROUP BY {', '.join(keys)}) AS {below}_sum"
                f" ON {self._same(entity, 't', f'{below}_sum')}"
            )
            columns += [self._grouped(below, name, stage) for name in grouped]
        text = f"SELECT {', '.join(columns)} FROM {text}"
        for _, rules in sorted(stage.levels.items()):
            added = []
            for name in rules:
                part = self.texts[name]
                added.append(f"{part.text} AS {name}")
                if part.divisor:
                    added.append(f"{part.divisor} AS {name}__d")
            text = f"SELECT *, {', '.join(added)} FROM ({text}) AS l"
        return text

    def _grouped(self, below: str, name: str, stage: _Stage) -> str:
        """A grouped column; a household without such rows has no group, which is no unknown."""
        empty = stage.empty.get(name)
        key = KEYS[below][0]
        if empty is None:
            return f"{below}_sum.{name}"
        return f"CASE WHEN {below}_sum.{key} IS NULL THEN {empty} ELSE {below}_sum.{name} END AS {name}"

    def _same(self, entity: str, left: str, right: str) -> str:
        return " AND ".join(f"{left}.{key} = {right}.{key}" for key in self._keys(entity))
