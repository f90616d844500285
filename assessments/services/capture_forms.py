"""Build capture forms: their texts, what they ask for and in which order, and where they may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from assessments.capture_fields import CUSTOM, EMAIL, MOST_FIELDS, PUBLIC_FIELDS, ChosenField, first_fields
from assessments.events import CaptureEvent
from assessments.models import CaptureForm, Submission
from leadcrm.audit import services as audit
from leadcrm.core import public_tokens
from leadcrm.core.errors import DomainError
from leads.models import CustomField

if TYPE_CHECKING:
    from leadcrm.accounts.models import User

SETTINGS = frozenset(
    {
        "name", "is_open", "title", "introduction", "button", "consents", "double_opt_in", "thanks", "redirect_url",
        "allowed_origins", "owner", "team", "stage", "tags", "source", "guard",
    }
)  # fmt: skip
MOST_ORIGINS = 20
UP, DOWN = -1, 1


@transaction.atomic
def create(*, actor: User | None, **values: Any) -> CaptureForm:
    """Make a form with an address that nobody can guess in advance.

    Raises: DomainError.
    """
    key, token_hash = public_tokens.new_token()
    form = CaptureForm(key=key, token_hash=token_hash, created_by=actor, fields=first_fields())
    _set(form, values)
    _save(form)
    audit.record(CaptureEvent.FORM_CREATED, form, actor=actor, description=form.name)
    return form


@transaction.atomic
def change(*, form: CaptureForm, actor: User, **values: Any) -> CaptureForm:
    """Change the settings of a form. Words of consent that changed are a new version.

    Raises: DomainError.
    """
    form = lock(form)
    before = {name: _plain(getattr(form, name)) for name in values}
    _set(form, values)
    _save(form)
    changes = {name: (before[name], after) for name in values if (after := _plain(getattr(form, name))) != before[name]}
    if changes:
        audit.record(CaptureEvent.FORM_CHANGED, form, actor=actor, description=form.name, changes=changes)
    return form


@transaction.atomic
def set_fields(*, form: CaptureForm, fields: Sequence[ChosenField], actor: User) -> CaptureForm:
    """Make ``fields`` what the form asks for, in this order. The e-mail address is always asked for, and required.

    Raises: DomainError.
    """
    names = [field.name for field in fields]
    if len(set(names)) != len(names):
        raise DomainError("A field can be on a form once.")
    if len(names) > MOST_FIELDS:
        raise DomainError(f"A form asks for at most {MOST_FIELDS} things.")
    if EMAIL not in names:
        raise DomainError("A form asks for the e-mail address: it tells who wrote.")
    known = {*PUBLIC_FIELDS, *(CUSTOM + key for key in CustomField.objects.values_list("key", flat=True))}
    if unknown := set(names) - known:
        raise DomainError(f"There is no field {', '.join(sorted(unknown))}.")
    form = lock(form)
    before = form.fields
    form.fields = [
        ChosenField(field.name, field.label or field.name, field.is_required or field.is_email, field.help).as_json()
        for field in fields
    ]
    if form.fields != before:
        form.save(update_fields=["fields", "updated_at"])
        labels = ", ".join(field.label for field in form.chosen)
        audit.record(CaptureEvent.FORM_CHANGED, form, actor=actor, description=form.name, metadata={"fields": labels})
    return form


@transaction.atomic
def delete(*, form: CaptureForm, actor: User) -> None:
    """Delete a form that was never answered.

    Raises: DomainError.
    """
    form = lock(form)
    if Submission.objects.filter(form=form).exists():
        raise DomainError("This form has answers. Close it instead; its answers stay.")
    audit.record(CaptureEvent.FORM_DELETED, form, actor=actor, description=form.name)
    form.delete()


def addable_fields(form: CaptureForm) -> list[tuple[str, str]]:
    """Return (name, label) of what the form does not ask for yet. Costs a query."""
    present = {field.name for field in form.chosen}
    custom = CustomField.objects.filter(is_active=True).values_list("key", "label")
    offered = [(field.name, field.label) for field in PUBLIC_FIELDS.values()]
    offered += [(CUSTOM + key, label) for key, label in custom]
    return [(name, label) for name, label in offered if name not in present]


def moved(fields: Sequence[ChosenField], name: str, by: int) -> list[ChosenField]:
    """Return the fields with one of them a place further up or down; at the end it stays."""
    order = list(fields)
    at = next((place for place, field in enumerate(order) if field.name == name), None)
    if at is not None and 0 <= at + by < len(order):
        order[at], order[at + by] = order[at + by], order[at]
    return order


def origin_of(text: str) -> str:
    """Return scheme, host and port of a web address as browsers name an origin; empty for what is none."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or not host.isascii():
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def may_redirect(form: CaptureForm) -> bool:
    """Tell whether the page to go to is still on a site that the form may stand on."""
    return bool(form.redirect_url) and origin_of(form.redirect_url) in form.allowed_origins


def lock(form: CaptureForm) -> CaptureForm:
    found: CaptureForm = CaptureForm.objects.select_for_update(no_key=True).get(pk=form.pk)
    return found


def _set(form: CaptureForm, values: Mapping[str, Any]) -> None:
    if unknown := set(values) - SETTINGS:
        raise ValueError(f"A form has no settings {', '.join(sorted(unknown))}.")
    given = dict(values)
    if "allowed_origins" in given:
        given["allowed_origins"] = _origins(given["allowed_origins"])
    if "consents" in given:
        given["consents"] = _versioned(form.consents, given["consents"])
    for name, value in given.items():
        setattr(form, name, value)
    form.title = form.title or form.name
    if form.redirect_url and not may_redirect(form):
        raise DomainError(
            "The page to go to must be on one of the sites that this form may stand on.", field="redirect_url"
        )


def _origins(texts: Sequence[str]) -> list[str]:
    if len(texts) > MOST_ORIGINS:
        raise DomainError(f"At most {MOST_ORIGINS} sites.", field="allowed_origins")
    found = []
    for text in texts:
        origin = origin_of(text)
        if not origin:
            raise DomainError(
                f"“{text[:80]}” is no address of a site, such as https://www.example.com.", field="allowed_origins"
            )
        found.append(origin)
    return list(dict.fromkeys(found))


def _versioned(before: list[dict[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Number the words of each purpose: what somebody agreed to can be told from what stands there now."""
    old = {one["purpose"]: one for one in before}
    result = []
    for one in wanted:
        earlier = old.get(one["purpose"])
        version = 1 if earlier is None else earlier["version"] + (earlier["text"] != one["text"])
        result.append(
            {"purpose": one["purpose"], "text": one["text"], "required": bool(one["required"]), "version": version}
        )
    return result


def _save(form: CaptureForm) -> None:
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError as broken:
        if "name_unique" in str(broken):
            raise DomainError("Another form has this name.", field="name") from broken
        raise


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | type(None)) else str(value)
