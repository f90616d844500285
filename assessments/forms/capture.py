"""The form that strangers see, made of what its builder chose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from assessments.capture_fields import CUSTOM, PUBLIC_FIELDS, ChosenField, FieldKind
from assessments.forms.texts import AddressField, BlockField, LineField
from assessments.models import CaptureForm
from assessments.services.attribution import read_attribution
from assessments.services.submissions import Answer
from leads.choices import CompanySize, CustomFieldType
from leads.importing.problems import ValueProblem
from leads.importing.values.links import parse_link
from leads.importing.values.phones import parse_phone
from leads.models import CustomField

CONSENT = "consent-"
LONGEST_CUSTOM, LONGEST_RAW = 5_000, 20_000
YES_NO = (("", "No answer"), ("yes", "Yes"), ("no", "No"))


class PhoneField(LineField):
    """A phone number; one that cannot be read as international stays as it was typed."""

    def __init__(self, *, region: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.region = region

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return str(parse_phone(text, region=self.region).number)
        except ValueProblem:
            if sum(sign.isdigit() for sign in text) < 3 or set(text) - set("+0123456789 ()-./x#,;*"):
                raise ValidationError("Enter a phone number, such as +91 98123 45678.", code="bad_phone") from None
            return text


class WebAddressField(LineField):
    """A web address; a scheme is added, other schemes than http are refused."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return str(parse_link(text, limit=self.max_length or 500))
        except ValueProblem as problem:
            raise ValidationError(problem.message, code=problem.code) from None


class NumberField(LineField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            number = Decimal(text.replace(",", "").replace(" ", ""))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            raise ValidationError("Enter a number, such as 12 or 3.5.", code="bad_number")
        return int(number) if number == number.to_integral_value() else float(number)


class AnswerForm(forms.Form):
    """What somebody sends. ``answer`` is what the services take, once the form is valid."""

    refused_as = "Please check what you entered"

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        form: CaptureForm,
        custom: Mapping[str, CustomField],
        initial: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}), prefix=None)
        self.chosen = [one for one in form.chosen if not one.is_custom or one.name in custom]
        self.consents = {CONSENT + one["purpose"]: one for one in form.consents}
        region = form.organization.country
        for one in self.chosen:
            built = _custom(custom[one.name]) if one.is_custom else _public(PUBLIC_FIELDS[one.name], region=region)
            built.label, built.help_text, built.required = one.label, one.help, one.is_required
            built.widget.is_required = one.is_required
            self.fields[one.name] = built
        for name, consent in self.consents.items():
            self.fields[name] = forms.BooleanField(
                label=consent["text"], required=consent["required"],
                error_messages={"required": "We need your agreement to this."},
            )  # fmt: skip

    @property
    def answer(self) -> Answer:
        """Return what was sent; the form is valid."""
        facts: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for one in self.chosen:
            value = self.cleaned_data[one.name]
            if value in (None, "") or one.is_email:
                continue
            target, name = (custom, one.name.removeprefix(CUSTOM)) if one.is_custom else (facts, one.name)
            target[name] = value.isoformat() if isinstance(value, date) else value
        if custom:
            facts["custom_fields"] = custom
        return Answer(
            email=self.cleaned_data["email"],
            values={one.name: _raw(self.data.get(one.name, "")) for one in self.chosen},
            facts=facts,
            consents=[one for name, one in self.consents.items() if self.cleaned_data[name]],
            attribution=read_attribution(self.data),
        )

    def texts(self) -> tuple[list[str], list[str]]:
        """Return what was typed: lines, where nobody writes a link, and texts."""
        lines: list[str] = []
        texts: list[str] = []
        for one in self.chosen:
            is_line = not one.is_custom and PUBLIC_FIELDS[one.name].kind in ("line", "phone", "size")
            (lines if is_line else texts).append(_raw(self.data.get(one.name, "")))
        return lines, texts

    @property
    def sizes(self) -> list[str]:
        return list(CompanySize.values)


def custom_fields_of(form: CaptureForm) -> dict[str, CustomField]:
    """Return the definitions of the custom fields on a form, by name of the field. Costs a query when it has any."""
    keys = [one.name.removeprefix(CUSTOM) for one in form.chosen if one.is_custom]
    if not keys:
        return {}
    return {CUSTOM + one.key: one for one in CustomField.objects.filter(key__in=keys, is_active=True)}


def widget_of(chosen: ChosenField) -> str:
    """Return the kind of control for HTML that others copy: email, tel, textarea or text."""
    kind = PUBLIC_FIELDS[chosen.name].kind if chosen.name in PUBLIC_FIELDS else "line"
    return {"email": "email", "phone": "tel", "block": "textarea"}.get(kind, "text")


def _raw(text: Any) -> str:
    # PostgreSQL stores neither zero characters nor halves of surrogate pairs.
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_RAW]


def _public(kind: FieldKind, *, region: str) -> forms.Field:
    attributes = {"autocomplete": kind.autocomplete} if kind.autocomplete else {}
    if kind.kind == "email":
        return AddressField()
    if kind.kind == "phone":
        return PhoneField(
            region=region, max_length=kind.limit, widget=forms.TextInput(attrs={"type": "tel", **attributes})
        )
    if kind.kind == "link":
        return WebAddressField(max_length=kind.limit, widget=forms.TextInput(attrs={"inputmode": "url", **attributes}))
    if kind.kind == "block":
        return BlockField(max_length=kind.limit, widget=forms.Textarea(attrs={"rows": 5}))
    if kind.kind == "size":
        sizes = [("", "Choose"), *((size, f"{size} people") for size in CompanySize.values)]
        return forms.ChoiceField(choices=sizes)
    return LineField(max_length=kind.limit, widget=forms.TextInput(attrs=attributes))


def _custom(field: CustomField) -> forms.Field:
    if field.type == CustomFieldType.NUMBER:
        return NumberField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    if field.type == CustomFieldType.DATE:
        return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    if field.type == CustomFieldType.BOOLEAN:
        return forms.TypedChoiceField(choices=YES_NO, coerce=lambda value: value == "yes", empty_value=None)
    if field.type == CustomFieldType.URL:
        return WebAddressField(max_length=500, widget=forms.TextInput(attrs={"inputmode": "url"}))
    return LineField(max_length=LONGEST_CUSTOM)
