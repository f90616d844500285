"""Invite people by e-mail; whoever opens the link proves the address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.mails import send_invitation
from leadcrm.accounts.models import Invitation, Team, User
from leadcrm.accounts.models.invitation import expires_by_default
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.services import people
from leadcrm.accounts.services.locks import lock_people, reload_actor
from leadcrm.audit import services as audit
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError, NotAllowed
from leadcrm.core.public_tokens import hash_token, new_token


class InvitationClosed(DomainError):
    """The link was used, taken back, replaced or is too old."""

    code = "invitation_closed"


@dataclass(frozen=True)
class Found:
    """What a token leads to before anybody is signed in: two ids and nothing else."""

    organization_id: uuid.UUID
    invitation_id: uuid.UUID


@dataclass(frozen=True)
class Sent:
    """An invitation and the secret of its link, which is kept nowhere."""

    invitation: Invitation
    token: str


def find(token: str) -> Found | None:
    """Look a token up without a scope. Costs a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, id FROM accounts_find_invitation(%s)", [hash_token(token)])
        row = cursor.fetchone()
    return Found(*row) if row else None


@transaction.atomic
def invite(*, email: str, role: str, team: Team | None, actor: User) -> Sent:
    """Invite somebody into the organisation of the scope.

    Managers invite into their own team, whatever ``team`` says.

    Raises: NotAllowed; DomainError when the address cannot be invited.
    Side effects: audit entry; a mail after commit.
    """
    organization_id = tenancy.current_organization_id()
    lock_people(organization_id)
    actor = reload_actor(actor)
    team = _check_reach(role, team, actor)
    return create(organization_id=organization_id, email=email, role=role, team=team, actor=actor)


@transaction.atomic
def create(*, organization_id: uuid.UUID, email: str, role: str, team: Team | None, actor: User | None) -> Sent:
    """Invite somebody on behalf of the consultancy or the command line; ``invite`` is for members.

    Raises: DomainError when the address cannot be invited.
    Side effects: audit entry; a mail after commit.
    """
    email = email.strip().lower()
    _check_address(organization_id, email)
    token, token_hash = new_token()
    invitation = Invitation.objects.create(
        organization_id=organization_id,
        email=email,
        role=role,
        team=team,
        invited_by=actor,
        token_hash=token_hash,
    )
    audit.record(
        AccountEvent.USER_INVITED,
        invitation,
        actor=actor,
        description=email,
        metadata={"role": role, "team": str(team or "")},
    )
    tenancy.on_commit(lambda: send_invitation(invitation.pk, token))
    return Sent(invitation, token)


@transaction.atomic
def resend(*, invitation: Invitation, actor: User) -> Sent:
    """Send a new link, good for another seven days; the old link ends.

    Raises: NotAllowed, InvitationClosed.
    Side effects: audit entry; a mail after commit.
    """
    actor, invitation = _lock(actor, invitation)
    return renew(invitation=invitation, actor=actor)


@transaction.atomic
def renew(*, invitation: Invitation, actor: User | None) -> Sent:
    """Do what ``resend`` does on behalf of the consultancy; ``resend`` is for members.

    Raises: InvitationClosed.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationClosed("This invitation is closed. Invite the person again.")
    _check_address(invitation.organization.pk, invitation.email, but_for=invitation)
    token, token_hash = new_token()
    invitation.token_hash, invitation.expires_at, invitation.mailed_at = token_hash, expires_by_default(), None
    invitation.save(update_fields=["token_hash", "expires_at", "mailed_at"])
    audit.record(AccountEvent.INVITATION_RESENT, invitation, actor=actor, description=invitation.email)
    tenancy.on_commit(lambda: send_invitation(invitation.pk, token))
    return Sent(invitation, token)


@transaction.atomic
def revoke(*, invitation: Invitation, actor: User) -> Invitation:
    """End the link of an invitation. Revoking twice is a no-op.

    Raises: NotAllowed; InvitationClosed when it was accepted.
    Side effects: audit entry.
    """
    actor, invitation = _lock(actor, invitation)
    return withdraw(invitation=invitation, actor=actor)


@transaction.atomic
def withdraw(*, invitation: Invitation, actor: User | None) -> Invitation:
    """Do what ``revoke`` does on behalf of the consultancy; ``revoke`` is for members.

    Raises: InvitationClosed when it was accepted.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationClosed("This invitation was accepted already. Deactivate the person instead.")
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        audit.record(AccountEvent.INVITATION_REVOKED, invitation, actor=actor, description=invitation.email)
    return invitation


def open_invitation(invitation_id: uuid.UUID) -> Invitation:
    """Return an invitation that can still be accepted, in the scope of its organisation.

    Raises: InvitationClosed.
    """
    invitation = (
        Invitation.objects.select_related("organization", "team", "invited_by").filter(pk=invitation_id).first()
    )
    if invitation is None or not invitation.is_open(timezone.now()) or not invitation.organization.is_active:
        raise InvitationClosed("This link is no longer valid. Ask for a new invitation.")
    return invitation


@transaction.atomic
def accept(*, invitation_id: uuid.UUID, full_name: str, password: str) -> User:
    """Make the invited person a member, in the scope of the invitation's organisation. The link works once.

    Raises: InvitationClosed; DomainError when the address got an account in the meantime.
    Side effects: audit entries; the address counts as verified, because the link was sent to it.
    """
    # Two clicks at the same moment: the second waits here and then finds the invitation used.
    Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    invitation = open_invitation(invitation_id)
    person = _create_person(invitation, full_name.strip(), password)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(AccountEvent.INVITATION_ACCEPTED, invitation, actor=person, description=invitation.email)
    audit.record(
        AccountEvent.USER_CREATED, person, actor=person, description=str(person), changes={"role": (None, person.role)}
    )
    return person


def _create_person(invitation: Invitation, full_name: str, password: str) -> User:
    try:
        with transaction.atomic():
            person: User = User.objects.create_user(
                invitation.email,
                password,
                full_name=full_name,
                role=invitation.role,
                organization=invitation.organization,
                team=invitation.team,
            )
    except IntegrityError:
        # Two organisations may invite one address; whoever is accepted first has it.
        message = "There is an account with this address already. Sign in instead."
        raise DomainError(message, code="has_account") from None
    return person


def _check_reach(role: str, team: Team | None, actor: User) -> Team | None:
    if not actor.has_right(AccountPermission.MANAGE_USERS):
        raise NotAllowed("Your role cannot invite people.")
    if actor.role != Role.ADMIN and not actor.team_id:
        raise NotAllowed("You can invite people once you belong to a team.")
    if role not in people.grantable_roles(actor):
        raise NotAllowed("You cannot invite somebody with this role.", field="role")
    if actor.role != Role.ADMIN:
        own: Team | None = actor.team
        return own
    if team is not None and team.organization_id != actor.organization_id:
        raise NotAllowed("This team is not part of your organization.", field="team")
    return team


def _check_address(organization_id: uuid.UUID, email: str, *, but_for: Invitation | None = None) -> None:
    """Refuse an address that has an account or an open invitation.

    Where the account belongs to is told only about one's own organisation.
    """
    person = User.objects.filter(email=email).first()
    if person is not None:
        if person.organization_id == organization_id:
            raise DomainError(f"{email} belongs to your organization already.", code="is_member", field="email")
        raise DomainError(f"{email} cannot be invited.", code="cannot_invite", field="email")
    waiting = Invitation.objects.in_organization(organization_id).open(timezone.now()).filter(email=email)
    if but_for is not None:
        waiting = waiting.exclude(pk=but_for.pk)
    if waiting.exists():
        message = f"{email} was invited already. Send that invitation again instead."
        raise DomainError(message, code="is_invited", field="email")


def _lock(actor: User, invitation: Invitation) -> tuple[User, Invitation]:
    lock_people(tenancy.current_organization_id())
    actor = reload_actor(actor)
    invitation = Invitation.objects.get(pk=invitation.pk)
    if not may_manage(actor, invitation):
        raise NotAllowed("You may not change this invitation.")
    return actor, invitation


def may_manage(actor: User, invitation: Invitation) -> bool:
    """Tell whether ``actor`` may resend or revoke ``invitation``: what they could have sent themselves."""
    if actor.organization_id != invitation.organization_id or not actor.has_right(AccountPermission.MANAGE_USERS):
        return False
    if actor.role == Role.ADMIN:
        return True
    return bool(actor.team_id) and invitation.team_id == actor.team_id and invitation.role in people.MANAGER_MAY_GRANT
