"""The form of a flag in the admin."""

from __future__ import annotations

from typing import Any

from django import forms

from leadcrm.core.errors import DomainError
from leadcrm.flags import services
from leadcrm.flags.models import FeatureFlag


class FlagForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    user_groups = forms.CharField(
        label="Groups",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One per line: a role (admin, manager, sales_rep, marketing, editor, viewer), a group of the admin,"
        " or organization:short-name. They have it whatever the share is.",
    )

    class Meta:
        model = FeatureFlag
        fields = (
            "key",
            "name",
            "description",
            "enabled",
            "enabled_dev",
            "enabled_staging",
            "enabled_prod",
            "rollout_percentage",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["user_groups"] = "\n".join(self.instance.user_groups)

    def clean_user_groups(self) -> list[str]:
        try:
            return services.clean_groups(self.cleaned_data["user_groups"].splitlines())
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def _post_clean(self) -> None:
        self.instance.user_groups = self.cleaned_data.get("user_groups", self.instance.user_groups)
        super()._post_clean()  # type: ignore[misc]  # unknown to the stubs
