"""The request that a write or read happens in, for log and history."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    address: str
    path: str
    method: str


_current: ContextVar[RequestContext | None] = ContextVar("doudi_request", default=None)


def current_request() -> RequestContext | None:
    return _current.get()


def enter(context: RequestContext) -> object:
    return _current.set(context)


def leave(token: object) -> None:
    _current.reset(token)  # type: ignore[arg-type]
