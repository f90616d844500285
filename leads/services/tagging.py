"""Tags on leads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from leadcrm.audit import services as audit
from leadcrm.core.errors import DomainError
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Lead, LeadTag, Tag
from leads.services import journey

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

LONGEST = 60


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these names, creating those that are new; case does not matter.

    Raises: DomainError when a name is too long.
    """
    wanted: dict[str, str] = {}
    for name in names:
        clean = " ".join(name.split())
        if len(clean) > LONGEST:
            raise DomainError(f"A tag has at most {LONGEST} characters: “{clean[:30]}…” is longer.", field="tags")
        if clean:
            wanted.setdefault(clean.lower(), clean)
    if not wanted:
        return []
    found = {tag.name.lower(): tag for tag in Tag.objects.all() if tag.name.lower() in wanted}
    missing = [Tag(name=name) for key, name in wanted.items() if key not in found]
    if missing:
        # Two people may invent the same tag at once: whoever comes second takes the first one's.
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        found = {tag.name.lower(): tag for tag in Tag.objects.all() if tag.name.lower() in wanted}
    return [found[key] for key in wanted]


@transaction.atomic
def set_tags(*, lead: Lead, names: Iterable[str], actor: User | None) -> list[Tag]:
    """Make these the tags of a lead.

    Raises: DomainError when a name is too long.
    """
    tags = tags_named(names)
    before = {link.tag_id: link for link in LeadTag.objects.filter(lead=lead).select_related("tag")}
    after = {tag.pk: tag for tag in tags}
    removed = [link for pk, link in before.items() if pk not in after]
    added = [tag for pk, tag in after.items() if pk not in before]
    if not removed and not added:
        return tags
    LeadTag.objects.filter(pk__in=[link.pk for link in removed]).delete()
    LeadTag.objects.bulk_create(
        [LeadTag(organization_id=lead.organization_id, lead=lead, tag=tag) for tag in added], ignore_conflicts=True
    )
    words = ", ".join([f"+{tag}" for tag in added] + [f"−{link.tag}" for link in removed])
    journey.record(lead, JourneyEventType.TAGS_CHANGED, actor=actor, description=words)
    audit.record(
        LeadEvent.TAGGED, lead, actor=actor, description=words,
        changes={"tags": ([str(link.tag) for link in before.values()], [str(tag) for tag in tags])},
    )  # fmt: skip
    return tags
