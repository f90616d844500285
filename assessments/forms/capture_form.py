"""The forms of the builder: what a capture form says, where its answers go, and what it asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from assessments.capture_fields import MOST_FIELDS, ChosenField
from assessments.choices import Guard
from assessments.forms.texts import BlockField, LineField
from assessments.models import CaptureForm
from leadcrm.accounts.models import Organization, Team, User
from leadcrm.privacy.texts import text_of
from leads.choices import LeadSource
from leads.models import PipelineStage

# The order in which people are asked.
PURPOSES = {"service": "Service", "marketing": "Marketing", "analytics": "Analytics"}
ASKED = (("", "Do not ask"), ("optional", "Ask, may be left out"), ("required", "Ask, must be ticked"))
LONGEST_CONSENT = 1_000
MOST_TAGS = 20


class NameForm(forms.Form):
    name = LineField(max_length=120, help_text="Only you and your colleagues see it.")


class SettingsForm(forms.Form):
    """What a form says and does. ``values`` is what the service takes."""

    name = LineField(max_length=120, help_text="Only you and your colleagues see it.")
    is_open = forms.BooleanField(label="Takes answers", required=False)
    title = LineField(max_length=120)
    introduction = BlockField(max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    button = LineField(label="Words on the button", max_length=60)
    thanks = BlockField(label="Thank-you text", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
    redirect_url = LineField(
        label="Page to go to instead", max_length=500, required=False,
        help_text="A page on one of the sites named below; empty for the thank-you text.",
    )  # fmt: skip
    double_opt_in = forms.BooleanField(
        label="Confirm the address by mail", required=False,
        help_text="There is a lead only after the person has clicked the link in a mail.",
    )  # fmt: skip
    allowed_origins = forms.CharField(
        label="Sites that this form may stand on", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One per line, such as https://www.example.com. Answers from elsewhere are not taken.",
    )  # fmt: skip
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")
    team: Any = forms.ModelChoiceField(None, required=False, empty_label="As for other leads of public pages")
    stage: Any = forms.ModelChoiceField(None, required=False, empty_label="The first one")
    source = forms.ChoiceField(choices=LeadSource.choices)
    tags = LineField(max_length=600, required=False, help_text="Separate them with commas.")
    guard = forms.ChoiceField(
        label="Proof of work", choices=Guard.choices,
        help_text="The visitor's browser computes for a second. People notice nothing; it makes mass mailing dear.",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, form: CaptureForm, organization: Organization) -> None:
        super().__init__(data, initial=_initial(form))
        self.fields["owner"].queryset = User.objects.in_organization(organization.pk).filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["stage"].queryset = PipelineStage.objects.of_default_pipeline()  # type: ignore[attr-defined]
        present = {one["purpose"]: one for one in form.consents}
        for purpose, label in PURPOSES.items():
            one = present.get(purpose)
            asked = "" if one is None else "required" if one["required"] else "optional"
            text = one["text"] if one else text_of(purpose, organization).text
            self.fields[f"ask_{purpose}"] = forms.ChoiceField(
                label=f"{label}: ask for consent", choices=ASKED, required=False, initial=asked
            )
            self.fields[f"text_{purpose}"] = BlockField(
                label=f"{label}: words" + (f" (version {one['version']})" if one else ""), max_length=LONGEST_CONSENT,
                required=False, initial=text, widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def clean_allowed_origins(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["allowed_origins"].splitlines() if line.strip()]

    def clean_tags(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["tags"].split(",") if name.strip()]
        if len(names) > MOST_TAGS or any(len(name) > 60 for name in names):
            raise ValidationError(f"At most {MOST_TAGS} tags, of at most 60 characters each.", code="tags")
        return list(dict.fromkeys(names))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for purpose in PURPOSES:
            if cleaned.get(f"ask_{purpose}") and not cleaned.get(f"text_{purpose}"):
                self.add_error(f"text_{purpose}", "Say what people agree to.")
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        own = {name: value for name, value in self.cleaned_data.items() if not name.startswith(("ask_", "text_"))}
        own["consents"] = [
            {
                "purpose": purpose,
                "text": self.cleaned_data[f"text_{purpose}"],
                "required": self.cleaned_data[f"ask_{purpose}"] == "required",
            }
            for purpose in PURPOSES
            if self.cleaned_data[f"ask_{purpose}"]
        ]
        return own


def read_fields(data: QueryDict) -> list[ChosenField]:
    """Return the fields in the order of the rows that were sent.

    Raises: ValidationError.
    """
    found = []
    for name in data.getlist("field")[: MOST_FIELDS + 1]:
        try:
            label = LineField(max_length=120, required=False).clean(data.get(f"label-{name}", ""))
            help_text = LineField(max_length=200, required=False).clean(data.get(f"help-{name}", ""))
        except ValidationError as long:
            raise ValidationError(f"{name}: {' '.join(long.messages)}") from long
        if not label:
            raise ValidationError(f"{name}: a field needs a label.")
        found.append(ChosenField(name, label, bool(data.get(f"required-{name}")), help_text))
    return found


def _initial(form: CaptureForm) -> dict[str, Any]:
    names = (
        "name", "is_open", "title", "introduction", "button", "thanks", "redirect_url", "double_opt_in", "source",
        "guard",
    )  # fmt: skip
    return {
        **{name: getattr(form, name) for name in names},
        "allowed_origins": "\n".join(form.allowed_origins),
        "tags": ", ".join(form.tags),
        "owner": form.owner_id,
        "team": form.team_id,
        "stage": form.stage_id,
    }
