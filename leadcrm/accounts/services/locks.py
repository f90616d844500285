"""One lock per organisation for everything that decides who may do what in it."""

from __future__ import annotations

import uuid

from leadcrm.accounts.models import Organization, User
from leadcrm.core.errors import NotAllowed


def lock_people(organization_id: uuid.UUID) -> Organization:
    """Let only one transaction at a time change the people of an organisation.

    Two administrators who demote each other would otherwise both see the other one still in office. The
    lock leaves foreign keys to the organisation alone, so nobody else waits for it.
    """
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def reload_actor(actor: User) -> User:
    """Return the actor as the database has it now, to be called under the lock.

    Raises: NotAllowed when the actor lost the account in the meantime.
    """
    fresh: User | None = User.objects.filter(pk=actor.pk).first()
    if fresh is None or not fresh.is_active:
        raise NotAllowed("Your account was deactivated.")
    return fresh
