"""Read a pack's folder, lay it over its parent, and say everything that is wrong with it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from doudi.engine.errors import InputError
from doudi.engine.rules import layers
from doudi.engine.rules.bind import bind
from doudi.engine.rules.pack import Pack
from doudi.engine.rules.reader import FILES, Folder, Problem

POLICIES = Path(__file__).parents[2] / "policies"


def pack_names() -> list[str]:
    """Names of the packs that ship with doudi, the national guide first."""
    found = sorted(path.parent.name for path in POLICIES.glob("*/pack.yaml"))
    return sorted(found, key=lambda name: name != "national_guide")


def load_pack(name_or_path: str | Path) -> Pack:
    """The pack of that name or in that folder, checked and ready; loaded once a process per content.

    Raises InputError with the first problem (file and line) when the pack is not sound.
    """
    pack, problems = _load(str(pack_folder(name_or_path)))
    if problems or pack is None:
        first = problems[0]
        more = f"; {len(problems) - 1} more, see 'doudi packs check'" if len(problems) > 1 else ""
        raise InputError(first.message + more, where=first.where)
    return pack


def check_pack(name_or_path: str | Path) -> tuple[Pack | None, list[Problem]]:
    """The pack (None when it cannot be used) and every problem found."""
    return _load(str(pack_folder(name_or_path)))


def pack_folder(name_or_path: str | Path) -> Path:
    """Raises InputError when there is no such pack."""
    text = str(name_or_path)
    folder = POLICIES / text if text.isidentifier() else Path(text)
    if not (folder / "pack.yaml").is_file():
        folder = Path(text)
    if not (folder / "pack.yaml").is_file():
        raise InputError(
            f"no policy pack {text}",
            where="--pack" if text.isidentifier() else text,
            hint=f"use one of {', '.join(pack_names())} or a folder with a pack.yaml",
        )
    return folder.resolve()


def _load(folder: str) -> tuple[Pack | None, list[Problem]]:
    return _load_stamped(folder, _stamp(Path(folder)))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Path, time and size of every file that the pack may be made of: its neighbours and the shipped packs.

    Looking at files is a thousand times cheaper than reading them, and a changed file still counts at once.
    """
    files = {*folder.parent.glob("*/*.yaml"), *POLICIES.glob("*/*.yaml")}
    stats = [(str(path), path.stat()) for path in sorted(files)]
    return tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)


@lru_cache(maxsize=64)
def _load_stamped(folder: str, stamp: tuple[tuple[str, int, int], ...]) -> tuple[Pack | None, list[Problem]]:
    chain, problems = _chain(Path(folder))
    return (None, problems) if problems else _assemble(chain)


def _chain(path: Path) -> tuple[list[Folder], list[Problem]]:
    """The folders from the pack up to the root, each read once."""
    chain: list[Folder] = []
    while True:
        folder = Folder(path)
        if any(folder.path == seen.path for seen in chain):
            circle = " → ".join([item.name for item in chain] + [folder.name])
            return chain, [Problem(chain[-1].where("pack.yaml", "parent"), f"packs inherit in a circle: {circle}")]
        chain.append(folder)
        parent = folder.head.get("parent")
        if parent is None:
            return chain, []
        try:
            beside = path.parent / str(parent)
            path = beside if (beside / "pack.yaml").is_file() else pack_folder(str(parent))
        except InputError as error:
            return chain, [Problem(folder.where("pack.yaml", "parent"), error.what)]


def _assemble(chain: list[Folder]) -> tuple[Pack | None, list[Problem]]:
    problems = [problem for folder in chain for problem in folder.problems]
    own = chain[0]
    layered = layers.Layers()
    for folder in reversed(chain):
        layered.add(folder)
    problems += layered.problems
    rules, more = bind(layered)
    problems += more
    if problems:
        return None, problems
    head = own.head
    pack = Pack(
        name=own.name,
        title=head["title"],
        cite_as=head["cite_as"],
        issuer=head["issuer"],
        date=head["date"],
        parent=head.get("parent"),
        region=str(head.get("region") or ""),
        source_file=str(head.get("source_file") or ""),
        lineage=tuple(folder.name for folder in chain),
        version=_version(chain),
        parameters=layered.parameters,
        rules=rules,
        clauses=layered.clauses,
        external=layered.external,
        household_steps=tuple(layered.household),
        person_steps=tuple(layered.person),
        flags=tuple(layered.flags),
        lines=tuple(layered.lines.values()),
        entitlements=tuple(layered.entitlements.values()),
        warnings=tuple(layered.warnings.values()),
        findings=tuple(layered.findings.values()),
        taper=layered.taper,
        tests=tuple(own.documents.get("tests.yaml") or ()),
        folder=str(own.path),
    )
    return pack, []


def _version(chain: list[Folder]) -> str:
    """Hash of what decides: every file of the pack and its parents but the tests."""
    digest = hashlib.sha256()
    for folder in chain:
        for name in FILES:
            if name != "tests.yaml":
                digest.update(f"{folder.name}/{name}\0".encode() + folder.texts.get(name, "").encode() + b"\0")
    return f"sha256:{digest.hexdigest()}"
