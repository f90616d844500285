"""The filters of the audit page."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cache
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst

from leadcrm.audit.messages import all_actions
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.models import TenantModel

LEADCRM_ITSELF = "leadcrm"
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


@cache
def entity_names() -> dict[str, str]:
    """Return what entries can be about: the name in the log and the words for people."""
    known = {
        model._meta.model_name: capfirst(model._meta.verbose_name)
        for model in apps.get_models()
        if issubclass(model, TenantModel) or model._meta.label in {"accounts.User", "accounts.Organization"}
    }
    return {str(name): str(words) for name, words in sorted(known.items(), key=lambda item: str(item[1]))}


def _day(label: str) -> forms.DateField:
    """Return the field of a day; days beyond every calendar have no next one."""
    return forms.DateField(
        required=False,
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "class": "w-sm"}),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


class EntryFilterForm(forms.Form):
    """Whatever is not valid is left out, so that a mangled link still shows the log."""

    person = forms.ChoiceField(required=False)
    action = forms.ChoiceField(required=False)
    entity = forms.ChoiceField(required=False)
    entity_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    since = _day("From")
    until = _day("To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = get_user_model().objects.filter(organization_id=tenancy.current_organization_id())
        names = people.order_by("full_name").values_list("pk", "full_name")
        choices: dict[str, list[tuple[str, str]]] = {
            "person": [("", "Anybody"), *((str(pk), name) for pk, name in names), (LEADCRM_ITSELF, "leadcrm itself")],
            "action": [("", "Any action"), *((action, capfirst(words)) for action, words in all_actions())],
            "entity": [("", "Anything"), *entity_names().items()],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


def narrow(entries: QuerySet[ActivityLog], chosen: dict[str, Any]) -> QuerySet[ActivityLog]:
    """Apply what the form says; days are days of the organisation's time zone."""
    if person := chosen.get("person"):
        entries = entries.filter(actor=None if person == LEADCRM_ITSELF else uuid.UUID(person))
    if action := chosen.get("action"):
        entries = entries.filter(action=action)
    if entity := chosen.get("entity"):
        entries = entries.filter(entity_type=entity)
    if entity_id := chosen.get("entity_id"):
        entries = entries.filter(entity_id=entity_id)
    if since := chosen.get("since"):
        entries = entries.filter(created_at__gte=_midnight(since))
    if until := chosen.get("until"):
        entries = entries.filter(created_at__lt=_midnight(until + dt.timedelta(days=1)))
    return entries


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
