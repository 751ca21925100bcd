"""Two packs side by side, as a briefing for a policy officer: by topic, in words, with clause and sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from doudi.engine.rules.expression import names
from doudi.engine.rules.pack import Outcome, Pack
from doudi.engine.rules.reach import outcomes, rules_of
from doudi.engine.rules.schema import CODES
from doudi.engine.rules.wording import UNSET, current_in_words, label_of, rule_in_words

ABSENT = "未规定"


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
    place = {**_place(b, topics), **_place(a, topics)}
    lines: dict[int, list[Line]] = {index: [] for index in range(len(topics))}
    same = dict.fromkeys(lines, 0)
    for kind, left, right in (
        ("parameter", _parameters(a), _parameters(b)),
        ("rule", _rules(a), _rules(b)),
        ("outcome", _outcomes(a), _outcomes(b)),
        ("item", _items(a), _items(b)),
    ):
        for name in dict.fromkeys([*left, *right]):
            at = place[name]
            one, other = left.get(name), right.get(name)
            if one and other and one.same == other.same:
                same[at] += 1
            else:
                topic = (one or other).topic  # type: ignore[union-attr]
                lines[at].append(Line(topic, _side(a, one, topic), _side(b, other, topic), kind, name))
    return [
        Section(topic["title"], tuple(_nested(lines[index], a, b)), same[index])
        for index, topic in enumerate(topics)
        if lines[index] or same[index]
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


def _parameters(pack: Pack) -> dict[str, _Entry]:
    found = {}
    for parameter in pack.parameters.values():
        dated = parameter.at(dt.date.max)
        text = current_in_words(parameter)
        found[parameter.name] = _Entry(parameter.label, text, dated.cite if dated else parameter.cite, text)
    return found


def _rules(pack: Pack) -> dict[str, _Entry]:
    return {
        rule.name: _Entry(rule.label, rule_in_words(pack, rule.name), rule.cite, rule.expr)
        for rule in pack.rules.values()
        if rule.expr
    }


def _outcomes(pack: Pack) -> dict[str, _Entry]:
    found = {}
    for line in pack.lines:
        text = f"{label_of(pack, line.when)}的，发{label_of(pack, line.amount)}"
        found[line.name] = _Entry(f"待遇：{label_of(pack, line.amount)}", text, line.cite, text)
    for warning in pack.warnings:
        found[warning.name] = _Entry("提示", warning.message, warning.cite, warning.message)
    return found


def _items(pack: Pack) -> dict[str, _Entry]:
    """Who may have which item of assistance."""
    by_item: dict[str, list[Outcome]] = {}
    for outcome in pack.entitlements:
        by_item.setdefault(outcome.item, []).append(outcome)
    found = {}
    for item, entries in by_item.items():
        text = "；".join(dict.fromkeys(_who(pack, outcome) for outcome in entries))
        found[item] = _Entry(_item_names().get(item, item), text, entries[0].cite, text)
    return found


def _who(pack: Pack, outcome: Outcome) -> str:
    return label_of(pack, outcome.when)


def _side(pack: Pack, entry: _Entry | None, topic: str) -> Side:
    if entry is None:
        return Side(ABSENT)
    clause = pack.clauses.get(entry.cite)
    sentence = fitting_sentence(clause.text, topic + entry.text) if clause and entry.text != UNSET else ""
    return Side(entry.text, entry.cite, sentence)


def fitting_sentence(text: str, about: str) -> str:
    """The sentence of a clause that speaks most of ``about``: the one that shares most pairs of characters with it."""
    wanted = {about[index : index + 2] for index in range(len(about) - 1)}
    sentences = [part for part in re.split(r"(?<=[。；])", text) if part.strip()]
    return max(sentences, key=lambda part: sum(part.count(pair) > 0 for pair in wanted), default="").strip()


def _nested(lines: list[Line], a: Pack, b: Pack) -> Iterable[Line]:
    """Rules that only serve another line of the section follow it, one level in."""
    rules = {line.name: line for line in lines if line.kind == "rule"}
    parents: dict[str, str] = {}
    for pack in (a, b):
        for name in rules:
            for used in names(pack.rules[name].tree) if name in pack.rules else ():
                if used in rules and used != name:
                    parents.setdefault(used, name)
    for line in lines:
        if line.name not in parents or line.kind != "rule":
            yield line
            yield from _parts(line.name, parents, rules)


def _parts(name: str, parents: dict[str, str], rules: dict[str, Line]) -> Iterable[Line]:
    for child, parent in parents.items():
        if parent == name:
            yield replace(rules[child], level=1)
            yield from _parts(child, parents, rules)


@lru_cache(maxsize=1)
def _topics() -> list[dict[str, Any]]:
    text = files("doudi.catalogue").joinpath("policy_topics.yaml").read_text(encoding="utf-8")
    topics: list[dict[str, Any]] = yaml.safe_load(text)["topics"]
    return topics


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, dict[str, Any]]:
    text = files("doudi.catalogue").joinpath("assistance_items.yaml").read_text(encoding="utf-8")
    return {item["key"]: item for item in yaml.safe_load(text)["items"] if "key" in item}


def _item_names() -> dict[str, str]:
    return {key: item["name"] for key, item in _catalogue().items()}


def _place(pack: Pack, topics: list[dict[str, Any]]) -> dict[str, int]:
    """Parameter, rule, outcome or item → index of its topic."""
    place: dict[str, int] = {}
    last = len(topics) - 1

    def put(name: str, found: Iterable[int]) -> None:
        named = _named(name, topics)
        place[name] = min([place.get(name, last), *found]) if named is None else named

    def having(key: str, value: str | None = None) -> list[int]:
        return [i for i, topic in enumerate(topics) if (value in topic.get(key, ()) if value else topic.get(key))]

    for outcome in outcomes(pack):
        put(outcome.name, having("lines") if outcome in pack.lines else [])
    for outcome in pack.entitlements:
        layer = _catalogue().get(outcome.item, {}).get("layer", "basic")
        put(outcome.item, having("layers", layer))
        place[outcome.name] = place[outcome.item]
    uses = [(o.name, name) for o in outcomes(pack) for name in rules_of(o)]
    for user, name in uses:
        put(name, [place[user]])
    for key, steps in (("household", pack.household_steps), ("person", pack.person_steps), ("flags", pack.flags)):
        for step in steps:
            put(step.rule, having("routes", step.route) if step.route else having("ladder", key))
    for rule in reversed(list(pack.rules.values())):
        place.setdefault(rule.name, _named(rule.name, topics) or 0 if rule.name in CODES else last)
        put(rule.name, [place[rule.name]])
        for used in names(rule.tree):
            put(used, [place[rule.name]])
    for name in pack.parameters:
        put(name, [])
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
