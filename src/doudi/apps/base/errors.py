"""What a service may refuse. Pages and the API translate each to its status and message."""

from __future__ import annotations

from doudi.engine.errors import InputError

__all__ = ["Conflict", "Invalid", "NotFound", "Refused"]


class Refused(Exception):
    """The actor may not do this (403). Logged by whoever catches it at the edge."""

    def __init__(self, message: str = "您没有办理此事项的权限。如确需办理，请联系本级系统管理员。") -> None:
        self.message = message
        super().__init__(message)


class NotFound(Exception):
    """Not there, or not in the actor's scope: the two look the same from outside (404)."""

    def __init__(self, message: str = "没有找到该记录，或不在您的管辖范围内。") -> None:
        self.message = message
        super().__init__(message)


class Conflict(Exception):
    """The state does not allow it any more: somebody was faster, or the page is stale (409)."""

    def __init__(self, message: str = "该事项的状态已发生变化，请刷新页面后再办理。") -> None:
        self.message = message
        super().__init__(message)


class Invalid(InputError):
    """A field is missing or wrong (422); ``where`` is the form field's name."""
