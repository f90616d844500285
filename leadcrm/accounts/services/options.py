"""Change the options of an organisation and its tables of points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from leadcrm.accounts.models import User
from leadcrm.accounts.services.locks import lock_people
from leadcrm.audit import settings
from leadcrm.audit.models import RateTable
from leadcrm.core import tenancy
from leadcrm.core.errors import StaleObject


@transaction.atomic
def change_options(*, values: Mapping[str, Any], actor: User) -> None:
    """Set those of ``values`` that differ from what is in force: all of them or, when one is refused, none.

    Raises: DomainError.
    Side effects: an audit entry per option that changed.
    """
    for key, value in values.items():
        if settings.get(key) != value:
            settings.change(key=key, value=value, actor=actor)


@transaction.atomic
def publish_rates(*, kind: str, values: Any, seen_version: int, actor: User) -> RateTable:
    """Publish the next version of a table, unless somebody else did since ``seen_version``.

    Raises: StaleObject; DomainError from the table's validation.
    Side effects: audit entry.
    """
    lock_people(tenancy.current_organization_id())
    tenancy.current_scope().memo.pop(f"rates:{kind}", None)
    current = settings.rates(kind)
    if current.version != seen_version:
        raise StaleObject(
            f"Somebody published version {current.version} while you were editing. Reload the page to start from it."
        )
    return settings.publish_rates(kind=kind, values=values, actor=actor)
