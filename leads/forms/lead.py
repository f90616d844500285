"""Edit the facts of a lead without overwriting anybody's: the form remembers what it was filled with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field
from django.forms import BoundField
from django.http import QueryDict

from leadcrm.accounts.models import Organization
from leadcrm.core import money
from leads.choices import CompanySize
from leads.forms import fields
from leads.forms.custom import custom_form_field, stored
from leads.intelligence.rules import DEFAULT_POINTS, OTHER_INDUSTRY
from leads.models import Lead
from leads.reports.facts import CUSTOM, CustomFact, Fact, FactGroup, words_for

SEEN = "seen"
KEEP = "keep-"
THEIRS = "theirs"
CHANNELS = (
    ("", "Not known"), ("email", "E-mail"), ("phone", "Phone"), ("sms", "SMS"), ("whatsapp", "WhatsApp"),
    ("linkedin", "LinkedIn"),
)  # fmt: skip
# Columns that hold a dictionary, of which the form edits one entry.
ENTRY_OF = {"communication_preference": "channel", "optimal_contact_time": "note"}
LONG_TEXTS = {"message": 10_000, "notes": 20_000}
RANGES = {
    "quality_score": (0, 100), "digital_maturity_score": (0, 100), "booking_keyword_score": (0, 10),
    "google_rating": (0, 5), "price_level": (1, 4), "google_review_count": (0, 2_147_483_647),
    "services_count": (0, 1_000_000),
}  # fmt: skip
HINTS = {
    "phone": "With country code, such as +91 98123 45678.",
    "company_size": "A number, a range or words: 51-200, or about 80 people.",
    "predicted_value_minor": "In whole units, such as 250,000.",
    "optimal_contact_time": "Such as weekday mornings.",
}
INDUSTRIES = sorted(key.replace("_", " ").title() for key in DEFAULT_POINTS["industry"] if key != OTHER_INDUSTRY)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else has changed in the meantime, with both versions."""

    field: BoundField
    mine: str
    theirs: str
    keep_name: str
    keeps_mine: bool


class FactsForm(forms.Form):
    """Some facts of a lead. ``values`` is what ``update_lead`` takes, ``seen`` what the form was filled with.

    Only fields that were sent count, so a part of a form never empties the rest. ``update_lead`` leaves alone
    what equals ``seen``.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        facts: Iterable[Fact],
        organization: Organization,
        lead: Lead | None = None,
        custom: Iterable[CustomFact] = (),
    ) -> None:
        super().__init__(data)
        self.lead = lead
        self.organization = organization
        self.custom = {CUSTOM + field.key: field for field in custom}
        self.conflicts: list[Conflict] = []
        self.values: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.touched: list[str] = []
        self.order: dict[str, list[str]] = {}
        for fact in facts:
            if fact.editable:
                self._add(fact)
        if lead is not None:
            self.fields[SEEN] = forms.CharField(widget=forms.HiddenInput, required=False)
            self.initial[SEEN] = self._remembered(lead)

    # --- what the form is made of ---------------------------------------------------------------

    def _add(self, fact: Fact) -> None:
        names = [fact.name] if fact.name in self.custom else list(fact.stored_in)
        self.order[fact.name] = names
        for name in names:
            self.fields[name] = (
                custom_form_field(self.custom[name])
                if name in self.custom
                else column_field(name, label=_label(fact, name), organization=self.organization)
            )
            if self.lead is not None:
                self.initial[name] = self._shown(name, self._value_of(self.lead, name), self.lead.currency)

    @property
    def columns(self) -> list[str]:
        return [name for names in self.order.values() for name in names]

    def bound_facts(self) -> list[list[BoundField]]:
        """Return the bound fields, those of one fact together."""
        return [[self[name] for name in names] for names in self.order.values()]

    def bound_facts_of(self, group: FactGroup) -> list[list[BoundField]]:
        """Return the bound fields of a group."""
        return [[self[name] for name in self.order[fact.name]] for fact in group.facts if fact.name in self.order]

    def focus_first(self) -> None:
        """Let the first field take the focus once it is on the page."""
        self.fields[self.columns[0]].widget.attrs["data-autofocus"] = ""

    def industries(self) -> list[str]:
        """Return what the browser suggests for an industry: those that count."""
        return INDUSTRIES

    def bands(self) -> list[str]:
        """Return what the browser suggests for a company's size."""
        return list(CompanySize.values)

    @property
    def seen_text(self) -> str:
        """Return what the hidden field carries; written by hand, because several of these forms may be open."""
        return str(self.data.get(SEEN, "") if self.is_bound else self.initial[SEEN])

    def _shown(self, name: str, value: Any, currency: str) -> Any:
        if name.endswith("_minor"):
            amount = money.to_decimal(value, currency)
            return "" if amount is None else format(amount, "f").removesuffix(".00")
        if name in ENTRY_OF:
            return (value or {}).get(ENTRY_OF[name], "")
        if name == "do_not_contact":
            return "yes" if value else "no"
        return value

    def _typed_text(self, name: str, value: Any, currency: str) -> str:
        """Return what the browser sends for a field that shows ``value`` and was not touched."""
        shown = self.fields[name].prepare_value(self._shown(name, value, currency))
        return "" if shown is None else str(shown)

    def _value_of(self, lead: Lead, name: str) -> Any:
        if name in self.custom:
            return lead.custom_fields.get(self.custom[name].key)
        return getattr(lead, name)

    def _remembered(self, lead: Lead) -> str:
        return json.dumps({name: self._value_of(lead, name) for name in self.columns}, cls=DjangoJSONEncoder)

    # --- reading --------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sent = [name for name in self.columns if name in self.data]
        if self.lead is not None:
            self.seen = self._read_seen(cleaned.get(SEEN, ""), sent)
            self.touched = [name for name in sent if self._is_touched(name)]
            for name in set(sent) - set(self.touched):
                # What is stored may be older than the rules; who edits the neighbour need not mend it.
                self.errors.pop(name, None)
            sent = [name for name in self.touched if self.data.get(KEEP + name) != THEIRS]
        values = {name: cleaned[name] for name in sent if name in cleaned}
        self._clean_amounts(values)
        for name, entry in ENTRY_OF.items():
            if name in values:
                # From the row and not from the form, which could name anything.
                before = (getattr(self.lead, name) if self.lead is not None else None) or {}
                rest = {key: value for key, value in before.items() if key != entry}
                values[name] = {**rest, entry: values[name]} if values[name] else rest
        if "do_not_contact" in values:
            values["do_not_contact"] = values["do_not_contact"] is True
        given = {self.custom[name].key: stored(values.pop(name)) for name in list(values) if name in self.custom}
        if given:
            values["custom_fields"] = given
        self.values = values
        return cleaned

    def _clean_amounts(self, values: dict[str, Any]) -> None:
        currency = values.get("currency") or (self.lead.currency if self.lead else self.organization.currency)
        for name in ("predicted_value_minor", "won_value_minor"):
            field = self.fields.get(name)
            if name not in values or not isinstance(field, fields.AmountField):
                continue
            try:
                values[name], named = field.minor(values[name], currency)
            except ValidationError as problem:
                self.add_error(name, problem)
                values.pop(name)
                continue
            if named != currency:
                values["currency"] = currency = named

    def _read_seen(self, text: str, names: list[str]) -> dict[str, Any]:
        """Return the remembered values in the types of their columns."""
        try:
            raw = json.loads(text)
            seen = {name: self._typed(name, raw[name]) for name in names}
        except (ValueError, TypeError, LookupError, ArithmeticError, ValidationError, RecursionError):
            self.add_error(None, "This form is incomplete. Reload the page and enter your change again.")
            return {}
        custom = {self.custom[name].key: seen.pop(name) for name in list(seen) if name in self.custom}
        return {**seen, "custom_fields": custom} if custom else seen

    def _typed(self, name: str, value: Any) -> Any:
        return value if name in self.custom else _column(name).to_python(value)

    def _is_touched(self, name: str) -> bool:
        if name in self.custom:
            before = self.seen.get("custom_fields", {}).get(self.custom[name].key)
        else:
            before = self.seen.get(name)
        currency = self.seen.get("currency") or (self.lead.currency if self.lead else "")
        sent: str = self.data[name].replace("\r\n", "\n")
        return sent != self._typed_text(name, before, currency)

    # --- somebody else was faster ---------------------------------------------------------------

    def confront(self, lead: Lead, theirs: dict[str, Any]) -> FactsForm:
        """Return the form again with both versions: typed text stays, and what is now stored counts as seen.

        What the person did not touch takes the stored value, so that saving does not put the old one back.
        """
        data = QueryDict(mutable=True)
        data.update({name: self.data[name] for name in self.data if not name.startswith(KEEP)})
        clashing = {_input_name(name) for name in theirs}
        for name in self.columns:
            if name not in clashing and name not in self.touched:
                data[name] = self._typed_text(name, self._value_of(lead, name), lead.currency)
        fresh = FactsForm(
            data, facts=self._facts(), organization=self.organization, lead=lead, custom=self.custom.values()
        )
        data[SEEN] = fresh._remembered(lead)
        fresh.is_valid()
        fresh.errors.clear()
        fresh.conflicts = [
            Conflict(
                field=fresh[name],
                mine=self.data.get(name, ""),
                theirs=words_for(name, fresh._value_of(lead, name), currency=lead.currency) or "nothing",
                keep_name=KEEP + name,
                keeps_mine=True,
            )
            for name in fresh.columns
            if name in clashing
        ]
        return fresh

    def _facts(self) -> list[Fact]:
        return [
            Fact(name, str(self.fields[names[0]].label or name), tuple(names) if names != [name] else ())
            for name, names in self.order.items()
        ]


def _input_name(name: str) -> str:
    return CUSTOM + name.removeprefix("custom_fields.") if name.startswith("custom_fields.") else name


def _column(name: str) -> Field[Any, Any]:
    field = Lead._meta.get_field(name)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(name)
    return field


def _label(fact: Fact, name: str) -> str:
    if fact.stored_in == (name,):
        return fact.label
    words = {"predicted_value_minor": "Value"}.get(name) or str(_column(name).verbose_name)
    return words[:1].upper() + words[1:]


def column_field(name: str, *, label: str, organization: Organization) -> forms.Field:
    """Return the form field for a column of a lead."""
    column = _column(name)
    options: dict[str, Any] = {"label": label, "required": False, "help_text": HINTS.get(name, "")}
    if build := _BUILDERS.get(name):
        return build(options, organization)
    if name in RANGES:
        low, high = RANGES[name]
        return fields.NumberField(low=low, high=high, is_rating=name == "google_rating", **options)
    if name in LONG_TEXTS:
        widget = forms.Textarea(attrs={"rows": 5})
        return fields.BlockField(max_length=LONG_TEXTS[name], widget=widget, **options)
    if column.get_internal_type() == "BooleanField":
        return fields.YesNoField(**options)
    if column.choices:
        blank = [("", "Not known")] if column.blank else []
        required = {**options, "required": not column.blank}
        return forms.ChoiceField(choices=[*blank, *column.flatchoices], **required)
    return fields.LineField(
        max_length=column.max_length, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options
    )


_Builder = Callable[[dict[str, Any], Organization], forms.Field]
_BUILDERS: dict[str, _Builder] = {
    "email": lambda options, _: fields.email_field(max_length=254, **options),
    "phone": lambda options, organization: fields.PhoneField(region=organization.country, max_length=50, **options),
    "website": lambda options, _: fields.link_field(max_length=255, **options),
    "linkedin_url": lambda options, _: fields.link_field(max_length=500, **options),
    "country": lambda options, _: fields.country_field(max_length=100, **options),
    "company_size": lambda options, _: fields.size_field(
        max_length=50, widget=forms.TextInput(attrs={"list": "company-sizes", "autocomplete": "off"}), **options
    ),
    "industry": lambda options, _: fields.LineField(
        max_length=100, widget=forms.TextInput(attrs={"list": "industries", "autocomplete": "off"}), **options
    ),
    "predicted_value_minor": lambda options, _: fields.AmountField(**options),
    "won_value_minor": lambda options, _: fields.AmountField(**options),
    "currency": lambda options, _: forms.ChoiceField(
        choices=[(code, code) for code in money.CURRENCIES], **{**options, "required": True}
    ),
    "expected_close_on": lambda options, _: fields.DayField(**options),
    "do_not_contact": lambda options, _: fields.YesNoField(**options),
    "communication_preference": lambda options, _: forms.ChoiceField(choices=CHANNELS, **options),
    "optimal_contact_time": lambda options, _: fields.LineField(max_length=100, **options),
}


def warnings_of(form: forms.Form) -> list[str]:
    """Return what was saved differently from what a person would expect."""
    found: Sequence[str] = [getattr(field, "warning", "") for field in form.fields.values()]
    return [warning for warning in found if warning]
