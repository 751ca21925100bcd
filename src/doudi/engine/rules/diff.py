"""Two packs side by side, as a briefing for a policy officer: by topic, in words, with clause and sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from doudi.engine.rules.expression import Name, names
from doudi.engine.rules.items import item_name, reason_name
from doudi.engine.rules.pack import Outcome, Pack
from doudi.engine.rules.phrases import codes
from doudi.engine.rules.quote import quote
from doudi.engine.rules.reach import outcomes, rules_of
from doudi.engine.rules.wording import LOCAL, UNSET, current_in_words, label_of, rule_in_words

ABSENT = "未规定"
_EVERY_CATEGORY = {"DIBAO", "TEKUN", "MARGIN", "RIGID", "FANPIN", "OTHER"}
_AMOUNTS = {"amount": "金额为{}", "floor": "不低于{}", "ceiling": "不超过{}"}


@dataclass(frozen=True, slots=True)
class Side:
    """What one pack says on a topic: ``text`` in words, ``cite`` the clause, ``sentence`` of the document or ''."""

    text: str
    cite: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One difference. ``name``: the parameter, rule, outcome or item behind it; ``kind``: which of these it is.

    ``level`` 1: a part of the line above (shown as 其中).
    """

    topic: str  # 项目
    a: Side
    b: Side
    kind: str  # parameter rule outcome item
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the briefing with what differs; ``same`` counts what both packs say alike."""

    title: str
    lines: tuple[Line, ...]
    same: int


def compare(a: Pack, b: Pack) -> list[Section]:
    """What two packs say differently, under the headings of ``catalogue/policy_topics.yaml`` in its order.

    Parameters as they stand in their latest version, rules as expressions in words, benefits and warnings, and for
    专项救助 who may have which item. Two rules that read the same are the same, whatever clause they cite.
    """
    topics = _topics()
    places = _place(a, topics), _place(b, topics)
    place = {name: min(one[name] for one in places if name in one) for name in {*places[0], *places[1]}}
    lines: dict[int, list[Line]] = {index: [] for index in range(len(topics))}
    same = dict.fromkeys(lines, 0)
    covered: dict[str, str] = {}  # rule → the line that spells it out
    for kind, collect in (("parameter", _parameters), ("outcome", _outcomes), ("item", _items), ("rule", _rules)):
        left, right = collect(a), collect(b)
        for name in dict.fromkeys([*left, *right]):
            at = place[name]
            one, other = left.get(name), right.get(name)
            if one and other and one.same == other.same:
                same[at] += 1
            elif name not in covered:
                sides = [entry for entry in (one, other) if entry]
                covered.update((rule, name) for entry in sides for rule in entry.covers)
                topic = sides[0].topic
                lines[at].append(Line(topic, _side(a, one, topic), _side(b, other, topic), kind, name))
    ordered = {index: _nested(section, covered, (a, b)) for index, section in lines.items()}
    return [
        Section(topic["title"], tuple(ordered[index]), same[index])
        for index, topic in enumerate(topics)
        if ordered[index] or same[index]
    ]


def short_name(pack: Pack) -> str:
    """What officers call a pack: the place whose office issued it, else its document."""
    found = re.match(r"(.+?)(省|市|自治区|县|区)", pack.issuer)
    return found[1] if found else pack.cite_as.strip("《》")


@dataclass(frozen=True, slots=True)
class _Entry:
    topic: str
    text: str
    cite: str
    same: object  # equal when two packs say the same
    covers: tuple[str, ...] = ()  # rules that its text spells out


def _parameters(pack: Pack) -> dict[str, _Entry]:
    found = {}
    for parameter in pack.parameters.values():
        dated = parameter.at(dt.date.max)
        text = current_in_words(parameter)
        found[parameter.name] = _Entry(parameter.label, text, dated.cite if dated else parameter.cite, text)
    return found


def _rules(pack: Pack) -> dict[str, _Entry]:
    return {
        rule.name: _Entry(
            rule.label, rule_in_words(pack, rule.name), rule.cite, rule_in_words(pack, rule.name, values=False)
        )
        for rule in pack.rules.values()
        if rule.expr
    }


def _outcomes(pack: Pack) -> dict[str, _Entry]:
    """Benefit lines, warnings and findings."""
    found = {}
    for line in pack.lines:
        plain = isinstance(pack.rules[line.amount].tree, Name)
        amount = rule_in_words(pack, line.amount) if plain else label_of(pack, line.amount)
        text = f"{rule_in_words(pack, line.when)}的，发{amount}"
        topic = item_name(line.item) + (f"（{reason_name(line.reason)}）" if line.reason else "")
        found[f"line:{line.name}"] = _Entry(topic, text, line.cite, text, (line.when, line.amount))
    for warning in pack.warnings:
        topic = "不得通过的情形" if warning.blocks else "提示"
        told = (topic, warning.message)
        found[warning.name] = _Entry(topic, warning.message, warning.cite, told, (warning.when,))
    for finding in pack.findings:
        text, same = rule_in_words(pack, finding.value), rule_in_words(pack, finding.value, values=False)
        found[f"finding:{finding.name}"] = _Entry(finding.label, text, finding.cite, same, (finding.value,))
    return found


def _items(pack: Pack) -> dict[str, _Entry]:
    """Who may have which item of assistance."""
    by_item: dict[str, list[Outcome]] = {}
    for outcome in pack.entitlements:
        by_item.setdefault(outcome.item, []).append(outcome)
    found = {}
    for item, entries in by_item.items():
        text = "；".join(dict.fromkeys(_who(pack, outcome) for outcome in entries))
        found[f"item:{item}"] = _Entry(item_name(item), text, entries[0].cite, text)
    return found


def _who(pack: Pack, outcome: Outcome) -> str:
    """低保对象、特困人员，限农村，须住房不安全，不低于…（可）."""
    parts = []
    if set(outcome.categories) >= _EVERY_CATEGORY:
        parts.append("各类低收入人口")
    elif outcome.categories:
        parts.append("、".join(codes().get(category, "不限对象") for category in outcome.categories))
    if outcome.area:
        parts.append(f"限{codes()[outcome.area]}")
    condition = outcome.condition if outcome.categories or outcome.area else outcome.when
    if condition and label_of(pack, condition) not in parts:
        parts.append(f"须{label_of(pack, condition)}" if outcome.categories else label_of(pack, condition))
    kind, rule = outcome.value
    if rule:
        parts.append(_AMOUNTS[kind].format(label_of(pack, rule)))
    return "，".join(parts) + ("（可以给予）" if outcome.optional else "")


def _side(pack: Pack, entry: _Entry | None, topic: str) -> Side:
    if entry is None:
        return Side(ABSENT)
    found = quote(pack, entry.cite, topic + entry.text) if entry.text not in (UNSET, LOCAL) else None
    return Side(entry.text, entry.cite, found.sentence if found else "")


def _nested(lines: Sequence[Line], covered: Mapping[str, str], packs: Sequence[Pack]) -> list[Line]:
    """Rules that only serve another line of the section follow it, one level in.

    Steps of a ladder stand for themselves. ``covered``: rule → the line that spells it out.
    """
    named = {line.name: line for line in lines}
    rules = {line.name for line in lines if line.kind == "rule"}
    rules -= {step.rule for pack in packs for step in (*pack.household_steps, *pack.person_steps, *pack.flags)}
    parts: dict[str, list[str]] = {}
    inner: set[str] = set()
    for pack in packs:
        for name in reversed(list(pack.rules)):  # who uses comes before what is used
            user = covered.get(name, name)
            for used in sorted(names(pack.rules[name].tree) & rules - inner - {user}) if user in named else ():
                inner.add(used)
                parts.setdefault(user, []).append(used)
    ordered: dict[str, Line] = {}

    def place(name: str, level: int) -> None:
        if name not in ordered:
            ordered[name] = replace(named[name], level=level)
            for part in parts.get(name, ()):
                place(part, 1)

    for line in lines:
        if line.name not in inner:
            place(line.name, 0)
    for line in lines:  # what uses each other, one way in each pack
        place(line.name, 0)
    return list(ordered.values())


@lru_cache(maxsize=1)
def _topics() -> list[dict[str, Any]]:
    text = files("doudi.catalogue").joinpath("policy_topics.yaml").read_text(encoding="utf-8")
    topics: list[dict[str, Any]] = yaml.safe_load(text)["topics"]
    return topics


@lru_cache(maxsize=1)
def _layers() -> dict[str, str]:
    """Key of each item → its layer in the catalogue."""
    text = files("doudi.catalogue").joinpath("assistance_items.yaml").read_text(encoding="utf-8")
    return {item["key"]: item["layer"] for item in reversed(yaml.safe_load(text)["items"])}


def _place(pack: Pack, topics: list[dict[str, Any]]) -> dict[str, int]:
    """Name of each line that ``compare`` may write → index of its topic.

    By the patterns of the topics; a rule or parameter that none names stands with the first topic that uses it.
    """
    place: dict[str, int] = {}
    last = len(topics) - 1

    def put(name: str, found: Iterable[int] = ()) -> int:
        named = _named(name, topics)
        place[name] = min([place.get(name, last), *found]) if named is None else named
        return place[name]

    def having(key: str, value: str | None = None) -> list[int]:
        return [i for i, topic in enumerate(topics) if (value in topic.get(key, ()) if value else topic.get(key))]

    for outcome in outcomes(pack):
        if outcome in pack.entitlements:
            at = place[f"item:{outcome.item}"] = min(having("layers", _layers().get(outcome.item, "basic")))
        elif outcome in pack.lines:
            at = place[f"line:{outcome.name}"] = put(outcome.name, having("lines"))
        else:
            at = put(outcome.name, having("warnings"))
        for name in rules_of(outcome):
            put(name, [at])
    for finding in pack.findings:
        place[f"finding:{finding.name}"] = at = put(finding.name, having("findings"))
        put(finding.value, [at])
    for key, steps in (("household", pack.household_steps), ("person", pack.person_steps), ("flags", pack.flags)):
        for step in steps:
            put(step.rule, having("routes", step.route) if step.route else having("ladder", key))
    for rule in reversed(list(pack.rules.values())):
        at = put(rule.name)
        for used in names(rule.tree):
            put(used, [at])
    for name in pack.parameters:
        put(name)
    return place


def _named(name: str, topics: list[dict[str, Any]]) -> int | None:
    """The topic that names it, by the longest pattern that fits."""
    fits = [
        (len(pattern), index)
        for index, topic in enumerate(topics)
        for pattern in topic.get("names", ())
        if fnmatchcase(name, pattern)
    ]
    return max(fits)[1] if fits else None
