"""The forms of the public assessment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.forms.texts import AddressField, LineField
from assessments.reports.sheet import Step


class StepForm(forms.Form):
    """The questions of one topic; each is a field named after its question."""

    def __init__(self, *args: Any, step: Step, answers: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = step
        for question in step.questions:
            self.fields[field_name(question.pk)] = forms.TypedChoiceField(
                label=question.text,
                help_text=question.help,
                choices=question.choices,
                coerce=int,
                widget=forms.RadioSelect,
                initial=answers.get(str(question.pk)),
                error_messages={
                    "required": "Choose one of the five answers.",
                    "invalid_choice": "This is none of the five answers. Choose one of them.",
                },
            )

    def valid_answers(self) -> dict[uuid.UUID, int]:
        """Return what can be saved, also when other questions are open."""
        self.is_valid()
        given = {question.pk: self.cleaned_data.get(field_name(question.pk)) for question in self.step.questions}
        return {pk: value for pk, value in given.items() if isinstance(value, int)}


def field_name(question_id: uuid.UUID) -> str:
    return f"q_{question_id.hex}"


class ContactForm(forms.Form):
    """Where the result goes, and what the person agrees to. The words of the boxes come with ``agreements``."""

    email = AddressField(label="Your e-mail address")
    first_name = LineField(
        label="First name", required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = LineField(
        label="Last name", required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    company = LineField(
        label="Company", required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )

    def __init__(self, *args: Any, agreements: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose, text in agreements.items():
            required = purpose == "service"
            self.fields[f"agree_{purpose}"] = forms.BooleanField(
                label=text,
                required=required,
                error_messages={"required": "Without this we may not send you the result."},
            )

    def agreed(self) -> list[str]:
        """Return the purposes that the person ticked."""
        return [
            name.removeprefix("agree_")
            for name, value in self.cleaned_data.items()
            if name.startswith("agree_") and value is True
        ]
