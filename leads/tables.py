"""The columns of the list and its orders.

A list shows fifty rows or more, so a cell is made by a small function from cached pieces and not by a template.
Everything that comes from outside goes through ``escape``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from leadcrm.accounts.models import User
from leadcrm.core.formatting import day as day_in_words
from leadcrm.core.paging import Order
from leadcrm.core.templatetags import ui
from leads.choices import ActivityType
from leads.models import CustomField, Lead, LeadTag, PipelineStage
from leads.names import people_by_id
from leads.querysets import LeadQuerySet
from leads.services.columns import PREFERENCE

NIL = str(uuid.UUID(int=0))
CUSTOM = "custom:"
DEFAULT_SORT = "-created"


def _orders(name: str, field: str, blank: Q | None = None, filled: Q | None = None) -> dict[str, Order]:
    return {sign + name: Order(sign + name, field, blank, filled) for sign in ("", "-")}


# Each of them is the order of an index, so the millionth lead is as near as the first.
ORDERS: dict[str, Order] = {
    **_orders("created", "created_at"),
    **_orders("updated", "updated_at"),
    **_orders("score", "score"),
    **_orders("company", "company_norm", Q(company_norm=""), Q(company_norm__gt="")),
    **_orders("next_step", "next_follow_up_at", Q(next_follow_up_at__isnull=True), Q(next_follow_up_at__isnull=False)),
    **_orders(
        "value", "predicted_value_minor", Q(predicted_value_minor__isnull=True), Q(predicted_value_minor__isnull=False)
    ),
}


@dataclass(frozen=True)
class Around:
    """What the cells of a page share: names are looked up once a page, never once a row."""

    stages: Mapping[uuid.UUID, PipelineStage]
    people: Mapping[uuid.UUID, User]
    tags: Mapping[uuid.UUID, list[tuple[str, str]]]
    lead_url: str


Render = Callable[[Lead, Around], str]


@dataclass(frozen=True)
class Column:
    """One column. ``fields`` are read for it; ``sort`` names its order, ``first`` the direction to begin with."""

    name: str
    label: str
    render: Render
    fields: tuple[str, ...]
    sort: str = ""
    css: str = ""
    first: str = "asc"


@dataclass(frozen=True)
class Row:
    """One lead of the list, ready for the template."""

    pk: uuid.UUID
    cells: SafeString


def _text(name: str, label: str, **more: Any) -> Column:
    return Column(name, label, lambda lead, _: escape(getattr(lead, name)), (name,), css="table__clip", **more)


def _choice(name: str, label: str, **more: Any) -> Column:
    labels = {str(value): escape(str(text)) for value, text in Lead._meta.get_field(name).choices or ()}  # type: ignore[union-attr]
    return Column(name, label, lambda lead, _: labels.get(getattr(lead, name), ""), (name,), **more)


def _moment(name: str, label: str, **more: Any) -> Column:
    return Column(name, label, lambda lead, _: str(ui.ago(getattr(lead, name))), (name,), **more)


def _day(value: date | None) -> str:
    return escape(day_in_words(value, today=timezone.localdate())) if value else ""


def _stage(lead: Lead, around: Around) -> str:
    stage = around.stages.get(lead.stage_id)
    return f'<span class="tag {ui.hue(stage.colour)}">{escape(stage.name)}</span>' if stage else ""


def _owner(lead: Lead, around: Around) -> str:
    person = around.people.get(lead.assigned_to_id) if lead.assigned_to_id else None
    name = f'<span aria-hidden="true">{escape(ui.display_name(person))}</span>' if person else ""
    return f'<span class="person-cell">{ui.avatar(person)}{name}</span>'


_STEPS = {str(value): str(label) for value, label in ActivityType.choices}


def _next_step(lead: Lead, _: Around) -> str:
    if lead.next_follow_up_at is None and lead.is_closed:
        return '<span class="muted">Closed</span>'
    return str(ui.due(lead.next_follow_up_at, _STEPS.get(lead.next_step, "")))


def _tags(lead: Lead, around: Around) -> str:
    return " ".join(
        f'<span class="tag {ui.hue(colour)}">{escape(name)}</span>' for name, colour in around.tags.get(lead.pk, ())
    )


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "Yes" if value else "No"


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("stage", "Stage", _stage, ("stage_id",)),
        Column("score", "Score", lambda lead, _: str(ui.score(lead.score)), ("score",), "score", "num", "desc"),
        Column("owner", "Owner", _owner, ("assigned_to_id",), css="table__clip"),
        Column(
            "next_step",
            "Next step",
            _next_step,
            ("next_follow_up_at", "next_step", "status"),
            "next_step",
            "table__due",
        ),
        Column(
            "predicted_value",
            "Value",
            lambda lead, _: escape(ui.money(lead.value_minor, lead.currency)),
            ("predicted_value_minor", "won_value_minor", "status", "currency"),
            "value",
            "num",
            "desc",
        ),
        Column("tags", "Tags", _tags, (), css="table__tags"),
        _choice("source", "Source"),
        _moment("created_at", "Created", sort="created", first="desc"),
        _moment("updated_at", "Changed", sort="updated", first="desc"),
        _choice("status", "Status"),
        Column(
            "team",
            "Team",
            lambda lead, _: escape(lead.team.name) if lead.team else "",
            ("team__name",),
            css="table__clip",
        ),
        _text("email", "E-mail"),
        _text("phone", "Phone"),
        _text("first_name", "First name"),
        _text("last_name", "Last name"),
        _text("job_title", "Job title"),
        Column(
            "is_decision_maker",
            "Decision maker",
            lambda lead, _: _yes_no(lead.is_decision_maker),
            ("is_decision_maker",),
        ),
        _text("city", "City"),
        _text("country", "Country"),
        _text("industry", "Industry"),
        _text("company_size", "Company size"),
        _choice("service_tier", "Service tier"),
        _choice("outreach_status", "Outreach"),
        _choice("engagement_level", "Engagement"),
        _choice("verification_status", "Verification"),
        _choice("booking_potential", "Booking potential"),
        _moment("last_contacted_at", "Last contacted"),
        Column(
            "expected_close_on", "Expected close", lambda lead, _: _day(lead.expected_close_on), ("expected_close_on",)
        ),
        _text("campaign", "Campaign"),
        _text("lost_reason", "Lost reason"),
        Column(
            "do_not_contact",
            "Do not contact",
            lambda lead, _: "Yes" if lead.do_not_contact else "",
            ("do_not_contact",),
        ),
    )
}

DEFAULT = ("stage", "score", "owner", "next_step", "predicted_value", "tags", "created_at")
# What every row needs whatever it shows: what it is called, and where it lies in its order.
ALWAYS = ("first_name", "last_name", "company", "email", "phone", "external_id", "job_title", "organization_id")


def chosen_columns(names: Iterable[str], custom: Sequence[CustomField] = ()) -> list[Column]:
    """Return the columns of these names, in their order; without any that exists, the usual ones."""
    known = {**COLUMNS, **{CUSTOM + field.key: _custom(field) for field in custom}}
    return [known[name] for name in dict.fromkeys(names) if name in known] or [COLUMNS[name] for name in DEFAULT]


def _custom(field: CustomField) -> Column:
    def render(lead: Lead, _: Around) -> str:
        value = lead.custom_fields.get(field.key)
        return _yes_no(value) if isinstance(value, bool) else escape("" if value is None else str(value))

    return Column(CUSTOM + field.key, field.label, render, ("custom_fields",), css="table__clip")


def saved_columns(user: User) -> list[str]:
    """Return the names of the columns that the person chose, or the usual ones."""
    names = user.preferences.get(PREFERENCE)
    return [str(name) for name in names] if isinstance(names, list) and names else list(DEFAULT)


def read_for(leads: LeadQuerySet, columns: Iterable[Column], order: Order | None) -> LeadQuerySet:
    """Narrow what is read to the fields that the columns and the order need."""
    names = [*ALWAYS, *(name for column in columns for name in column.fields)]
    if order is not None:
        names.append(order.field)
    joined = {name.split("__")[0] for name in names if "__" in name}
    return (leads.select_related(*joined) if joined else leads).only(*dict.fromkeys(names))


def rows_of(
    leads: Sequence[Lead], columns: Sequence[Column], stages: Iterable[PipelineStage], *, selectable: bool
) -> list[Row]:
    """Return the rows of a page. Costs a query for each of owners and tags that is shown."""
    around = _around(leads, {column.name for column in columns}, stages)
    return [Row(lead.pk, _cells(lead, columns, around, selectable)) for lead in leads]


def _around(leads: Sequence[Lead], names: set[str], stages: Iterable[PipelineStage]) -> Around:
    people: Mapping[uuid.UUID, User] = {}
    tags: dict[uuid.UUID, list[tuple[str, str]]] = {}
    if "owner" in names and (ids := {lead.assigned_to_id for lead in leads if lead.assigned_to_id}):
        people = people_by_id(User.objects.in_organization(leads[0].organization_id), ids)
    if "tags" in names and leads:
        links = LeadTag.objects.filter(lead__in=[lead.pk for lead in leads]).order_by("tag__name")
        for lead_id, name, colour in links.values_list("lead_id", "tag__name", "tag__colour"):
            tags.setdefault(lead_id, []).append((name, colour))
    url = reverse("leads:lead_detail", args=[NIL]).removesuffix(f"{NIL}/")
    return Around({stage.pk: stage for stage in stages}, people, tags, url)


def _cells(lead: Lead, columns: Sequence[Column], around: Around, selectable: bool) -> SafeString:
    title, subtitle = escape(lead.title), lead.subtitle
    small = f" <small>{escape(subtitle)}</small>" if subtitle else ""
    parts = []
    if selectable:
        box = f'<input type="checkbox" name="ids" value="{lead.pk}" aria-label="Select {title}">'
        parts.append(f'<td class="table__select">{box}</td>')
    parts.append(f'<th scope="row" class="table__main"><a href="{around.lead_url}{lead.pk}/">{title}</a>{small}</th>')
    for column in columns:
        css = f' class="{column.css}"' if column.css else ""
        parts.append(f"<td{css}>{column.render(lead, around)}</td>")
    # Each part is escaped where it is made.
    return mark_safe("".join(parts))  # noqa: S308


__all__ = [
    "COLUMNS",
    "DEFAULT",
    "DEFAULT_SORT",
    "ORDERS",
    "Column",
    "Row",
    "chosen_columns",
    "read_for",
    "rows_of",
    "saved_columns",
]
