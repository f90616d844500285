"""Forms about people, invitations and teams. What the actor may choose is all that they offer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation

from leadcrm.accounts import preferences
from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Team, User
from leadcrm.accounts.services import people, teams
from leadcrm.core.forms import NameField

ROLE_HINT = (
    "Administrators manage everything. Managers see and run their team. Sales reps work on their own leads."
    " Marketing runs campaigns. Editors work on leads and content. Viewers only look."
)


def role_choices(actor: User) -> list[tuple[str, str]]:
    return [(role.value, str(role.label)) for role in people.grantable_roles(actor)]


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254, help_text="The invitation is sent there.")
    role = forms.ChoiceField(help_text=ROLE_HINT)
    team: forms.ModelChoiceField[Team] = forms.ModelChoiceField(queryset=None, required=False, empty_label="No team")

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["role"].choices = role_choices(actor)  # type: ignore[attr-defined]
        self.fields["role"].initial = Role.SALES_REP
        if actor.role == Role.ADMIN:
            self.fields["team"].queryset = Team.objects.order_by("name")  # type: ignore[attr-defined]
        else:
            del self.fields["team"]  # managers invite into their own


class PersonForm(forms.Form):
    full_name = NameField(label="Name", max_length=255)
    role = forms.ChoiceField(help_text=ROLE_HINT)
    team: forms.ModelChoiceField[Team] = forms.ModelChoiceField(queryset=None, required=False, empty_label="No team")

    def __init__(self, *args: Any, actor: User, person: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"full_name": person.full_name, "role": person.role, "team": person.team_id}
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(actor)  # type: ignore[attr-defined]
        if actor.role == Role.ADMIN:
            self.fields["team"].queryset = Team.objects.order_by("name")  # type: ignore[attr-defined]
        else:
            del self.fields["team"]  # only administrators move people to another team


class PeopleFilterForm(forms.Form):
    """The filters of the people page; whatever is not valid is left out."""

    STATES = (("active", "Active"), ("deactivated", "Deactivated"))

    q = forms.CharField(required=False, max_length=200)
    role = forms.ChoiceField(required=False, choices=[("", "Any role"), *Role.choices])
    team: forms.ModelChoiceField[Team] = forms.ModelChoiceField(queryset=None, required=False, empty_label="Any team")
    state = forms.ChoiceField(required=False, choices=[("", "Any state"), *STATES])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.order_by("name")  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


class TeamForm(forms.Form):
    name = NameField(max_length=255)
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    manager: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        queryset=None,
        required=False,
        empty_label="Nobody yet",
        help_text="An administrator, or a manager of this team or of none. A manager without a team joins this one.",
    )

    def __init__(self, *args: Any, team: Team | None = None, **kwargs: Any) -> None:
        if team is not None:
            kwargs["initial"] = {"name": team.name, "description": team.description, "manager": team.manager_id}
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = teams.possible_managers(team).order_by("full_name")  # type: ignore[attr-defined]


class JoinForm(forms.Form):
    full_name = NameField(label="Your name", max_length=255, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        max_length=1000,
        help_text=password_validation.password_validators_help_text_html,
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Compare the password with the person's own name and address too."""
        data = super().clean() or self.cleaned_data
        password = data.get("password")
        if password:
            user = User(email=self.email, full_name=data.get("full_name", ""))
            try:
                password_validation.validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.Form):
    """What a person decides alone."""

    full_name = NameField(label="Name", max_length=255, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    theme = forms.ChoiceField(choices=preferences.THEMES, widget=forms.RadioSelect, label="Appearance")
    shortcuts = forms.BooleanField(
        required=False,
        label="Single-key shortcuts",
        help_text="Switch them off when you dictate text or when keys are pressed by accident.",
    )
    email_reminders = forms.BooleanField(
        required=False, label="Reminders by e-mail", help_text="For activities that you set a reminder for."
    )

    def chosen_preferences(self) -> dict[str, Any]:
        return {key: self.cleaned_data[key] for key in preferences.DEFAULTS}
