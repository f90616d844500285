"""Change people: name, role, team, and whether they may sign in."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.models import Team, User
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.services.locks import lock_people, reload_actor
from leadcrm.audit import services as audit
from leadcrm.core.errors import DomainError, NotAllowed

# Managers run their team; who runs an organisation or another team is decided by administrators.
MANAGER_MAY_GRANT = (Role.SALES_REP, Role.MARKETING, Role.EDITOR, Role.VIEWER)


class LastAdmin(DomainError):
    """The organisation would be left without an administrator who can sign in."""

    code = "last_admin"


def grantable_roles(actor: User) -> tuple[Role, ...]:
    """Return the roles that ``actor`` may give to others."""
    if actor.role == Role.ADMIN:
        return tuple(Role)
    if actor.role == Role.MANAGER and actor.team_id:
        return MANAGER_MAY_GRANT
    return ()


def may_manage(actor: User, person: User) -> bool:
    """Tell whether ``actor`` may change ``person``: administrators everybody, managers their team but no peers."""
    if actor.organization_id != person.organization_id or not actor.has_right(AccountPermission.MANAGE_USERS):
        return False
    if actor.role == Role.ADMIN:
        return True
    return bool(actor.team_id) and person.team_id == actor.team_id and person.role in MANAGER_MAY_GRANT


@transaction.atomic
def change_person(*, person: User, full_name: str, role: str, team: Team | None, actor: User) -> User:
    """Set name, role and team of a person.

    Raises: NotAllowed, LastAdmin.
    Side effects: audit entries.
    """
    actor, person = _lock(actor, person)
    if role != person.role:
        _check_role(person, role, actor)
    if team is not None and team.organization_id != person.organization_id:
        raise NotAllowed("This team is not part of your organization.", field="team")
    if (team.pk if team else None) != person.team_id and actor.role != Role.ADMIN:
        raise NotAllowed("Only administrators move people to another team.", field="team")
    before = (person.full_name, person.role, person.team)
    person.full_name, person.role, person.team = full_name.strip(), role, team
    _save_and_record(person, before, actor)
    return person


def _check_role(person: User, role: str, actor: User) -> None:
    if role not in grantable_roles(actor):
        raise NotAllowed(f"You cannot give somebody the role “{Role(role).label}”.", field="role")
    if person.role == Role.ADMIN and person.is_active:
        _keep_an_admin(person, "This is the last administrator. Make somebody else an administrator first.")


def _save_and_record(person: User, before: tuple[str, str, Team | None], actor: User) -> None:
    name, role, team = before
    changes: dict[str, tuple[Any, Any]] = {}
    if person.full_name != name:
        changes["full_name"] = (name, person.full_name)
    if person.team != team:
        changes["team"] = (str(team) if team else None, str(person.team) if person.team else None)
    if not changes and person.role == role:
        return
    person.save(update_fields=["full_name", "role", "team", "updated_at"])
    if changes:
        audit.record(AccountEvent.USER_UPDATED, person, actor=actor, description=str(person), changes=changes)
    if person.role != role:
        audit.record(
            AccountEvent.ROLE_CHANGED,
            person,
            actor=actor,
            description=str(person),
            changes={"role": (role, person.role)},
        )


@transaction.atomic
def deactivate_person(*, person: User, actor: User) -> User:
    """Take away the right to sign in and end every session; what the person owns stays.

    Deactivating twice is a no-op.

    Raises: NotAllowed, LastAdmin.
    Side effects: audit entry.
    """
    actor, person = _lock(actor, person)
    if not person.is_active:
        return person
    if person.pk == actor.pk:
        raise NotAllowed("You cannot deactivate yourself. Ask another administrator.")
    if person.role == Role.ADMIN:
        _keep_an_admin(person, "This is the last administrator and cannot be deactivated.")
    person.is_active = False
    person.save(update_fields=["is_active", "updated_at"])
    end_sessions(person)
    audit.record(AccountEvent.USER_DEACTIVATED, person, actor=actor, description=str(person))
    return person


@transaction.atomic
def reactivate_person(*, person: User, actor: User) -> User:
    """Let a deactivated person sign in again. Reactivating twice is a no-op.

    Raises: NotAllowed.
    Side effects: audit entry.
    """
    actor, person = _lock(actor, person)
    if person.is_active:
        return person
    person.is_active = True
    person.save(update_fields=["is_active", "updated_at"])
    audit.record(AccountEvent.USER_REACTIVATED, person, actor=actor, description=str(person))
    return person


@transaction.atomic
def change_own_account(*, person: User, full_name: str, preferences: dict[str, Any]) -> User:
    """Set the name and the preferences that a person decides alone; other preferences stay."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    name = person.full_name
    person.full_name = full_name.strip()
    person.preferences = {**person.preferences, **preferences}
    person.save(update_fields=["full_name", "preferences", "updated_at"])
    if person.organization_id and name != person.full_name:
        audit.record(
            AccountEvent.USER_UPDATED,
            person,
            actor=person,
            description=str(person),
            changes={"full_name": (name, person.full_name)},
        )
    return person


def end_sessions(person: User) -> None:
    """Sign a person out everywhere."""
    for session in UserSession.objects.filter(user=person):
        session.end()


def check_an_admin_stays(person: User) -> None:
    """Refuse to go on without ``person`` when no other administrator could sign in; call it under the lock.

    Raises: LastAdmin.
    """
    _keep_an_admin(person, "This is the last administrator of the organization.")


def _keep_an_admin(person: User, message: str) -> None:
    others = User.objects.in_organization(person.organization_id).active().admins().exclude(pk=person.pk)
    if not others.exists():
        raise LastAdmin(message)


def _lock(actor: User, person: User) -> tuple[User, User]:
    """Return both as they are once nobody else can change them.

    Raises: NotAllowed.
    """
    if person.organization_id is None:
        raise NotAllowed("Staff of the consultancy are managed in the admin.")
    lock_people(person.organization_id)
    actor = reload_actor(actor)
    person = User.objects.select_related("team").get(pk=person.pk)
    if not may_manage(actor, person):
        raise NotAllowed("You may not change this person.")
    return actor, person
