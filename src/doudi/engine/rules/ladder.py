"""Read a pack's ladder.yaml: steps, benefit lines, entitlements, warnings, findings and the taper.

An entry names rules: ``when`` it follows, its ``amount``, ``floor`` (不低于) or ``ceiling`` (不高于). An entitlement
may say instead, or besides, ``for`` which categories (flags count; of a household also its members') and in which
``area``; ``optional`` marks 可, 鼓励, 有条件的地方; ``decided_by`` is a rule with the authority. A warning that
``blocks`` is a hard stop. A finding puts out its ``value`` once it is known. A child removes an entry with ``null``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doudi.engine.rules.items import item_names
from doudi.engine.rules.pack import Finding, Outcome, Step
from doudi.engine.rules.reader import Folder
from doudi.engine.rules.schema import AREAS, CATEGORIES, CODES, ENTITIES

if TYPE_CHECKING:
    from doudi.engine.rules.layers import Layers

FILE = "ladder.yaml"
_STEPS = ("household", "person", "flags")
_STEP_KEYS = {"category", "rule", "route"}
# section -> (keys that must stand there, keys that may)
_OUTCOME_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "lines": ({"entity", "when", "amount"}, {"item", "period", "reason", "required"}),
    "entitlements": (
        {"entity"},
        {"when", "for", "area", "item", "amount", "floor", "ceiling", "period", "reason", "optional", "decided_by"},
    ),
    "warnings": ({"entity", "when", "message"}, {"blocks"}),
    "findings": ({"entity", "value", "label"}, set()),
}
_SECTIONS = {*_STEPS, *_OUTCOME_KEYS, "taper"}
_EVERYWHERE = {"cite", "default", "overrides"}
_NAMED = (*CATEGORIES, "FANPIN")  # categories an entitlement may name
ANYONE = "ANYONE"


def read_ladder(layers: Layers, folder: Folder) -> None:
    """Lay one pack's ladder over what its parents say; problems go to ``layers.problems``."""
    ladder = folder.section(FILE)
    for key, content in ladder.items():
        wanted: type = list if key in _STEPS else dict
        if key not in _SECTIONS:
            layers.report(folder, FILE, (key,), f"unknown key {key}")
        elif content is not None and not isinstance(content, wanted):
            layers.report(folder, FILE, (key,), f"{key} must be a {'list' if wanted is list else 'mapping'}")
    for key in _STEPS:
        if key in ladder:
            setattr(layers, key, _steps(layers, folder, key, ladder[key]))
    for section in _OUTCOME_KEYS:
        for name, entry in folder.section(FILE, section).items():
            _entry(layers, folder, section, str(name), entry)
    layers.taper.update({str(k): str(v) for k, v in folder.section(FILE, "taper").items()})


def _steps(layers: Layers, folder: Folder, key: str, items: Any) -> list[Step]:
    steps: list[Step] = []
    for index, item in enumerate(items if isinstance(items, list) else ()):
        path = (key, index)
        if not isinstance(item, dict) or item.keys() - _STEP_KEYS or not {"category", "rule"} <= item.keys():
            layers.report(folder, FILE, path, "a step has category, rule and, for a person, route")
            continue
        if item["category"] not in CODES:
            layers.report(folder, FILE, path, f"unknown category {item['category']}")
        steps.append(Step(item["category"], item["rule"], item.get("route")))
        layers.places[item["rule"]] = folder.where(FILE, *path)
    return steps


def _entry(layers: Layers, folder: Folder, section: str, name: str, entry: Any) -> None:
    path = (section, name)
    existing: dict[str, Any] = getattr(layers, section)
    if entry is None:  # the child says that this does not exist here
        if existing.pop(name, None) is None:
            layers.report(folder, FILE, path, f"{name} is removed, but no parent has it")
        return
    required, optional = _OUTCOME_KEYS[section]
    known = required | optional | _EVERYWHERE
    if not isinstance(entry, dict) or entry.keys() - known or not required <= entry.keys():
        needed = ", ".join(sorted(required))
        layers.report(folder, FILE, path, f"{name}: needs {needed}, and only {', '.join(sorted(known))}")
        return
    problem = _wrong(section, name, entry)
    if problem:
        layers.report(folder, FILE, path, f"{name}: {problem}")
        return
    cite, _ = layers.citation(folder, FILE, path, entry, name)
    if name in existing and entry.get("overrides") != existing[name].pack:
        layers.report(folder, FILE, path, f"{name} replaces another: add 'overrides: {existing[name].pack}'")
    fields = {key: value for key, value in entry.items() if key not in _EVERYWHERE}
    if section == "findings":
        existing[name] = Finding(name, **fields, cite=cite, pack=folder.name)
    else:
        existing[name] = _outcome(name, fields, cite, folder.name)
    for key in ("when", "amount", "floor", "ceiling", "decided_by", "value"):
        if key in entry:
            layers.places.setdefault(str(entry[key]), folder.where(FILE, *path))


def _outcome(name: str, fields: dict[str, Any], cite: str, pack: str) -> Outcome:
    categories = tuple(fields.pop("for", ()))
    condition = fields.pop("when", "")
    compiled = categories or "area" in fields
    return Outcome(
        name,
        fields.pop("entity"),
        f"entitled_{name}" if compiled else condition,
        cite,
        item=fields.pop("item", name),
        categories=categories,
        condition=condition if compiled else "",
        pack=pack,
        **fields,
    )


def _wrong(section: str, name: str, entry: dict[str, Any]) -> str:
    """What is wrong with the entry, in words; empty when nothing is."""
    for key, value in entry.items():
        wanted: type = list if key == "for" else bool if key in ("required", "optional", "blocks") else str
        if not isinstance(value, wanted):
            return f"{key} must be {'a list' if wanted is list else 'true or false' if wanted is bool else 'text'}"
    if entry["entity"] not in ENTITIES:
        return f"entity must be one of {', '.join(ENTITIES)}"
    if section in ("lines", "entitlements") and entry.get("item", name) not in item_names():
        return f"item {entry.get('item', name)} is not in the catalogue of assistance items"
    if section != "entitlements":
        return ""
    named = entry.get("for", ())
    if not name.isidentifier():
        return "a name is letters, digits and underscores"
    if not named and "when" not in entry:
        return "needs for or when"
    if "for" in entry and (not named or (set(named) - set(_NAMED) and named != [ANYONE])):
        return f"for may hold {', '.join(_NAMED)}, or {ANYONE} alone"
    if "for" in entry and entry["entity"] not in ("household", "person"):
        return "only a person or a household holds categories"
    if entry.get("area", AREAS[0]) not in AREAS:
        return f"area must be one of {', '.join(AREAS)}"
    if len(entry.keys() & {"amount", "floor", "ceiling"}) > 1:
        return "give one of amount, floor and ceiling"
    return ""
