"""Create, change and delete teams."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.models import Team, User
from leadcrm.accounts.models.user import UserQuerySet
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.services.locks import lock_people, reload_actor
from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError, NotAllowed


def possible_managers(team: Team | None) -> UserQuerySet:
    """Return who can run ``team``: administrators, and managers of this team or of none."""
    people: UserQuerySet = User.objects.in_organization(tenancy.current_organization_id()).active()
    free = people.filter(role=Role.MANAGER, team=None)
    own = people.filter(role=Role.MANAGER, team=team) if team is not None else people.none()
    return people.admins() | free | own


@transaction.atomic
def create_team(*, name: str, description: str, manager: User | None, actor: User) -> Team:
    """Create a team. A manager who has no team yet joins it.

    Raises: NotAllowed; DomainError when the name is taken.
    Side effects: audit entry.
    """
    actor = _lock(actor)
    name = _free_name(name, None)
    _check_manager(manager, None)
    team = Team.objects.create(
        organization_id=actor.organization_id, name=name, description=description.strip(), manager=manager
    )
    _join(manager, team, actor)
    audit.record(AccountEvent.TEAM_CREATED, team, actor=actor, description=team.name)
    return team


@transaction.atomic
def change_team(*, team: Team, name: str, description: str, manager: User | None, actor: User) -> Team:
    """Set the facts of a team.

    Raises: NotAllowed; DomainError when the name is taken.
    Side effects: audit entry.
    """
    actor = _lock(actor)
    # The manager is not joined: PostgreSQL would look for a new one among the rows that it joined before it waited.
    team = Team.objects.select_for_update().get(pk=team.pk)
    name = _free_name(name, team)
    _check_manager(manager, team)
    changes: dict[str, tuple[Any, Any]] = {}
    for field, value in (("name", name), ("description", description.strip()), ("manager", manager)):
        before = getattr(team, field)
        if before != value:
            changes[field] = (_plain(before), _plain(value))
            setattr(team, field, value)
    if changes:
        team.save(update_fields=[*changes, "updated_at"])
        _join(manager, team, actor)
        audit.record(AccountEvent.TEAM_UPDATED, team, actor=actor, description=team.name, changes=changes)
    return team


@transaction.atomic
def delete_team(*, team: Team, actor: User) -> None:
    """Delete a team in which nobody is left; its leads stay, without a team.

    Raises: NotAllowed; DomainError while people belong to it.
    Side effects: audit entry.
    """
    actor = _lock(actor)
    members = User.objects.filter(team=team).count()
    if members:
        people = "1 person" if members == 1 else f"{members} people"
        raise DomainError(f"{people} still in {team.name}. Move them to another team first.", code="team_in_use")
    audit.record(AccountEvent.TEAM_DELETED, team, actor=actor, description=team.name)
    team.delete()


def _lock(actor: User) -> User:
    organization_id = tenancy.current_organization_id()
    lock_people(organization_id)
    actor = reload_actor(actor)
    if actor.organization_id != organization_id or not actor.has_right(AccountPermission.MANAGE_TEAMS):
        raise NotAllowed("Only administrators manage teams.")
    return actor


def _free_name(name: str, team: Team | None) -> str:
    name = name.strip()
    others = Team.objects.filter(name__iexact=name)
    if team is not None:
        others = others.exclude(pk=team.pk)
    if others.exists():
        raise DomainError(f"There is a team called {name} already.", code="name_taken", field="name")
    return name


def _check_manager(manager: User | None, team: Team | None) -> None:
    if manager is not None and not possible_managers(team).filter(pk=manager.pk).exists():
        raise DomainError(f"{manager} cannot run this team.", code="not_a_manager", field="manager")


def _join(manager: User | None, team: Team, actor: User) -> None:
    """Put a manager without a team into the one to run: how far managers see depends on the team they are in."""
    if manager is None or manager.role != Role.MANAGER or manager.team_id == team.pk:
        return
    User.objects.filter(pk=manager.pk).update(team=team)
    audit.record(
        AccountEvent.USER_UPDATED, manager, actor=actor, description=str(manager), changes={"team": (None, team.name)}
    )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, User) else value
