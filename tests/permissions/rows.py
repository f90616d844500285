"""What a row of the permission table says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.permissions.world import ROLES, World

SIGN_IN = 302  # to the sign-in page
NOT_FOUND = 404
FORBIDDEN = 403


@dataclass(frozen=True)
class Row:
    """One URL and what each persona gets.

    ``args`` names things of the world; ``roles`` those who get ``ok``, the other roles get 403. An outsider
    gets 404 for things of another organisation and ``ok`` for pages about the own one: ``outsider`` decides.
    ``data`` maps form fields to values or things of the world, written ``"@lead"``. ``exceptions`` overrides
    single personas.
    """

    name: str
    args: tuple[str, ...] = ()
    roles: tuple[str, ...] = ROLES
    method: str = "get"
    ok: int = 200
    outsider: int | None = None
    staff: int = FORBIDDEN
    anonymous: int = SIGN_IN
    data: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    exceptions: Mapping[str, int] = field(default_factory=dict)
    prepare: Callable[[World], None] | None = None

    def expected(self) -> dict[str, int]:
        statuses = {role: self.ok if role in self.roles else FORBIDDEN for role in ROLES}
        outsider = self.outsider if self.outsider is not None else (NOT_FOUND if self.args else self.ok)
        statuses |= {"outsider": outsider, "staff": self.staff, "anonymous": self.anonymous}
        return statuses | dict(self.exceptions)

    def __str__(self) -> str:
        return f"{self.method} {self.name}" + (f" {'/'.join(self.args)}" if self.args else "") + self.query


def public(name: str, *args: str, ok: int = 200, method: str = "get") -> Row:
    """Return the row of a door that is the same for everybody, signed in or not."""
    return Row(name, args=args, method=method, ok=ok, outsider=ok, staff=ok, anonymous=ok)
