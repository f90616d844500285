"""The organisation's list of tags: add, rename, merge, delete. `tagging` puts them on leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from leadcrm.audit import services as audit
from leadcrm.core.errors import DomainError
from leads.events import LeadEvent
from leads.models import LeadTag, Tag

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

COLOURS = ("grey", "sky", "teal", "green", "amber", "red", "violet")


class TagExists(DomainError):
    """Another tag has the name; merging is what the person may want."""

    code = "tag_exists"


@transaction.atomic
def save_tag(*, tag: Tag | None, name: str, colour: str, actor: User) -> Tag:
    """Create a tag, or rename and recolour one; case does not make names different.

    Raises: TagExists, DomainError.
    """
    name = " ".join(name.split())
    if not name:
        raise DomainError("A tag needs a name.", field="name")
    if colour not in COLOURS:
        raise DomainError("Choose one of the colours.", field="colour")
    before = (tag.name, tag.colour) if tag else None
    tag = tag or Tag()
    tag.name, tag.colour = name, colour
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as problem:
        raise TagExists(f"There is a tag “{name}” already. Merge the two instead.", field="name") from problem
    audit.record(LeadEvent.TAG_CHANGED, tag, actor=actor, description=name, changes={"tag": (before, (name, colour))})
    return tag


@transaction.atomic
def merge_tag(*, tag: Tag, into: Tag, actor: User) -> int:
    """Put ``into`` on every lead that has ``tag``, and delete ``tag``; return how many leads had it.

    Raises: DomainError for merging a tag into itself.
    """
    if tag.pk == into.pk:
        raise DomainError("Choose another tag to merge into.", field="into")
    links = LeadTag.objects.filter(tag=tag)
    count = links.count()
    links.exclude(lead_id__in=LeadTag.objects.filter(tag=into).values("lead_id")).update(tag=into)
    audit.record(
        LeadEvent.TAG_CHANGED, tag, actor=actor, description=f"{tag} merged into {into}",
        metadata={"leads": count, "into": str(into.pk)},
    )  # fmt: skip
    tag.delete()
    return count


@transaction.atomic
def delete_tag(*, tag: Tag, actor: User) -> int:
    """Take a tag off every lead and off the list; return how many leads had it."""
    count = LeadTag.objects.filter(tag=tag).count()
    audit.record(LeadEvent.TAG_CHANGED, tag, actor=actor, description=f"{tag} deleted", metadata={"leads": count})
    tag.delete()
    return count
