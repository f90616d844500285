"""Give leads to people."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import User
from leadcrm.accounts.models.user import UserQuerySet
from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError, NotAllowed
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Lead
from leads.permissions import LeadPermission
from leads.services import activities, journey
from leads.services.locking import lock_lead

WORKING_ROLES = (Role.ADMIN, Role.MANAGER, Role.SALES_REP, Role.MARKETING, Role.EDITOR)


class OwnerInactive(DomainError):
    """The person cannot own leads: deactivated, or without the right to work on them."""

    code = "owner_inactive"


def assignable_people(actor: User) -> UserQuerySet:
    """Return the people to whom ``actor`` may assign: all, the own team, or only the actor."""
    people: UserQuerySet = User.objects.active().in_organization(actor.organization_id).filter(role__in=WORKING_ROLES)
    if not actor.has_right(LeadPermission.ASSIGN):
        return people.none()
    if actor.role == Role.MANAGER:
        return people.filter(team_id=actor.team_id) if actor.team_id else people.filter(pk=actor.pk)
    if actor.role == Role.SALES_REP:
        return people.filter(pk=actor.pk)
    return people


@transaction.atomic
def assign_lead(*, lead: Lead, to: User | None, actor: User) -> Lead:
    """Make ``to`` the owner of a lead, or nobody; the lead moves to the team of its owner.

    Assigning to the current owner is a no-op, so double clicks are harmless. Taking a lead away from its
    owner needs the same reach as giving it. Open work that was nobody's or the old owner's goes along.

    Raises: NotAllowed, OwnerInactive.
    Side effects: journey and audit entries; open browsers are told after commit.
    """
    lead = lock_lead(lead.pk)
    if lead.assigned_to_id == (to.pk if to else None):
        return lead
    check_assignment(to=to, actor=actor, leads=[lead])
    before, team_before = lead.assigned_to, lead.team_id
    lead.assigned_to = to
    if to is not None and to.team_id:
        lead.team_id = to.team_id
    lead.version += 1
    lead.save(update_fields=["assigned_to", "team", "version", "updated_at"])
    activities.hand_over(lead_ids=[lead.pk], to=to, before=[before.pk if before else None])
    words = f"{before or 'nobody'} → {to or 'nobody'}"
    journey.record(lead, JourneyEventType.LEAD_ASSIGNED, actor=actor, description=words)
    audit.record(
        LeadEvent.ASSIGNED, lead, actor=actor, description=words,
        changes={"assigned_to": (str(before) if before else None, str(to) if to else None)},
    )  # fmt: skip
    audit.announce(LeadEvent.ASSIGNED, lead, actor=actor, payload={"to": str(to.pk) if to else None})
    live.announce(
        "lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id,
        was_owner=before.pk if before else None, was_team=team_before,
    )  # fmt: skip
    return lead


def may_hand_over(actor: User, *, owner_id: uuid.UUID | None, team_id: uuid.UUID | None) -> bool:
    """Tell whether ``actor`` may take a lead from its owner and team, however far the organisation lets them see.

    Sales reps take what nobody has and give away their own; managers assign within their team.
    """
    if actor.role == Role.SALES_REP:
        return owner_id in (None, actor.pk)
    if actor.role == Role.MANAGER:
        return owner_id == actor.pk or team_id in (None, actor.team_id)
    return actor.has_right(LeadPermission.ASSIGN)


def check_assignment(*, to: User | None, actor: User, leads: Iterable[Lead] = ()) -> None:
    """Refuse an owner outside the actor's reach, and leads that are not theirs to give.

    Raises: NotAllowed, OwnerInactive.
    """
    if not actor.has_right(LeadPermission.ASSIGN):
        raise NotAllowed("Your role cannot assign leads.")
    if to is not None:
        if to.organization_id != actor.organization_id:
            raise NotAllowed("This person is not part of your organisation.")
        if not to.is_active or to.role not in WORKING_ROLES:
            raise OwnerInactive(f"{to} cannot own leads.", field="assigned_to")
        if not assignable_people(actor).filter(pk=to.pk).exists():
            reach = "yourself" if actor.role == Role.SALES_REP else "people of your team"
            raise NotAllowed(f"You can assign leads only to {reach}.", field="assigned_to")
    foreign = next(
        (lead for lead in leads if not may_hand_over(actor, owner_id=lead.assigned_to_id, team_id=lead.team_id)), None
    )
    if foreign is not None:
        whose = "somebody else" if actor.role == Role.SALES_REP else "another team"
        raise NotAllowed(f"{foreign.title} belongs to {whose}.", field="assigned_to")
