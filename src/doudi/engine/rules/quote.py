"""The sentence of a clause that matters: what a decision quotes of the document."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doudi.engine.rules.pack import Pack

_SENTENCES = re.compile(r"[^。；]*[。；]?")
_WORD = re.compile(r"[一-鿿]{2,}")


@dataclass(frozen=True, slots=True)
class Quote:
    """A clause in the document's own words; ``sentence`` is the part that matters, between ``before`` and ``after``."""

    before: str
    sentence: str
    after: str


def quote(pack: Pack, cite: str, about: str = "") -> Quote | None:
    """The clause ``cite`` with the sentence that has most in common with ``about`` (a label, a formula).

    The whole clause is the sentence when it is only one, or when none has anything in common. None where the pack has
    no text of the clause: another rule, or a default that no document gives.
    """
    clause = pack.clauses.get(cite)
    if clause is None:
        return None
    parts = [part for part in _SENTENCES.findall(clause.text) if part.strip()]
    pairs = _pairs(about)
    scores = [len(pairs & _pairs(part)) for part in parts]
    if len(parts) < 2 or not max(scores):
        return Quote("", clause.text, "")
    best = scores.index(max(scores))
    return Quote("".join(parts[:best]), parts[best].strip(), "".join(parts[best + 1 :]))


def _pairs(text: str) -> set[str]:
    """Every two neighbouring characters of Chinese words: enough to see that two texts speak of one thing."""
    return {word[index : index + 2] for word in _WORD.findall(text) for index in range(len(word) - 1)}
