"""The names of what filters mention by id: looked up for the ids in an address, listed in full only for a panel."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from leadcrm.accounts.models import Team, User
from leadcrm.core import tenancy
from leads.models import CustomField, LeadBatch, LeadTag, PipelineStage, Tag
from leads.querysets import ALL, reach_of

# More than anybody scrolls through; the search of the panel's page is the browser's own.
MOST_OFFERED = 300


class Source:
    """Rows of one table that have a name."""

    def __init__(self, rows: QuerySet[Any], name: str, *, offered: QuerySet[Any] | None = None) -> None:
        self.rows, self.name = rows, name
        self.offered = rows if offered is None else offered

    def of(self, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Return the names of those ids that exist in the organisation. Costs a query."""
        return {pk: str(name) for pk, name in self.rows.filter(pk__in=ids).values_list("pk", self.name)}

    def all(self) -> Iterable[tuple[str, str]]:
        """Return what a panel offers. Costs a query."""
        return [(str(pk), str(name)) for pk, name in self.offered.values_list("pk", self.name)[:MOST_OFFERED]]


class PeopleSource(Source):
    """People; whoever was looked up for a filter is not looked up again for the rows."""

    def of(self, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        return {pk: str(person) for pk, person in people_by_id(self.rows, ids).items()}


class StageSource:
    """The stages, few enough to be read once and kept for the request."""

    def of(self, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        wanted = set(ids)
        return {stage.pk: name for stage, name in stages_by_name() if stage.pk in wanted}

    def all(self) -> Iterable[tuple[str, str]]:
        return [(str(stage.pk), name) for stage, name in stages_by_name()]


class TagSource(Source):
    def leads_with(self, tags: list[uuid.UUID]) -> QuerySet[Any]:
        """Return the ids of leads that have any of the tags."""
        links = LeadTag.objects.filter(tag=tags[0]) if len(tags) == 1 else LeadTag.objects.filter(tag__in=tags)
        return links.values("lead_id")


class Names:
    """Where filters look up names, for one person."""

    def __init__(self, user: User) -> None:
        people = User.objects.in_organization(user.organization_id)
        self.stages = StageSource()
        self.people = PeopleSource(people, "full_name", offered=people.active().order_by("full_name", "pk"))
        self.teams = Source(Team.objects.order_by("name"), "name")
        self.tags = TagSource(Tag.objects.order_by("name"), "name")
        # The name of a file may say more than those who do not see all leads should know.
        batches = LeadBatch.objects.all() if reach_of(user) == ALL else LeadBatch.objects.open_to(user)
        self.batches = Source(batches.order_by("-created_at"), "name")


def people_by_id(people: QuerySet[User], ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, User]:
    """Return those of ``people`` who have these ids. Costs a query for those not asked for before in the request."""
    known: dict[uuid.UUID, User | None] = tenancy.current_scope().memo.setdefault("leads.people", {})
    wanted = set(ids)
    if missing := wanted - known.keys():
        found = {person.pk: person for person in people.filter(pk__in=missing).only("full_name", "email")}
        known.update({pk: found.get(pk) for pk in missing})
    return {pk: person for pk in wanted if (person := known[pk]) is not None}


def stages_in_order() -> list[PipelineStage]:
    """Return every stage of the organisation. Costs a query, once a request."""
    memo = tenancy.current_scope().memo
    if "leads.stages" not in memo:
        memo["leads.stages"] = list(PipelineStage.objects.select_related("pipeline").in_order())
    stages: list[PipelineStage] = memo["leads.stages"]
    return stages


def stages_by_name() -> list[tuple[PipelineStage, str]]:
    """Return every stage with a name that tells it from those of other pipelines."""
    stages = stages_in_order()
    several = len({stage.pipeline_id for stage in stages}) > 1
    return [(stage, f"{stage.name} ({stage.pipeline.name})" if several else stage.name) for stage in stages]


def custom_fields_in_use() -> list[CustomField]:
    """Return the active custom fields. Costs a query, once a request."""
    memo = tenancy.current_scope().memo
    if "leads.custom_fields" not in memo:
        memo["leads.custom_fields"] = list(CustomField.objects.filter(is_active=True))
    found: list[CustomField] = memo["leads.custom_fields"]
    return found
