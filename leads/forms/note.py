"""The form of a note."""

from __future__ import annotations

from django import forms

from leads.services.notes import LONGEST


class NoteForm(forms.Form):
    """One text; the service counts and refuses, so that nothing is cut silently."""

    content = forms.CharField(
        label="Note",
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-grow": ""}),
        help_text=f"At most {LONGEST:,} characters. Ctrl+Enter saves.",
    )
