"""Create, change, trash and restore leads: the one way in for pages, API and forms (imports work in sets)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from leadcrm.audit import services as audit
from leadcrm.core import live, money, tenancy
from leadcrm.core.errors import DomainError, StaleObject
from leads import signals
from leads.choices import JourneyEventType
from leads.events import LeadEvent
from leads.models import Lead, PipelineStage
from leads.services import activities, journey, pipeline, scoring, tagging
from leads.services.locking import lock_lead

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

# What `update_lead` changes. Stage, owner, tags and activities have services of their own.
EDITABLE_FIELDS = frozenset(
    {
        "first_name", "last_name", "email", "phone", "company", "job_title", "website", "linkedin_url",
        "is_decision_maker", "street", "city", "state", "postal_code", "country", "industry", "business_type",
        "company_size", "budget", "timeframe", "message", "service_tier", "source", "campaign", "utm_source",
        "utm_medium", "utm_campaign", "outreach_status", "expected_close_on", "predicted_value_minor",
        "won_value_minor", "currency", "lost_reason", "verification_status", "quality_score", "google_rating",
        "google_review_count", "price_level", "has_google_maps_listing", "has_weekend_hours", "response_time",
        "has_booking_keywords", "booking_keyword_score", "current_booking_tool", "has_appointment_form",
        "has_online_booking", "has_multi_location", "services_count", "digital_maturity_score",
        "booking_potential", "notes", "do_not_contact", "custom_fields", "communication_preference",
        "optimal_contact_time",
    }
)  # fmt: skip


class StaleLead(StaleObject):
    """Somebody saved the lead after the form was opened; ``theirs`` holds their values of the fields in question.

    A custom field is named ``custom_fields.<key>``.
    """

    def __init__(self, message: str, *, lead: Lead, theirs: dict[str, Any]) -> None:
        super().__init__(message)
        self.lead = lead
        self.theirs = theirs


class AlreadyCreated(DomainError):
    """The same form was sent twice; ``pk`` is the lead that the first one made."""

    code = "already_created"

    def __init__(self, pk: uuid.UUID) -> None:
        super().__init__("This lead was created already.")
        self.pk = pk


@transaction.atomic
def create_lead(
    *,
    actor: User | None,
    stage: PipelineStage | None = None,
    assigned_to: User | None = None,
    tags: Iterable[str] = (),
    plan: activities.Plan | None = None,
    **values: Any,
) -> Lead:
    """Create a lead in ``stage`` (or the first one), score it, and qualify it when the score is high enough.

    A caller that must not create twice names the ``id``.

    Raises: AlreadyCreated; DomainError when nothing identifies the lead, a value is impossible, or the external
    id is taken.
    Side effects: journey and audit entries, domain event, signal ``lead_created``.
    """
    organization_id = tenancy.current_organization_id()
    stage = stage or pipeline.first_stage()
    if "currency" not in values and actor is not None and actor.organization is not None:
        values["currency"] = actor.organization.currency
    lead = Lead(
        organization_id=organization_id, stage=stage, status=stage.status, assigned_to=assigned_to,
        created_by=actor, **values,
    )  # fmt: skip
    lead.team_id = lead.team_id or (assigned_to.team_id if assigned_to else None) or (actor.team_id if actor else None)
    if stage.is_closed:
        lead.closed_at = timezone.now()
    # The foreign keys come from services that checked them.
    _check(lead, {column.name for column in lead._meta.concrete_fields if not column.is_relation})
    _save(lead)
    journey.record(lead, JourneyEventType.LEAD_CREATED, actor=actor, properties={"source": lead.source})
    audit.record(LeadEvent.CREATED, lead, actor=actor, description=lead.title)
    audit.announce(LeadEvent.CREATED, lead, actor=actor, payload={"source": lead.source})
    signals.lead_created.send(Lead, lead=lead, actor=actor)
    tagging.add_tags(lead=lead, names=tags, actor=actor)
    scoring.rescore(lead=lead, actor=actor)
    if plan is not None:
        activities.plan_activity(lead=lead, actor=actor, **vars(plan))
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
    return lead


@transaction.atomic
def update_lead(*, lead: Lead, actor: User | None, seen: Mapping[str, Any] | None = None, **values: Any) -> Lead:
    """Change facts of a lead; a value that is equal already is no change.

    ``seen`` holds the values the actor's form was filled with: what equals them was not touched and stays as
    it is now. When somebody else has meanwhile changed a touched field to something else again, nothing is
    saved; edits of different fields merge. Custom fields are given by key and merge by key; None takes one
    away. A new currency keeps amounts in major units.

    Raises: StaleLead, DomainError.
    Side effects: journey and audit entries, domain event, signal ``lead_updated``; a new score when a fact
    that counts has changed.
    """
    unknown = set(values) - EDITABLE_FIELDS
    if unknown:
        raise ValueError(f"update_lead does not change {', '.join(sorted(unknown))}.")
    lead = lock_lead(lead.pk)
    changes = _changes(lead, _touched(values, seen or {}))
    if not changes:
        return lead
    theirs = _changed_meanwhile(changes, seen or {})
    if theirs:
        raise StaleLead("Somebody else changed this lead while you were editing it.", lead=lead, theirs=theirs)
    for name, (_, value) in changes.items():
        setattr(lead, name, value)
    lead.version += 1
    lead.last_activity_at = timezone.now()
    _check(lead, changes)
    _save(lead)
    readable = {name: [_plain(before), _plain(after)] for name, (before, after) in _by_key(changes).items()}
    labels = ", ".join(dict.fromkeys(_label(name) for name in changes))
    journey.record(
        lead, JourneyEventType.LEAD_UPDATED, actor=actor, description=labels[:1].upper() + labels[1:],
        properties=readable,
    )  # fmt: skip
    audit.record(LeadEvent.UPDATED, lead, actor=actor, description=lead.title, changes=readable)
    audit.announce(LeadEvent.UPDATED, lead, actor=actor, payload={"fields": sorted(changes)})
    signals.lead_updated.send(Lead, lead=lead, actor=actor, changes=changes)
    if scoring.SCORED_FIELDS & changes.keys():
        scoring.rescore(lead=lead, actor=actor)
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)
    return lead


def _touched(values: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    touched = {name: value for name, value in values.items() if name not in seen or seen[name] != value}
    if "custom_fields" in touched and "custom_fields" in seen:
        before = seen["custom_fields"]
        given = touched["custom_fields"].items()
        touched["custom_fields"] = {key: value for key, value in given if value != before.get(key)}
    return touched


def _changes(lead: Lead, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs, as (before, after) by column."""
    wanted = dict(values)
    if "custom_fields" in wanted:
        merged = {**lead.custom_fields, **wanted["custom_fields"]}
        wanted["custom_fields"] = {key: value for key, value in merged.items() if value is not None}
    currency = wanted.get("currency", lead.currency)
    if money.exponent(currency) != money.exponent(lead.currency):
        for name in ("predicted_value_minor", "won_value_minor"):
            amount = money.to_decimal(getattr(lead, name), lead.currency)
            wanted.setdefault(name, money.to_minor(amount, currency))
    return {name: (getattr(lead, name), value) for name, value in wanted.items() if getattr(lead, name) != value}


def _by_key(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Return the changes with every custom field on its own."""
    found: dict[str, tuple[Any, Any]] = {}
    for name, (before, after) in changes.items():
        if name != "custom_fields":
            found[name] = (before, after)
            continue
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                found[f"custom_fields.{key}"] = (before.get(key), after.get(key))
    return found


def _changed_meanwhile(changes: Mapping[str, tuple[Any, Any]], seen: Mapping[str, Any]) -> dict[str, Any]:
    known = {f"custom_fields.{key}": value for key, value in (seen.get("custom_fields") or {}).items()}
    known |= {name: value for name, value in seen.items() if name != "custom_fields"}
    return {name: before for name, (before, _) in _by_key(changes).items() if name in known and known[name] != before}


def _label(name: str) -> str:
    return "custom fields" if name == "custom_fields" else str(Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


@transaction.atomic
def trash_lead(*, lead: Lead, actor: User) -> Lead:
    """Move a lead to the trash, from where it can be restored; a second time is a no-op."""
    lead = lock_lead(lead.pk)
    if lead.deleted_at is None:
        lead.deleted_at = timezone.now()
        lead.save(update_fields=["deleted_at", "updated_at"])
        _tell_trash(lead, JourneyEventType.LEAD_DELETED, LeadEvent.DELETED, actor=actor)
    return lead


@transaction.atomic
def restore_lead(*, lead: Lead, actor: User) -> Lead:
    """Take a lead out of the trash; a second time is a no-op."""
    lead = lock_lead(lead.pk)
    if lead.deleted_at is not None:
        lead.deleted_at = None
        lead.save(update_fields=["deleted_at", "updated_at"])
        _tell_trash(lead, JourneyEventType.LEAD_RESTORED, LeadEvent.RESTORED, actor=actor)
    return lead


def _tell_trash(lead: Lead, event: JourneyEventType, audit_event: LeadEvent, *, actor: User) -> None:
    journey.record(lead, event, actor=actor)
    audit.record(audit_event, lead, actor=actor, description=lead.title)
    audit.announce(audit_event, lead, actor=actor)
    live.announce("lead", id=lead.pk, stage=lead.stage_id, owner=lead.assigned_to_id, team=lead.team_id)


def _check(lead: Lead, names: Collection[str]) -> None:
    """Refuse impossible values of ``names``; what else is stored may be older than the rules."""
    for column in lead._meta.concrete_fields:
        if _has_null_byte(lead.__dict__.get(column.attname)):
            raise DomainError("This has characters that cannot be stored.", code="invalid", field=column.name)
    try:
        # The rest is the database's to judge.
        lead.clean_fields(exclude={column.name for column in lead._meta.concrete_fields} - set(names))
    except ValidationError as problem:
        field, errors = next(iter(problem.error_dict.items()))
        raise DomainError(" ".join(errors[0].messages), code="invalid", field=field) from problem


def _has_null_byte(value: Any) -> bool:
    """Tell whether PostgreSQL would refuse a text, or a text anywhere inside a free-form value."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_null_byte, value)) or any(map(_has_null_byte, value.values()))
    return isinstance(value, list) and any(map(_has_null_byte, value))


def _save(lead: Lead) -> None:
    try:
        with transaction.atomic():
            lead.save()
    except IntegrityError as problem:
        # Asking the database for each of twenty constraints beforehand would cost twenty statements.
        broken = getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None) or ""
        if broken == "leads_lead_pkey" and lead._state.adding:
            raise AlreadyCreated(lead.pk) from problem
        raise _refusal(broken) or problem from problem


def _refusal(constraint: str) -> DomainError | None:
    """Return what to tell people about a broken constraint of the table, None for one that no value can break."""
    rule = constraint.removeprefix("leads_lead_")
    if rule == "identity":
        return DomainError("A lead needs an e-mail, a phone, a company, a full name or an external id.", code="invalid")
    if rule == "external_id_unique":
        return DomainError("Another lead has this external id already.", field="external_id")
    if rule.endswith("_range"):
        name = rule.removesuffix("_range")
        label = str(Lead._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        return DomainError(f"The {label} is out of range.", code="invalid", field=name)
    return None


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else str(value)
