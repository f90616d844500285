"""Text size and spacing that somebody chose, kept in cookies of their browser like the theme."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

TEXT = (("", "Normal"), ("large", "Large"), ("larger", "Larger"))
SPACING = (("", "Normal"), ("wide", "Wide"))
CHOICES = {"text": TEXT, "spacing": SPACING}


def chosen(cookies: Mapping[str, str]) -> dict[str, str]:
    """Return what the cookies say; anything else than a choice counts as none."""
    said = {name: cookies.get(name, "") for name in CHOICES}
    return {name: value if value in dict(CHOICES[name]) else "" for name, value in said.items()}


class ReadingForm(forms.Form):
    text = forms.ChoiceField(label="Text size", choices=TEXT, required=False, widget=forms.RadioSelect)
    spacing = forms.ChoiceField(
        label="Space between lines and letters", choices=SPACING, required=False, widget=forms.RadioSelect
    )
