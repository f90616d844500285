"""Forms of the admin over tenant models: staff say which organisation a new row belongs to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet


class TenantModelForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A form whose row belongs to one organisation, and so does everything it refers to.

    On add the admin gives it a field ``organization``; the model's own is not editable, because a row never
    moves to another organisation.
    """

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        organization = data.get("organization")
        organization_id = organization.pk if organization else getattr(self.instance, "organization_id", None)
        if organization_id is None:
            return data
        for name, value in list(data.items()):
            theirs = getattr(value, "organization_id", organization_id)
            if name != "organization" and hasattr(value, "_meta") and theirs != organization_id:
                self.add_error(name, "This belongs to another organization.")
        return data

    def _post_clean(self) -> None:
        if self.cleaned_data.get("organization") is not None:
            self.instance.organization = self.cleaned_data["organization"]
        super()._post_clean()  # type: ignore[misc]  # unknown to the stubs

    def _get_validation_exclusions(self) -> set[str]:
        # Without the organisation Django would skip every unique constraint, since each contains it.
        return super()._get_validation_exclusions() - {"organization"}  # type: ignore[misc, no-any-return]


class TenantInlineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows shown below the one they belong to, and of its organisation."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.instance.organization_id = self.instance.organization_id
        return form
