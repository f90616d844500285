"""What a person says about the leads that they selected in the list."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leadcrm.accounts.models import User
from leads.models import PipelineStage, Tag
from leads.services.bulk import MOST
from leads.services.tagging import LONGEST

NOBODY = "nobody"


class BulkForm(forms.Form):
    """The base: ``ids`` are the selected leads, carried from the list through the dialog."""

    title = action = ""

    @property
    def ids(self) -> list[uuid.UUID]:
        """Return the selected ids that are ids, each once, in the order of the list."""
        given = self.data.getlist("ids")[: MOST + 1] if hasattr(self.data, "getlist") else []
        return list(dict.fromkeys(found for text in given if (found := as_uuid(text)) is not None))


class OwnerForm(BulkForm):
    title, action = "Assign", "Assign"

    to = forms.ChoiceField(label="New owner", help_text="Open activities of the old owners go along.")

    def __init__(self, *args: Any, people: Iterable[User], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        names = [(pk, f"{person}{' (you)' if person.pk == user.pk else ''}") for pk, person in self.people.items()]
        self.fields["to"].choices = [("", "Choose…"), (NOBODY, "Nobody"), *names]  # type: ignore[attr-defined]

    @property
    def owner(self) -> User | None:
        return self.people.get(self.cleaned_data["to"])


class TagsForm(BulkForm):
    title, action = "Change tags", "Save"

    add = forms.CharField(
        label="Add", required=False, max_length=600,
        help_text="Several with commas between them; new ones are created.",
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )  # fmt: skip
    remove = forms.MultipleChoiceField(label="Take off", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, tags: Iterable[Tag], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tags = list(tags)
        self.fields["remove"].choices = [(str(tag.pk), tag.name) for tag in self.tags]  # type: ignore[attr-defined]
        if not self.tags:
            del self.fields["remove"]

    def clean_add(self) -> list[str]:
        names = [" ".join(name.split()) for name in self.cleaned_data["add"].split(",")]
        if long := next((name for name in names if len(name) > LONGEST), None):
            raise ValidationError(f"A tag has at most {LONGEST} characters: “{long[:30]}…” is longer.")
        return [name for name in names if name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["remove"] = [uuid.UUID(pk) for pk in cleaned.get("remove", [])]
        if not self.errors and not cleaned.get("add") and not cleaned["remove"]:
            raise ValidationError("Name a tag to add, or choose one to take off.")
        return cleaned


class StageForm(BulkForm):
    title, action = "Move to a stage", "Move"

    stage = forms.ChoiceField(label="Stage")
    lost_reason = forms.CharField(
        label="Reason", required=False, max_length=255,
        help_text="Asked for when the stage is a lost one; it counts for every lead that has no reason yet.",
    )  # fmt: skip

    def __init__(self, *args: Any, stages: Iterable[tuple[PipelineStage, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = list(stages)
        self.stages = {str(stage.pk): stage for stage, _ in stages}
        self.fields["stage"].choices = [  # type: ignore[attr-defined]
            ("", "Choose…"), *((str(stage.pk), name) for stage, name in stages),
        ]  # fmt: skip

    @property
    def target(self) -> PipelineStage:
        return self.stages[self.cleaned_data["stage"]]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        stage = self.stages.get(cleaned.get("stage", ""))
        if stage is not None and stage.is_lost and not cleaned.get("lost_reason", "").strip():
            self.add_error("lost_reason", "Why were these leads lost?")
        return cleaned


def as_uuid(text: str) -> uuid.UUID | None:
    """Return the id that ``text`` is, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
