"""Forms about the organisation itself: its facts, its business profile, its options."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms import BaseFormSet, formset_factory

from leadcrm.accounts.choices import COMPANY_SIZE_BANDS
from leadcrm.accounts.models import BusinessProfile, Organization
from leadcrm.audit.settings import SettingSpec
from leadcrm.core import countries, money
from leadcrm.core.forms import NameField

LONGEST_LIST = 200


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones grouped by continent, for a select that can be searched by typing."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        continent, slash, city = name.partition("/")
        if slash and continent not in {"Etc", "SystemV", "US", "Canada", "Brazil", "Chile", "Mexico"}:
            groups.setdefault(continent, []).append((name, city.replace("_", " ")))
    groups["Other"] = [("UTC", "UTC")]
    return list(groups.items())


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    name = NameField(max_length=255)

    class Meta:
        model = Organization
        fields = ("name", "domain", "industry", "size", "currency", "time_zone", "country")
        labels = {"domain": "Web domain", "size": "Size", "time_zone": "Time zone", "country": "Country"}
        help_texts = {
            "domain": "Such as example.com.",
            "currency": "New leads and totals use it. Leads keep the currency they have.",
            "time_zone": "Times are shown and reminders ring in it.",
            "country": "Phone numbers without a country code are read as numbers of this country.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"] = _select("currency", self, [(code, code) for code in money.CURRENCIES])
        self.fields["time_zone"] = _select("time_zone", self, time_zone_choices())
        self.fields["country"] = _select("country", self, countries.CHOICES)


def _select(name: str, form: forms.ModelForm, choices: Any) -> forms.ChoiceField:  # type: ignore[type-arg]
    """Return a select in place of a text field; a value that is in no list any more stays choosable."""
    field = form.fields[name]
    current = getattr(form.instance, name)
    known = {value for value, label in choices if not isinstance(label, list)} | {
        value for _, label in choices if isinstance(label, list) for value, _ in label
    }
    extra = [(current, current)] if current and current not in known else []
    return forms.ChoiceField(choices=[*extra, *choices], label=field.label, help_text=field.help_text)


class LinesField(forms.CharField):
    """A list of short texts, one per line; blank lines and repetitions are dropped."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > LONGEST_LIST:
            raise forms.ValidationError(f"At most {LONGEST_LIST} lines.")
        if any(len(line) > 100 for line in value):
            raise forms.ValidationError("A line may have at most 100 characters.")

    def run_validators(self, value: Any) -> None:
        """Leave the list to ``validate``: Django's validators of text expect text."""


def _long_text(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        required=False, label=label, help_text=help_text, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class BusinessProfileForm(forms.Form):
    """The profile; ``facts`` gives it in the shape of the model."""

    industries = LinesField(required=False, label="Industries", help_text="One per line.")
    company_sizes = forms.MultipleChoiceField(
        required=False,
        label="Company sizes",
        choices=[(band, f"{band} people") for band in COMPANY_SIZE_BANDS],
        widget=forms.CheckboxSelectMultiple,
    )
    countries = LinesField(required=False, label="Countries", help_text="One per line, by name or two-letter code.")
    job_titles = LinesField(
        required=False, label="Job titles", help_text="Of the people you want to talk to, one per line."
    )
    notes = _long_text("What else makes a good customer")
    value_proposition = _long_text("Value proposition", "What customers get from you.")
    goals = _long_text("Goals", "What you want to reach this year.")
    brand_voice = _long_text("Brand voice", "How your messages should sound.")

    CUSTOMER = ("industries", "company_sizes", "countries", "job_titles", "notes")
    TEXTS = ("value_proposition", "goals", "brand_voice")

    def __init__(self, *args: Any, profile: BusinessProfile | None, **kwargs: Any) -> None:
        if profile is not None:
            texts = {name: getattr(profile, name) for name in self.TEXTS}
            kwargs["initial"] = {**profile.ideal_customer, **texts}
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, LinesField):
                field.widget.attrs["rows"] = 3

    def clean_countries(self) -> list[str]:
        names = [countries.name_of(word) or word for word in self.cleaned_data["countries"]]
        unknown = [word for word in names if countries.name_of(word) is None]
        if unknown:
            raise forms.ValidationError(f"Not a country: {', '.join(unknown)}.")
        return list(dict.fromkeys(names))

    def facts(self) -> dict[str, Any]:
        return {
            "ideal_customer": {name: self.cleaned_data[name] for name in self.CUSTOMER},
            **{name: self.cleaned_data[name] for name in self.TEXTS},
        }


class LinkForm(forms.Form):
    label = forms.CharField(max_length=100, label="Name of the link")
    url = forms.URLField(max_length=500, label="Address", assume_scheme="https")


class BaseLinkFormSet(BaseFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """Links, of which those that exist can be taken away."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Delete this link"


LinkFormSet = formset_factory(
    LinkForm, formset=BaseLinkFormSet, extra=2, max_num=20, validate_max=True, can_delete=True
)


class OptionsForm(forms.Form):
    """One field per registered setting. The key with dots as underscores is the name of its field."""

    def __init__(self, *args: Any, specs: list[SettingSpec], values: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.specs = {spec.key.replace(".", "__"): spec for spec in specs}
        for name, spec in self.specs.items():
            self.fields[name] = _field_of(spec, values[spec.key])

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by section, in the order of registration."""
        found: dict[str, list[forms.BoundField]] = {}
        for name, spec in self.specs.items():
            found.setdefault(spec.section, []).append(self[name])
        return list(found.items())

    def values(self) -> dict[str, Any]:
        return {spec.key: self.cleaned_data[name] for name, spec in self.specs.items()}


def _field_of(spec: SettingSpec, value: Any) -> forms.Field:
    common: dict[str, Any] = {"label": spec.label, "help_text": spec.help_text, "initial": value}
    if isinstance(spec.default, bool):
        return forms.BooleanField(required=False, **common)
    if isinstance(spec.default, int):
        return forms.IntegerField(min_value=spec.minimum, max_value=spec.maximum, **common)
    if spec.choices:
        return forms.ChoiceField(choices=spec.choices, **common)
    return forms.CharField(required=False, max_length=1000, **common)
