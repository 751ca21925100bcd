"""Write a rule's expression in Chinese with the values of one row.

A condition is written as it is, not as it should be: 家庭人均月收入 720.00 ≥ 低保标准 600.00, and what keeps a rule
from holding is marked（不满足）. Of a choice only the branch taken is written.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from doudi.engine.rules.expression import Aggregate, Call, Choose, Literal, Name, Node, Steps
from doudi.engine.rules.household import Row
from doudi.engine.rules.interpret import Compiler, aggregated_entity, entity_of
from doudi.engine.rules.pack import Pack, Parameter, Rule
from doudi.engine.rules.phrases import OPPOSITE, SIZES, SYMBOLS, codes, said, show
from doudi.engine.rules.schema import BY_NAME, CODES, MOMENTS, Column
from doudi.engine.rules.texts import Judge, Write, above, bracket, denied, join, once, operands, whose

_INFIX = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, items: value in items,
}
_BINDING = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6} | dict.fromkeys(_COMPARISONS, 4)
_FORMS = {
    "round_fen": "{}，四舍五入到分",
    "ceil_yuan": "{}，见分进元",
    "completed_years": "{} 到 {} 的周岁",
    "months_since": "{} 到 {} 的月数",
    "month_shift": "{} 后推 {} 个月的1日",
    "months_after": "{} 加 {} 个月",
    "days_after": "{} 加 {} 天",
    "greatest": "取较大的：{}",
    "least": "取较小的：{}",
}
_MEMBERS = {"person": "各成员", "supporter": "各供养人", "settlement": "各次结算"}
_FOLDS = {"sum": "合计", "max": "中最大的"}
_ZERO = Literal(Fraction(0))
_ZERO_IS_NONE = ("disability_grade",)


class Writer:
    """Turns expressions into functions that write them with labels and the values of one row."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.compiler = pack, Compiler(pack)
        self.judges: dict[tuple[Node, str], Judge] = {}

    def rule(self, rule: Rule) -> Write:
        """The writing function of a rule. Totals that the ladder makes go without the reason of each part."""
        return self._make(rule.tree, rule.entity, plain=not rule.expr, marked=True)[0]

    def write(self, node: Node, entity: str) -> Write:
        """The writing function of any expression on rows of ``entity``."""
        return self._make(node, entity)[0]

    def _make(self, node: Node, entity: str, *, plain: bool = False, marked: bool = False) -> tuple[Write, int]:
        """The writing function and how tightly its text binds, for brackets."""
        match node:
            case Literal(value=value):
                text = _show(value, "")
                return lambda row: text, 9
            case Name(name=name):
                judge = self._named(name, entity)
                return lambda row: judge(row)[1], 9
            case Call(function="lookup", arguments=(Name(name=name), Name(name=division), Literal(value=area))):
                return self._lookup(name, division, str(area)), 9
            case Call(function="not", arguments=(inner,)):
                return self._make(inner, entity)  # conditions are written as they are
            case Call(function="and" | "or") | Call(function="=" | "<>" | "<" | "<=" | ">" | ">=" | "in"):
                marked = marked and node.function in ("and", "or")
                judge = self._combine(node, entity, marked=True) if marked else self._judge(node, entity)
                return lambda row: judge(row)[1], _BINDING[node.function]
            case Call(function="+"):
                return self._sum(operands(node), entity, plain), 5
            case Call(function="coalesce", arguments=arguments):
                return self._coalesce(arguments, entity, plain), 9
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments, entity)
            case Aggregate(function="sum" | "max"):
                return self._fold(node, entity), 9
            case Aggregate():
                return self._members(node, entity), 4
            case Choose():
                return self._choose(node, entity, plain), 9
            case Steps(steps=steps):
                return self._steps(steps, entity), 0
        raise AssertionError(node)

    def _call(self, function: str, arguments: tuple[Node, ...], entity: str) -> tuple[Write, int]:
        made = [self._make(argument, entity) for argument in arguments]
        if function == "is null":
            filled, write = self.compiler.compile(arguments[0], entity), made[0][0]
            label = self._label(arguments[0])
            return lambda row: f"{label} 未填" if filled(row) is None else write(row), 4
        if function == "-" and arguments[0] == _ZERO:
            return join(["−", *bracket(made[1][0], made[1][1] <= 6)]), 7
        if function in _INFIX:
            own = _BINDING[function]
            parts: list[str | Write] = []
            for index, (write, binding) in enumerate(made):
                loose = binding < own or (binding == own and index > 0 and function in ("-", "/"))
                parts += [*([_INFIX[function]] if index else []), *bracket(write, loose)]
            return join(parts), own
        if function == "greatest" and arguments[-1] == _ZERO and len(arguments) == 2:
            return join([made[0][0], "（不足 0 的按 0 计）"]), 4
        if function in ("greatest", "least"):
            return self._extreme(_FORMS[function], arguments, entity), 0
        writers, form = [write for write, _ in made], _FORMS[function]
        return lambda row: form.format(*[write(row) for write in writers]), 0

    def _judge(self, node: Node, entity: str) -> Judge:
        """Whether a condition holds on a row, and how it is written there: one walk for both."""
        match node:
            case Name(name=name) if name in self.pack.rules or name in BY_NAME:
                return self._named(name, entity)
            case Call(function="not", arguments=(inner,)):
                return denied(self._judge(inner, entity))  # conditions are written as they are
            case Call(function="and" | "or"):
                # Many entitlements name the same categories: judged once a row.
                key = (node, entity)
                if key not in self.judges:
                    self.judges[key] = once(self._combine(node, entity, marked=False))
                return self.judges[key]
            case Call(function=function, arguments=arguments) if function in _COMPARISONS:
                return self._compare(node, arguments, entity)
        holds, text = self.compiler.compile(node, entity), self.write(node, entity)
        return lambda row: (holds(row), text(row))

    def _compare(self, node: Call, arguments: tuple[Node, ...], entity: str) -> Judge:
        """Both sides with the sign that is true of them. More than none of something is just the number."""
        function, compare = node.function, _COMPARISONS[node.function]
        left, right = (self._side(argument, entity) for argument in arguments)
        alone = function == ">" and arguments[1] == _ZERO
        dates = isinstance(arguments[0], Name) and _kind(self.pack, arguments[0].name) == "date"
        signs = SYMBOLS | SIZES["date"] if dates else SYMBOLS
        sign, opposite = f" {signs[function]} ", f" {signs[OPPOSITE[function]]} "
        equal = {"=": True, "<>": False}.get(function)

        def judge(row: Row) -> tuple[bool | None, str]:
            (one, text), (other, beside) = left(row), right(row)
            if one is None or other is None:
                return None, text if alone else text + sign + beside
            truth = compare(one, other)
            if alone or truth is equal:  # 劳动能力 无: to say that it is 无 again helps nobody
                return truth, text
            return truth, text + (sign if truth else opposite) + beside

        return judge

    def _side(self, node: Node, entity: str) -> Callable[[Row], tuple[Any, str]]:
        """The value of one side of a comparison and how it is written."""
        if isinstance(node, Name):
            return self._named(node.name, entity)
        write, binding = self._make(node, entity)
        text = join(bracket(write, binding < 4))
        if isinstance(node, Literal):
            constant = (node.value, text(Row(entity, "", {})))
            return lambda row: constant
        value = self.compiler.compile(node, entity)
        return lambda row: (value(row), text(row))

    def _combine(self, node: Call, entity: str, *, marked: bool) -> Judge:
        """Conditions in a row. Of alternatives only those that hold, if any does; what keeps an 'and' from holding is
        marked where the rule itself is that 'and'.
        """
        judges = [self._judge(argument, entity) for argument in node.arguments]
        composed = [_is_composed(argument) for argument in node.arguments]
        alternatives, mark = node.function == "or", "（不满足）" if marked else ""

        def judge_all(row: Row) -> tuple[bool | None, str]:
            judged = [judge(row) for judge in judges]
            truths = [truth for truth, _ in judged]
            truth = alternatives if alternatives in truths else None if None in truths else not alternatives
            texts = [
                f"（{text}）" if group and (" 且 " in text or " 或 " in text) else text
                for (_, text), group in zip(judged, composed, strict=True)
            ]
            if not alternatives:
                if truth is False and mark:
                    texts = [text + mark if held is False else text for held, text in zip(truths, texts, strict=True)]
                return truth, " 且 ".join(texts)
            if truth:
                texts = [text for held, text in zip(truths, texts, strict=True) if held]
            return truth, (" 且 " if truth is False else " 或 ").join(texts)

        return judge_all

    def _coalesce(self, arguments: tuple[Node, ...], entity: str, plain: bool) -> Write:
        """The first that is known; when it is a constant, also what was not known."""
        made = [(self.compiler.compile(a, entity), self._make(a, entity, plain=plain)[0], a) for a in arguments]
        label = self._label(arguments[0])

        def write(row: Row) -> str:
            for value, text, argument in made:
                if value(row) is not None:
                    aside = isinstance(argument, Literal) and label and not plain
                    return f"{label} 未知，按 {text(row)}" if aside else text(row)
            return made[-1][1](row)

        return write

    def _extreme(self, form: str, arguments: tuple[Node, ...], entity: str) -> Write:
        """The larger or smaller of some parts; parts that do not apply (a choice that gives 0) are left out."""
        parts = [self._part(argument, entity) for argument in arguments]

        def write(row: Row) -> str:
            texts = [text for part in parts if (text := part(row))] or ["0"]
            return texts[0] if len(texts) == 1 else form.format("，".join(texts))

        return write

    def _sum(self, operands: list[Node], entity: str, plain: bool) -> Write:
        parts = [self._part(operand, entity, plain=plain) for operand in operands]
        return lambda row: " + ".join(text for part in parts if (text := part(row))) or "0"

    def _part(self, node: Node, entity: str, *, plain: bool = True) -> Write:
        """A part of a sum: nothing where it is a choice that gives a constant nothing."""
        if isinstance(node, Call) and node.function == "coalesce":
            node = node.arguments[0]
        write, binding = self._make(node, entity, plain=plain)
        write = join(bracket(write, binding < 5))
        if not isinstance(node, Choose):
            return write
        taken = self._taken(node, entity)

        def write_part(row: Row) -> str:
            branch = taken(row)
            return "" if isinstance(branch, Literal) and not branch.value else write(row)

        return write_part

    def _taken(self, node: Choose, entity: str) -> Callable[[Row], Node | None]:
        """The branch that counts; None while its condition is unknown."""
        conditions = [(self.compiler.compile(when, entity), then) for when, then in node.branches]

        def find(row: Row) -> Node | None:
            for holds, then in conditions:
                truth = holds(row)
                if truth is None:
                    return None
                if truth:
                    return then
            return node.otherwise

        return find

    def _choose(self, node: Choose, entity: str, plain: bool) -> Write:
        """Only the branch taken, with the condition that chose it unless ``plain``."""
        # That a fact is known is no reason worth telling.
        told = [not plain and not (isinstance(when, Call) and when.function == "is null") for when, _ in node.branches]
        whens = [(self.compiler.compile(when, entity), self.write(when, entity)) for when, _ in node.branches]
        texts = [self._branch(then, entity, plain) for _, then in node.branches]
        rest = self._branch(node.otherwise, entity, plain)

        def write(row: Row) -> str:
            refused = []
            for (holds, reason), text, tell in zip(whens, texts, told, strict=True):
                truth = holds(row)
                if truth is None:
                    return f"尚不能判断（{reason(row)}）"
                if truth:
                    return text(row) if plain else f"{text(row)}（{reason(row)}）"
                if tell:
                    refused.append(reason(row))
            return f"{rest(row)}（{'；'.join(refused)}）" if refused else rest(row)

        return write

    def _branch(self, node: Node, entity: str, plain: bool) -> Write:
        if node == Literal(None):
            return lambda row: "不适用"
        write, binding = self._make(node, entity, plain=plain)
        return join(bracket(write, 4 < binding < 9))

    def _steps(self, steps: tuple[tuple[str, Node], ...], entity: str) -> Write:
        """Step by step until one holds."""
        judged = [(name, self._judge(step, entity)) for name, step in steps]

        def write(row: Row) -> str:
            listed = []
            for name, judge in judged:
                holds, text = judge(row)
                listed.append(text if name == "none" else f"{CODES.get(name, name)}：{text}")
                if holds:
                    break
            return "；".join(listed)

        return write

    def _fold(self, node: Aggregate, entity: str) -> Write:
        """Each member's part of a sum; whoever contributes nothing by rule is left out."""
        below = aggregated_entity(self.pack, node.argument, entity)
        part = self._part(node.argument, below)
        head = f"{_MEMBERS[below]}{_FOLDS[node.function]}"

        def write(row: Row) -> str:
            listed = [f"{whose(item)} {text}" for item in row.below[below] if (text := part(item))]
            return f"{head}（{'；'.join(listed) or '无'}）"

        return write

    def _members(self, node: Aggregate, entity: str) -> Write:
        """Who fulfils a condition, and for 'any' and 'all' what is the case with those who decide."""
        below = aggregated_entity(self.pack, node.argument, entity)
        holds = self.compiler.compile(node.argument, below)
        fact = self.write(node.argument, below)
        label = self._label(node.argument)
        wanted = (False, None) if node.function == "all" else (True,)
        nobody = f"{_MEMBERS[below]}：无"

        def write(row: Row) -> str:
            rows = row.below[below]
            found = [item for item in rows if holds(item) in wanted]
            if label and node.function != "all":
                return f"{label}：{'、'.join(map(whose, found)) or '无'}"
            groups: dict[str, list[str]] = {}
            for item in found or rows:
                groups.setdefault(fact(item), []).append(whose(item))
            return "；".join(f"{'、'.join(keys)}（{text}）" for text, keys in groups.items()) or nobody

        return write

    def _label(self, node: Node) -> str:
        """The label of a plain name; empty for anything else."""
        if not isinstance(node, Name):
            return ""
        item = self.pack.rules.get(node.name) or BY_NAME.get(node.name) or self.pack.parameters.get(node.name)
        return item.label if item else MOMENTS[node.name]

    def _lookup(self, name: str, division: str, area: str) -> Write:
        parameter = self.pack.parameters[name]

        def write(row: Row) -> str:
            place = row.values[division]
            value = above(row, "household").values["?"].at(place, area)[name]
            return f"{place or '本地'}{CODES[area]}{parameter.label} {show(value, parameter.unit)}"

        return write

    def _named(self, name: str, entity: str) -> Callable[[Row], tuple[Any, str]]:
        """The value of a name on a row of ``entity`` and how it is written; both kept at the row it belongs to."""
        pack, owner = self.pack, entity_of(self.pack, name) or "household"
        item: Rule | Column | Parameter | None = pack.rules.get(name) or BY_NAME.get(name) or pack.parameters.get(name)
        label, unit = (item.label, item.unit) if item else (MOMENTS[name], "")
        unknown = label + ("（待定）" if name in pack.rules else "（未填）" if name in BY_NAME else "（当地未规定）")
        parameter, own = name in pack.parameters, owner == entity

        def judge(row: Row) -> tuple[Any, str]:
            at = row if own else above(row, owner)
            judged: tuple[Any, str] | None = at.shown.get(name)
            if judged is None:
                value = at.values["*"][name] if parameter else at.values[name]
                if value is None:
                    text = unknown
                elif isinstance(value, bool):
                    text = said(label, value)
                elif name in _ZERO_IS_NONE and not value:
                    text = f"{label} 无"
                else:
                    text = f"{label} {_show(value, unit)}"
                judged = at.shown[name] = (value, text)
            return judged

        return judge


def _is_composed(node: Node) -> bool:
    while isinstance(node, Call) and node.function == "not":
        node = node.arguments[0]
    return isinstance(node, Call) and node.function in ("and", "or")


def _show(value: Any, unit: str) -> str:
    if isinstance(value, tuple):
        return "、".join(_show(item, unit) for item in value)
    return codes().get(value, value) if isinstance(value, str) else show(value, unit)


def _kind(pack: Pack, name: str) -> str:
    if name in pack.rules:
        return pack.rules[name].kind
    return BY_NAME[name].kind if name in BY_NAME else "date" if name in MOMENTS else ""
