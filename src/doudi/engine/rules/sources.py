"""A pack's clauses against the document they quote, and the seal that says which texts were compared."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from doudi.engine.rules.pack import Clause, Pack
from doudi.engine.rules.reader import Folder, Problem

_NOISE = re.compile(r"[\s*#]+")
_CHINESE = "一二三四五六七八九十"
# What opens a chapter (一、), a section (（一）) and an item (1.) at the beginning of a line, from the highest down.
_HEADINGS = (
    re.compile(rf"[\s#*•]*([{_CHINESE}]+)、"),
    re.compile(rf"[\s#*•]*[（(]([{_CHINESE}]+)[)）]"),
    re.compile(r"[\s#*•]*(\d{1,2})\s*[.．、](?!\d)"),
)
_NUMBER = re.compile(rf"([{_CHINESE}]+)?(?:\(([{_CHINESE}]+)\))?(\d+)?")
_SEAL = re.compile(r"^verified:.*\n?", re.MULTILINE)
_COMPARE = "compare with the document: doudi packs check {} --sources DIR --seal"


def check_clauses(pack: Pack, sources: Path) -> list[Problem]:
    """The pack's own clauses that do not stand, word for word, under their number in its document.

    ``sources``: the folder that holds the pack's source_file, which it must name. Spaces and line breaks do not count.
    A number of another form (附表) may stand anywhere in the document.
    """
    folder = Folder(Path(pack.folder))
    file = sources / pack.source_file
    if not file.is_file():
        return [Problem(folder.where("pack.yaml", "source_file"), f"{file} is not there; name the right folder")]
    text = file.read_text(encoding="utf-8")
    problems = []
    for clause in _own(pack):
        wanted, where = _plain(clause.text), folder.where("clauses.yaml", clause.number)
        places = _under(text, clause.number)
        if places is None:
            problems.append(Problem(where, f"{file.name} has no {clause.number}; number it as the document does"))
        elif not any(wanted in _plain(place) for place in places):
            elsewhere = ", but elsewhere in it" if wanted in _plain(text) else ""
            problems.append(
                Problem(where, f"{clause.number} is not word for word under that number of {file.name}{elsewhere}")
            )
    return problems


def check_seal(pack: Pack) -> list[Problem]:
    """Whether the clauses are those that were last compared with the document. A pack without document needs none."""
    folder = Folder(Path(pack.folder))
    sealed = folder.head.get("verified")
    if not pack.source_file or sealed == _digest(pack):
        return []
    what = "clauses.yaml has changed since it was compared" if sealed else "clauses.yaml was never compared"
    where = folder.where("pack.yaml", "verified")
    return [Problem(where, f"{what} with {pack.source_file}; {_COMPARE.format(pack.name)}")]


def seal(pack: Pack) -> None:
    """Write down in pack.yaml that the clauses as they are now were compared with the document."""
    file = Path(pack.folder) / "pack.yaml"
    line = f"verified: {_digest(pack)}\n"
    text = file.read_text(encoding="utf-8")
    if _SEAL.search(text):
        text = _SEAL.sub(line, text, count=1)
    else:  # beside the document that it is about
        text = re.sub(r"^(source_file:.*)(\n|\Z)", rf"\1\n{line}", text, count=1, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


def _own(pack: Pack) -> list[Clause]:
    return [clause for clause in pack.clauses.values() if clause.pack == pack.name]


def _plain(text: str) -> str:
    return _NOISE.sub("", text)


def _digest(pack: Pack) -> str:
    digest = hashlib.sha256()
    for clause in sorted(_own(pack), key=lambda clause: clause.number):
        digest.update(f"{clause.number}\0{_plain(clause.text)}\0".encode())
    return f"sha256:{digest.hexdigest()}"


def _under(text: str, number: str) -> list[str] | None:
    """What stands under a number such as 二(二)5: from its heading to the next of its height; None: no such heading."""
    found = _NUMBER.match(number)
    wanted = list(found.groups()) if found else []
    while wanted and wanted[-1] is None:
        wanted.pop()
    if not wanted:
        return [text]
    at: list[str | None] = [None, None, None]
    places: list[str] = []
    inside = False
    for line in text.splitlines():
        height, name = next(((i, m[1]) for i, h in enumerate(_HEADINGS) if (m := h.match(line))), (3, None))
        if height < 3:
            at[height:] = [name, *[None] * (2 - height)]
        here = all(want is None or want == have for want, have in zip(wanted, at, strict=False))
        if here and not inside:
            places.append("")
        if here:
            places[-1] += line + "\n"
        inside = here
    return places or None
