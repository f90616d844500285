"""Tags on leads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Lower

from leadcrm.audit import services as audit
from leadcrm.core import live
from leadcrm.core.errors import DomainError
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.importing.values import clean_line
from leads.models import Lead, LeadTag, Tag
from leads.services import journey
from leads.services.locking import lock_lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

LONGEST = 60


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these names, creating those that are new; case does not matter.

    Raises: DomainError when a name is too long.
    """
    wanted: dict[str, str] = {}
    for name in names:
        clean = clean_line(name)
        if len(clean) > LONGEST:
            raise DomainError(f"A tag has at most {LONGEST} characters: “{clean[:30]}…” is longer.", field="tags")
        if clean:
            wanted.setdefault(clean.lower(), clean)
    if not wanted:
        return []
    found = _by_name(wanted.values())
    missing = [Tag(name=name) for name in wanted.values() if name not in found]
    if missing:
        # Two people may invent the same tag at once: whoever comes second takes the first one's.
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        found = _by_name(wanted.values())
    return list({found[name].pk: found[name] for name in wanted.values()}.values())


def _by_name(names: Iterable[str]) -> dict[str, Tag]:
    """Return the tag of each name; the database judges whether two names differ only in case, as its index does."""
    tags = Tag.objects.annotate(key=Lower("name"))
    found = {name: tags.filter(key=Lower(Value(name, output_field=CharField()))).first() for name in names}
    return {name: tag for name, tag in found.items() if tag is not None}


@transaction.atomic
def set_tags(*, lead: Lead, names: Iterable[str], actor: User | None) -> list[Tag]:
    """Make these the tags of a lead.

    Raises: DomainError when a name is too long.
    """
    tags = tags_named(names)
    links = LeadTag.objects.filter(lead=lead).select_related("tag")
    _change(lead, add=tags, remove=[link for link in links if link.tag not in tags], actor=actor)
    return tags


@transaction.atomic
def add_tags(*, lead: Lead, names: Iterable[str], actor: User | None) -> list[Tag]:
    """Add tags to those of a lead; what it has already is no change.

    Raises: DomainError when a name is too long.
    """
    tags = tags_named(names)
    if tags:
        _change(lead, add=tags, remove=[], actor=actor)
    return tags


@transaction.atomic
def remove_tag(*, lead: Lead, tag_id: uuid.UUID, actor: User | None) -> None:
    """Take a tag off a lead; one that is not on it is no change."""
    links = LeadTag.objects.filter(lead=lead, tag=tag_id).select_related("tag")
    _change(lead, add=[], remove=list(links), actor=actor)


def _change(lead: Lead, *, add: list[Tag], remove: list[LeadTag], actor: User | None) -> None:
    # The lock makes two people who add the same tag at once take turns.
    lock_lead(lead.pk)
    before = [link.tag for link in LeadTag.objects.filter(lead=lead).select_related("tag")]
    added = [tag for tag in add if tag not in before]
    if not added and not remove:
        return
    LeadTag.objects.filter(pk__in=[link.pk for link in remove]).delete()
    LeadTag.objects.bulk_create(
        [LeadTag(organization_id=lead.organization_id, lead=lead, tag=tag) for tag in added], ignore_conflicts=True
    )
    gone = [link.tag for link in remove]
    words = ", ".join([f"+{tag}" for tag in added] + [f"−{tag}" for tag in gone])
    journey.record(lead, JourneyEventType.TAGS_CHANGED, actor=actor, description=words)
    audit.record(
        LeadEvent.TAGGED, lead, actor=actor, description=words,
        changes={"tags": ([str(tag) for tag in before], [str(tag) for tag in [*before, *added] if tag not in gone])},
    )  # fmt: skip
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
