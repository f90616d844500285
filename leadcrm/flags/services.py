"""Ask a flag, and change one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Organization
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.flags.models import FeatureFlag, FlagChange

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

ORGANIZATION = "organization:"
MEMO = "flags"
FIELDS = (
    "key", "name", "description", "enabled", "enabled_dev", "enabled_staging", "enabled_prod", "rollout_percentage",
    "user_groups",
)  # fmt: skip
# What this process read last, and until when it may be used: other processes follow within these seconds.
_read: tuple[float, dict[str, FeatureFlag]] | None = None
_changes = 0


def is_on(key: str, *, user: User | None = None, visitor: str = "", organization: Organization | None = None) -> bool:
    """Tell whether a flag is on for a person, a visitor, or an organisation, whichever is given first.

    The answer for one of them stays the same as long as the flag does. A flag that does not exist is off.
    """
    flag = _all().get(str(key))
    if flag is None or not flag.is_enabled_in(settings.ENVIRONMENT):
        return False
    organization = organization or (user.organization if user else None)
    subject = str(user.pk) if user else visitor or (str(organization.pk) if organization else "")
    return flag.covers(subject, _groups_of(flag, user, organization))


def _groups_of(flag: FeatureFlag, user: User | None, organization: Organization | None) -> set[str]:
    groups = {f"{ORGANIZATION}{organization.slug}"} if organization else set()
    if user is None:
        return groups
    if user.organization_id:
        groups.add(user.role)
    # Groups of the admin cost a query, so they are looked up only for a flag that names one.
    if any(name not in Role.values and not name.startswith(ORGANIZATION) for name in flag.user_groups):
        groups |= set(user.groups.values_list("name", flat=True))
    return groups


def _all() -> dict[str, FeatureFlag]:
    """Return every flag, read once per scope and at most every few seconds per process."""
    global _read
    scope = tenancy.maybe_scope()
    if scope is not None and MEMO in scope.memo:
        found: dict[str, FeatureFlag] = scope.memo[MEMO]
        return found
    read, changes = _read, _changes
    if read is None or time.monotonic() >= read[0]:
        read = time.monotonic() + settings.FLAGS_CACHE_SECONDS, {flag.key: flag for flag in FeatureFlag.objects.all()}
        # What changed while it was read is not in it.
        if changes == _changes:
            _read = read
    if scope is not None:
        scope.memo[MEMO] = read[1]
    return read[1]


def forget() -> None:
    """Read the flags anew the next time somebody asks."""
    global _read, _changes
    _read, _changes = None, _changes + 1
    scope = tenancy.maybe_scope()
    if scope is not None:
        scope.memo.pop(MEMO, None)


def clean_groups(names: Sequence[str]) -> list[str]:
    """Return the names of groups in order, each once.

    Raises: DomainError naming those that stand for nobody.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    slugs = [name.removeprefix(ORGANIZATION) for name in wanted if name.startswith(ORGANIZATION)]
    known = {
        *Role.values,
        *Group.objects.filter(name__in=wanted).values_list("name", flat=True),
        *(
            f"{ORGANIZATION}{slug}"
            for slug in Organization.objects.filter(slug__in=slugs).values_list("slug", flat=True)
        ),
    }
    if unknown := [name for name in wanted if name not in known]:
        raise DomainError(f"There is no role, group or organization called {', '.join(unknown)}.", field="user_groups")
    return wanted


@transaction.atomic
def save_flag(*, flag: FeatureFlag, actor: User | None) -> FeatureFlag:
    """Save a new or changed flag; staff alone may, the application's role has no right to.

    Side effects: an entry in its history, unless nothing changed.
    """
    before = FeatureFlag.objects.select_for_update().filter(pk=flag.pk).first()
    pairs = {field: (getattr(before, field, None), getattr(flag, field)) for field in FIELDS}
    changes = {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
    flag.save()
    if changes:
        _tell(flag, "changed" if before else "added", actor, changes)
    return flag


@transaction.atomic
def delete_flag(*, flag: FeatureFlag, actor: User | None) -> None:
    """Delete a flag that no code asks for any more. Side effects: an entry in its history."""
    _tell(flag, "deleted", actor, {})
    flag.delete()


def _tell(flag: FeatureFlag, action: str, actor: User | None, changes: Mapping[str, tuple[Any, Any]]) -> None:
    FlagChange.objects.create(
        key=flag.key,
        actor=actor,
        actor_name=str(actor) if actor else "",
        action=action,
        changes={field: list(pair) for field, pair in changes.items()},
    )
    forget()
    transaction.on_commit(forget)
