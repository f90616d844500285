"""Forms about the list of tags."""

from __future__ import annotations

from typing import Any

from django import forms

from leadcrm.core.forms import NameField
from leads.models import Tag
from leads.services.tagging import LONGEST
from leads.services.tags import COLOURS


class TagForm(forms.Form):
    name = NameField(max_length=LONGEST)
    colour = forms.ChoiceField(choices=[(colour, colour.capitalize()) for colour in COLOURS], initial=COLOURS[0])

    def __init__(self, *args: Any, tag: Tag | None = None, **kwargs: Any) -> None:
        if tag is not None:
            kwargs["initial"] = {"name": tag.name, "colour": tag.colour}
        super().__init__(*args, **kwargs)


class MergeForm(forms.Form):
    into: forms.ModelChoiceField[Tag] = forms.ModelChoiceField(
        queryset=None, label="Merge into", help_text="Its leads get the chosen tag, and this one disappears."
    )

    def __init__(self, *args: Any, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Tag.objects.exclude(pk=tag.pk).order_by("name")  # type: ignore[attr-defined]
