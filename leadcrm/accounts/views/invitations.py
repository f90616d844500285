"""Invite people, and let those who were invited join."""

from __future__ import annotations

import uuid

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from leadcrm.accounts import access
from leadcrm.accounts.forms.people import InviteForm, JoinForm
from leadcrm.accounts.models import Invitation, User
from leadcrm.accounts.permissions import AccountPermission
from leadcrm.accounts.rights import requires
from leadcrm.accounts.services import invitations
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.core.forms import add_refusal
from leadcrm.core.htmx import redirect, render
from leadcrm.core.request import OrganizationRequest


@require_http_methods(["GET", "POST"])
@requires(AccountPermission.MANAGE_USERS)
def invitation_create(request: OrganizationRequest) -> HttpResponse:
    if limited := _limited(request):
        return limited
    form = InviteForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitations.invite(email=data["email"], role=data["role"], team=data.get("team"), actor=request.user)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, f"{data['email']} is invited.")
            return redirect(request, reverse("accounts:person_list"))
    return render(request, "accounts/invitation_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(AccountPermission.MANAGE_USERS)
def invitation_mail(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the invitation again, with a new link."""
    if limited := _limited(request):
        return limited
    invitation = access.get_invitation(request, pk)
    try:
        invitations.resend(invitation=invitation, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{invitation.email} gets a new link. The earlier one no longer works.")
    return redirect(request, reverse("accounts:person_list"))


@require_POST
@requires(AccountPermission.MANAGE_USERS)
def invitation_revocation(request: OrganizationRequest, pk: uuid.UUID) -> HttpResponse:
    invitation = access.get_invitation(request, pk)
    try:
        invitations.revoke(invitation=invitation, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect(request, reverse("accounts:person_list"))


def _limited(request: HttpRequest) -> HttpResponse | None:
    """Refuse somebody who sends more mails to strangers than an organisation needs."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="send_invitation", user=request.user)
    return limited


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person choose a password. The link works once, for seven days."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="accept_invitation", limit_get=True)
    if limited is not None:
        return limited
    if request.user.is_authenticated:
        return render(request, "accounts/join_signed_in.html", status=409)
    found = invitations.find(token)
    if found is None:
        return _closed(request)
    with tenancy.organization_scope(found.organization_id):
        try:
            invitation = invitations.open_invitation(found.invitation_id)
        except invitations.InvitationClosed:
            return _closed(request)
        form = JoinForm(request.POST or None, email=invitation.email)
        person = _accept(invitation, form) if request.method == "POST" and form.is_valid() else None
        if person is None:
            context = {"form": form, "invitation": invitation}
            return render(request, "accounts/join.html", context, status=422 if form.errors else 200)
    return perform_login(request, person, email_verification="none")  # type: ignore[no-any-return]  # untyped


def _accept(invitation: Invitation, form: JoinForm) -> User | None:
    try:
        return invitations.accept(
            invitation_id=invitation.pk,
            full_name=form.cleaned_data["full_name"],
            password=form.cleaned_data["password"],
        )
    except DomainError as error:
        add_refusal(form, error)
        return None


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/join_closed.html", status=410)
