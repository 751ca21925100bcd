"""Which fields of a household an actor sees, by purpose. Rows are cut by scope, columns here."""

from __future__ import annotations

from dataclasses import dataclass

from doudi.apps.accounts.models import User
from doudi.apps.accounts.scope import may, scope_of
from doudi.apps.base.masking import mask_name

PERSON_FACTS = frozenset({"illness", "disability", "employment", "study", "care"})

# What a department's purpose needs to know of a person; a department without a row sees none of these.
DEPARTMENT_FACTS = {
    "DEPT_MED": frozenset({"illness"}),
    "DEPT_DPF": frozenset({"disability", "care"}),
    "DEPT_HRSS": frozenset({"employment"}),
    "DEPT_EDU": frozenset({"study"}),
}


@dataclass(frozen=True)
class Sight:
    """``names``: full names and addresses; ``facts``: kinds of person facts; ``disease``: a disease by its name."""

    names: bool
    economy: bool
    disease: bool
    reveal: bool
    facts: frozenset[str]

    def name(self, text: str) -> str:
        return text if self.names else mask_name(text)

    def address(self, text: str) -> str:
        """Without full names the address ends at the village, which the division's name already says."""
        return text if self.names else ""


def sight_of(actor: User) -> Sight:
    """Officers with a division and the visitor of a family see names; departments see masked names and own facts."""
    scope = scope_of(actor)
    whole = bool(scope.divisions) or scope.by_task
    own: frozenset[str] = frozenset().union(*(DEPARTMENT_FACTS.get(role, frozenset()) for role in scope.roles))
    facts = PERSON_FACTS if whole else own
    return Sight(
        names=whole,
        economy=may(actor, "household.economy"),
        disease=may(actor, "health.detail") and "illness" in facts,
        reveal=may(actor, "reveal"),
        facts=facts,
    )
