"""People in the admin: members of organisations, and the consultancy's own staff."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet, URLField
from django.http import HttpRequest

from leadcrm.accounts.choices import Role
from leadcrm.accounts.events import AccountEvent
from leadcrm.accounts.models import Organization, User
from leadcrm.accounts.services import people
from leadcrm.accounts.services.locks import lock_people
from leadcrm.audit import services as audit
from leadcrm.core.admin import AccessLogged
from leadcrm.core.admin_lists import OrganizationFilter
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal

if TYPE_CHECKING:

    class _AddForm(AdminUserCreationForm[User]): ...

    class _ChangeForm(UserChangeForm[User]): ...

    class _UserAdmin(DjangoUserAdmin[User]): ...
else:
    _AddForm, _ChangeForm, _UserAdmin = AdminUserCreationForm, UserChangeForm, DjangoUserAdmin

# What decides who is above whom; only superusers touch it.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _check_place(form: Any, data: dict[str, Any], organization: Organization | None) -> None:
    """Refuse a team of another organisation, and a person who is neither a member nor staff."""
    team = data.get("team")
    if team is not None and (organization is None or team.organization_id != organization.pk):
        form.add_error("team", "This team belongs to another organization.")


class PersonAddForm(_AddForm):
    class Meta:
        model = User
        fields = ("email", "full_name")  # the admin adds the others per request, when a scope is open
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _check_place(self, data, data.get("organization"))
        if data.get("organization") is None and not data.get("is_staff"):
            self.add_error("organization", "Choose one: only consultancy staff belong to none.")
        return data


class PersonChangeForm(_ChangeForm):
    class Meta:
        model = User
        fields = ("email", "full_name")
        field_classes: dict[str, Any] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """Keep the rule of the last administrator here too, under the same lock as the people page."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        organization = self.instance.organization
        _check_place(self, data, organization)
        if organization is not None:
            lock_people(organization.pk)
            now = User.objects.get(pk=self.instance.pk)
            stays = data.get("role", now.role) == Role.ADMIN and data.get("is_active", now.is_active)
            if now.role == Role.ADMIN and now.is_active and not stays:
                try:
                    people.check_an_admin_stays(now)
                except DomainError as error:
                    add_refusal(self, error)
        return data


class PlaceFilter(admin.SimpleListFilter):
    title = "place"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("members", "Members of organizations"), ("staff", "Consultancy staff")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "members":
            return queryset.filter(organization__isnull=False)
        return queryset.filter(is_staff=True) if self.value() == "staff" else queryset


@admin.register(User)
class UserAdmin(AccessLogged, _UserAdmin):
    """People are deactivated and not deleted: what they did stays theirs."""

    form = PersonChangeForm
    add_form = PersonAddForm
    list_display = ("email", "full_name", "organization", "role", "team", "is_active", "is_staff", "last_active_at")
    list_filter = (OrganizationFilter, PlaceFilter, "role", "is_active")
    list_select_related = ("organization", "team")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    autocomplete_fields = ("organization",)
    raw_id_fields = ("team",)
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("second_step", "sessions", "last_login", "last_active_at", "created_at", "updated_at")
    actions = ("remove_second_step", "sign_out")
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name", "is_active")}),
        ("Place", {"fields": ("organization", "role", "team")}),
        ("Sign-in", {"fields": ("second_step", "sessions", "last_login", "last_active_at")}),
        ("Consultancy staff", {"fields": POWERS, "classes": ("collapse",)}),
        ("More", {"fields": ("avatar_url", "preferences", "ai_settings", "created_at", "updated_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "full_name", "organization", "role", "team", "is_staff")}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
    )

    def organization_of(self, obj: User) -> uuid.UUID | None:
        return obj.organization_id

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fields.append("organization")  # leads, notes and entries of a person stay where they are
        if not request.user.is_superuser:
            fields += POWERS
        return fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only superusers change staff: whoever can set a colleague's password can act as them."""
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="second step")
    def second_step(self, obj: User) -> str:
        return "on" if Authenticator.objects.filter(user=obj, type=Authenticator.Type.TOTP).exists() else "off"

    @admin.display(description="sessions")
    def sessions(self, obj: User) -> str:
        return str(UserSession.objects.filter(user=obj).count())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            obj.vouch_for_email()
        if change and "is_active" in form.changed_data and not obj.is_active:
            people.end_sessions(obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log a password that staff set as well: that page saves the person past ``save_model``."""
        if request.resolver_match is not None and request.resolver_match.url_name == "auth_user_password_change":
            self.tell(request, "change", obj, changes={"password": ("•", "•")})
        return super().log_change(request, obj, message)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    @admin.action(description="Switch off two-step sign-in", permissions=["manage"])
    def remove_second_step(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For people who lost the phone and the recovery codes."""
        for person in self._changeable(request, queryset):
            Authenticator.objects.filter(user=person).delete()
            if person.organization_id is not None:
                audit.record(
                    AccountEvent.SECOND_FACTOR_CHANGED,
                    person,
                    actor=request.user,  # type: ignore[arg-type]  # staff are users
                    description=str(person),
                    metadata={"change": "removed by staff"},
                )
            messages.success(request, f"Two-step sign-in of {person} is off.")

    @admin.action(description="Sign out everywhere", permissions=["manage"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in self._changeable(request, queryset):
            people.end_sessions(person)
            self.tell(request, "change", person, action="signed out everywhere")
            messages.success(request, f"{person} is signed out everywhere.")

    def _changeable(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        allowed = []
        for person in queryset:
            if self.has_change_permission(request, person):
                allowed.append(person)
            else:
                messages.error(request, f"You may not change {person}.")
        return allowed
