"""Notes on leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError, NotAllowed
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Lead, LeadNote
from leads.permissions import LeadPermission
from leads.services import journey

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

LONGEST = 20_000


@transaction.atomic
def add_note(*, lead: Lead, content: str, actor: User) -> LeadNote:
    """Add a note.

    The timeline's event does not repeat the words: it cannot be rewritten, and a note can be deleted.

    Raises: DomainError when it is empty or longer than 20,000 characters.
    """
    content = _checked(content)
    note = LeadNote.objects.create(organization_id=lead.organization_id, lead=lead, author=actor, content=content)
    now = timezone.now()
    Lead.objects.filter(pk=lead.pk).update(last_activity_at=now, updated_at=now)
    journey.record(lead, JourneyEventType.NOTE_ADDED, actor=actor, properties={"note": str(note.pk)})
    audit.record(LeadEvent.NOTE_ADDED, note, actor=actor, metadata={"lead": str(lead.pk)})
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
    return note


@transaction.atomic
def change_note(*, note: LeadNote, content: str, actor: User) -> LeadNote:
    """Change the words of one's own note; the field history keeps the earlier ones.

    Raises: NotAllowed; DomainError as ``add_note`` does.
    """
    note = LeadNote.objects.select_for_update().get(pk=note.pk)
    if note.author_id != actor.pk:
        raise NotAllowed("Only its author can change a note.")
    content = _checked(content)
    if content != note.content:
        note.content = content
        note.save(update_fields=["content", "updated_at"])
        audit.record(LeadEvent.NOTE_CHANGED, note, actor=actor, metadata={"lead": str(note.lead_id)})
    return note


def _checked(content: str) -> str:
    content = content.replace("\x00", "").strip()
    if not content:
        raise DomainError("Write something first.", field="content")
    if len(content) > LONGEST:
        raise DomainError(f"A note has at most {LONGEST:,} characters; this one has {len(content):,}.", field="content")
    return content


@transaction.atomic
def delete_note(*, note: LeadNote, actor: User) -> None:
    """Delete a note: one's own, or anybody's for those who may delete leads.

    Raises: NotAllowed.
    """
    if note.author_id != actor.pk and not actor.has_right(LeadPermission.DELETE):
        raise NotAllowed("Only the author or a manager can delete a note.")
    audit.record(LeadEvent.NOTE_DELETED, note, actor=actor, metadata={"lead": str(note.lead_id)})
    note.delete()
