"""State machines as data: a process is a table of states and transitions; one function applies it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from doudi.apps.base.errors import Conflict, Refused


@dataclass(frozen=True)
class State:
    """A state as it is stored, shown and coloured (blue, green, orange, red, grey)."""

    code: str
    label: str
    colour: str = "blue"
    final: bool = False


@dataclass(frozen=True)
class Transition:
    """``event`` leads from any of ``sources`` to ``target``; ``roles`` may do it."""

    event: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True)
class Process:
    """One state machine. ``steps`` are the states that the stepper draws, in order."""

    name: str
    label: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    steps: tuple[str, ...] = ()

    def choices(self) -> list[tuple[str, str]]:
        return [(state.code, state.label) for state in self.states]

    def state(self, code: str) -> State:
        return next(state for state in self.states if state.code == code)

    def events(self, state: str, roles: Iterable[str]) -> list[Transition]:
        """What may be done now by somebody with ``roles``."""
        held = set(roles)
        return [t for t in self.transitions if state in t.sources and held.intersection(t.roles)]

    def next_state(self, state: str, event: str, roles: Iterable[str]) -> str:
        """The state after ``event``; :class:`Conflict` if it does not fit the state, :class:`Refused` the roles."""
        fitting = [t for t in self.transitions if t.event == event and state in t.sources]
        if not fitting:
            raise Conflict(f"当前状态为“{self.state(state).label}”，不能办理此操作，请刷新页面后查看最新进展。")
        held = set(roles)
        for transition in fitting:
            if held.intersection(transition.roles):
                return transition.target
        raise Refused()

    def stepper(self, state: str) -> list[dict[str, Any]]:
        """The steps for the page: done, current, to come."""
        position = self.steps.index(state) if state in self.steps else len(self.steps)
        return [
            {
                "label": self.state(code).label,
                "done": i < position or (self.state(code).final and i == position),
                "current": i == position,
            }
            for i, code in enumerate(self.steps)
        ]
