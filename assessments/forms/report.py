"""Who asks for a calculation to be kept and sent."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from assessments.forms.texts import AddressField, LineField
from leadcrm.accounts.models import Organization
from leadcrm.core import public_tokens
from leadcrm.privacy import texts
from leadcrm.privacy.choices import Purpose

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class ReportForm(forms.Form):
    """The person and what the person agrees to.

    ``submission`` is a token that the page made. It becomes the secret of the link to the result, so that the same
    form sent twice leads to the same result.
    """

    use_required_attribute = False

    submission = forms.CharField(required=False, widget=forms.HiddenInput)
    email = AddressField(label="E-mail address")
    name = LineField(
        label="Your name", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    company = LineField(
        label="Company", max_length=255, required=False, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    agrees = forms.BooleanField(error_messages={"required": "Without this we may not keep your details."})
    wants_news = forms.BooleanField(required=False)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = {
            "agrees": texts.text_of(Purpose.SERVICE, organization),
            "wants_news": texts.text_of(Purpose.MARKETING, organization),
        }
        for name, question in self.questions.items():
            self.fields[name].label = question.text
        if not self.is_bound:
            self.initial["submission"] = public_tokens.new_token()[0]

    def clean_submission(self) -> str:
        """Return the token, or nothing for what is none of ours."""
        token: str = self.cleaned_data["submission"]
        return token if _TOKEN.fullmatch(token) else ""

    def agreed(self) -> list[texts.ConsentText]:
        """Return what the person agreed to, in the words of the page."""
        return [question for name, question in self.questions.items() if self.cleaned_data[name]]

    def policy_url(self) -> str:
        return texts.policy_url()
