"""Organisations, their teams, profiles and invitations in the admin."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import BusinessProfile, Invitation, Organization, Team
from leadcrm.accounts.services import invitations, organizations
from leadcrm.core import countries, money
from leadcrm.core.admin import AccessLogged, ReadOnlyTenantAdmin, TenantAdmin
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal


class InvitePersonForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.ADMIN)


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    currency = forms.ChoiceField(choices=[(code, code) for code in money.CURRENCIES], initial="INR")
    country = forms.ChoiceField(choices=countries.CHOICES, initial="IN")


@admin.register(Organization)
class OrganizationAdmin(AccessLogged):
    """Organisations are never deleted here but closed: their people can no longer sign in, and nothing is lost."""

    form = OrganizationForm
    list_display = ("name", "slug", "country", "currency", "size", "is_active", "created_at")
    list_filter = ("is_active", "size", "currency")
    search_fields = ("name", "slug", "domain")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("subscription_tier", "rows_of", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active", "rows_of")}),
        ("Facts", {"fields": ("domain", "industry", "size", "country", "currency", "time_zone")}),
        ("More", {"fields": ("subscription_tier", "settings", "ai_config", "created_at", "updated_at")}),
    )
    change_form_template = "admin/accounts/organization_change_form.html"

    def organization_of(self, obj: Organization) -> uuid.UUID:
        return obj.pk

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="its rows")
    def rows_of(self, obj: Organization) -> str:
        """Link to the rows of this organisation, kind by kind."""
        if obj._state.adding:
            return "–"
        links = [
            (
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
                obj.pk,
                model._meta.verbose_name_plural,
            )
            for model, model_admin in self.admin_site._registry.items()
            if model is not Organization and hasattr(model_admin, "organization_of")
        ]
        return format_html_join(", ", '<a href="{}?organization={}">{}</a>', links)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            organizations.equip(organization=obj, actor=request.user)  # type: ignore[arg-type]  # staff are users

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the invitation of the first administrator, without whom nobody can use the organisation."""
        if "_continue" in request.POST or "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, f"{obj} is created, with its pipeline. Now invite its first administrator.")
        return HttpResponseRedirect(reverse("admin:accounts_organization_invite", args=[obj.pk]))

    def get_urls(self) -> list[URLPattern]:
        invite = path(
            "<path:object_id>/invite/",
            self.admin_site.admin_view(self.invite_view),
            name="accounts_organization_invite",
        )
        return [invite, *super().get_urls()]

    def invite_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Invite somebody into an organisation on behalf of the consultancy."""
        organization = self.get_object(request, unquote(object_id))
        if organization is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        if not request.user.has_perm("accounts.add_invitation"):
            raise PermissionDenied
        form = InvitePersonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                invitations.create(
                    organization_id=organization.pk,
                    email=form.cleaned_data["email"],
                    role=form.cleaned_data["role"],
                    team=None,
                    actor=request.user,  # type: ignore[arg-type]
                )
            except DomainError as error:
                add_refusal(form, error)
            else:
                messages.success(request, f"{form.cleaned_data['email']} is invited into {organization}.")
                return HttpResponseRedirect(reverse("admin:accounts_organization_change", args=[organization.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Invite somebody into {organization}",
            "form": form,
            "original": organization,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/invite.html", context)


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    list_display = ("name", "manager", "created_at")
    search_fields = ("name",)
    list_select_related = ("manager",)
    raw_id_fields = ("manager",)
    fields = ("name", "description", "manager", "settings")


@admin.register(BusinessProfile)
class BusinessProfileAdmin(TenantAdmin):
    list_display = ("__str__", "updated_at")
    search_fields = ("value_proposition", "goals", "brand_voice")
    fields = ("ideal_customer", "value_proposition", "goals", "brand_voice", "links")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyTenantAdmin):
    """Invitations are sent from the page of the organisation; here they are seen, sent again and taken back."""

    list_display = (
        "email",
        "role",
        "team",
        "invited_by",
        "created_at",
        "mailed_at",
        "expires_at",
        "accepted_at",
        "revoked_at",
    )
    list_filter = ("role",)
    search_fields = ("email",)
    list_select_related = ("team", "invited_by")
    actions = ("send_again", "take_back")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("token_hash",)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person may act on invitations; viewing alone does not suffice."""
        return request.user.has_perm("accounts.change_invitation")

    @admin.action(description="Send again", permissions=["manage"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._each(request, queryset, invitations.renew, "sent again")

    @admin.action(description="Take back", permissions=["manage"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._each(request, queryset, invitations.withdraw, "taken back")

    def _each(self, request: HttpRequest, queryset: QuerySet[Invitation], act: Any, done: str) -> None:
        for invitation in queryset:
            try:
                act(invitation=invitation, actor=request.user)
            except DomainError as error:
                messages.error(request, f"{invitation.email}: {error.message}")
            else:
                messages.success(request, format_html("{} is {}.", invitation.email, done))
