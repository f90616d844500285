"""Settings of an organisation: typed, validated by key, read once per scope.

An app registers its keys in ``ready()``; a page and the admin are built from the registry.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from leadcrm.audit.models import RateTable, Setting
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.core.registry import Registry

if TYPE_CHECKING:
    from leadcrm.accounts.models import User


@dataclass(frozen=True)
class SettingSpec:
    """One key: its type is that of the default; ``choices`` or ``minimum``/``maximum`` bound it."""

    key: str
    label: str
    default: bool | int | str
    help_text: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    section: str = "General"

    def clean(self, value: object) -> bool | int | str:
        """Return ``value`` in the type of the key.

        Raises: DomainError saying what is accepted.
        """
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise DomainError(f"{self.label} must be yes or no.", field=self.key)
        if isinstance(self.default, int):
            try:
                number = int(str(value))
            except ValueError:
                raise DomainError(f"{self.label} must be a whole number.", field=self.key) from None
            if (self.minimum is not None and number < self.minimum) or (
                self.maximum is not None and number > self.maximum
            ):
                raise DomainError(f"{self.label} must be from {self.minimum} to {self.maximum}.", field=self.key)
            return number
        text = str(value).strip()
        if self.choices and text not in {choice for choice, _ in self.choices}:
            raise DomainError(f"{self.label} must be one of the choices.", field=self.key)
        return text


@dataclass(frozen=True)
class RateSpec:
    """One kind of versioned table: its default values and the function that refuses bad ones.

    The rest is for the page that edits it: words for its entries, groups that may take new entries (and how
    the name of one becomes its key), and the name of a URL where the change can be applied to what exists.
    """

    kind: str
    label: str
    default: Any
    validate: Callable[[Any], None]
    help_text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    open_groups: tuple[str, ...] = ()
    normalise: Callable[[str], str] = str.strip
    follow_up_label: str = ""
    follow_up_url_name: str = ""


SETTINGS: Registry[SettingSpec] = Registry("setting")
RATES: Registry[RateSpec] = Registry("rate table")


def register(spec: SettingSpec) -> None:
    SETTINGS.register(spec.key, spec)


def register_rates(spec: RateSpec) -> None:
    RATES.register(spec.kind, spec)


def _all_values() -> dict[str, Any]:
    memo = tenancy.current_scope().memo
    if "settings" not in memo:
        memo["settings"] = dict(Setting.objects.values_list("key", "value"))
    values: dict[str, Any] = memo["settings"]
    return values


def get(key: str) -> Any:
    """Return the value of ``key`` for the organisation of the scope, or its default."""
    spec = SETTINGS.get(key)
    return _all_values().get(key, spec.default)


@transaction.atomic
def change(*, key: str, value: object, actor: User | None) -> Setting:
    """Set ``key`` for the organisation of the scope.

    Raises: DomainError when the value is not one the key accepts.
    """
    from leadcrm.audit import services
    from leadcrm.audit.events import AuditEvent

    clean = SETTINGS.get(key).clean(value)
    before = get(key)
    setting, _ = Setting.objects.update_or_create(
        organization_id=tenancy.current_organization_id(), key=key, defaults={"value": clean}
    )
    tenancy.current_scope().memo.pop("settings", None)
    if before != clean:
        services.record(
            AuditEvent.SETTING_CHANGED, setting, actor=actor, description=key, changes={key: (before, clean)}
        )
    return setting


@dataclass(frozen=True)
class Rates:
    """The table in force: ``version`` is 0 for the shipped default."""

    version: int
    values: Any


def rates(kind: str) -> Rates:
    """Return the newest version of a table for the organisation of the scope."""
    memo = tenancy.current_scope().memo
    key = f"rates:{kind}"
    if key not in memo:
        row = RateTable.objects.latest_of(kind).first()
        memo[key] = Rates(row.version, row.values) if row else Rates(0, RATES.get(kind).default)
    found: Rates = memo[key]
    return found


@transaction.atomic
def publish_rates(*, kind: str, values: Any, actor: User | None, organization_id: uuid.UUID | None = None) -> RateTable:
    """Add a version of a table; earlier versions stay for the results that used them.

    Two at once would take the same number, and the unique constraint lets only one of them through.

    Raises: DomainError from the table's validation.
    """
    from leadcrm.audit import services
    from leadcrm.audit.events import AuditEvent

    RATES.get(kind).validate(values)
    organization_id = organization_id or tenancy.current_organization_id()
    last = RateTable.objects.in_organization(organization_id).latest_of(kind).first()
    table = RateTable.objects.create(
        organization_id=organization_id,
        kind=kind,
        version=last.version + 1 if last else 1,
        values=values,
        created_by=actor,
    )
    tenancy.current_scope().memo.pop(f"rates:{kind}", None)
    services.record(AuditEvent.RATES_PUBLISHED, table, actor=actor, description=str(table))
    return table
