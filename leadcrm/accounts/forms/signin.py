"""The forms of django-allauth in our words: labels instead of placeholders."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms


class Plain:
    """Take the placeholders away, which are no labels, and give the fields our words."""

    labels: ClassVar[dict[str, str]] = {
        "login": "E-mail address",
        "email": "E-mail address",
        "password": "Password",
        "remember": "Keep me signed in on this device",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password, once more",
        "code": "Code",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


class LoginForm(Plain, account_forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    refused_as = "Not signed in"


class AddEmailForm(Plain, account_forms.AddEmailForm):  # type: ignore[misc]
    labels: ClassVar[dict[str, str]] = {"email": "New e-mail address"}


class ChangePasswordForm(Plain, account_forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(Plain, account_forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(Plain, account_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(Plain, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(Plain, account_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class AuthenticateForm(Plain, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    refused_as = "Not signed in"


class MFAReauthenticateForm(Plain, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateTOTPForm(Plain, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    labels: ClassVar[dict[str, str]] = {"code": "Code from the app"}
