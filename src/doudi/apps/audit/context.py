"""The request that a write or read happens in, for log and history."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


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


def client_address(request: HttpRequest) -> str:
    """Where the request came from: the peer or, behind one of our own proxies only, the last address it reported."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer in settings.PROXY_ADDRESSES:
        return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()[:45] or peer
    return peer
