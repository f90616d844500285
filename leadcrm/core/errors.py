"""Errors that a user can read: services raise them, views show them."""

from __future__ import annotations


class DomainError(Exception):
    """A rule of the product was broken; ``message`` says what, where and what to do."""

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field


class StaleObject(DomainError):
    """Somebody else saved the object after the form was opened."""

    code = "stale"


class NotAllowed(DomainError):
    """The actor's role, or the actor's reach, does not cover this."""

    code = "not_allowed"
