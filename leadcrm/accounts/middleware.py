"""Open the scope of the signed-in person's organisation around the request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from leadcrm.accounts.models import User
from leadcrm.core import tenancy

ACTIVE_EVERY = timedelta(minutes=5)
# URLs of these apps (and of allauth, which has no name space) do not belong to an organisation.
OPEN_APPS = {"", "admin", "core", "local"}


class OrganizationMiddleware:
    """Run the view and the rendering inside one transaction that carries the organisation.

    Django's ATOMIC_REQUESTS would close the transaction before a lazy response is rendered, and the
    page would see no rows. Staff in the admin get the staff scope; everybody else gets none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organization = None  # type: ignore[attr-defined]
        if _is_public(request):
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        response = self._answer(request, user)
        if not request.user.is_authenticated:
            # Whoever signed out leaves no draft behind in this browser.
            response["Clear-Site-Data"] = '"storage"'
        return response

    def _answer(self, request: HttpRequest, user: User) -> HttpResponse:
        _note_activity(user)
        if request.path_info.startswith("/admin/") and user.is_staff:
            with tenancy.staff_scope(actor_id=user.pk):
                return self._respond(request)
        organization = user.organization
        if organization is None:
            return self.get_response(request)
        request.organization = organization  # type: ignore[attr-defined]
        with (
            tenancy.organization_scope(organization.pk, actor_id=user.pk),
            timezone.override(organization.tzinfo),
        ):
            return self._respond(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:  # noqa: ARG002
        """Refuse people without an organisation on every page that belongs to one.

        A view can say of itself that it does not: ``needs_organization = False``.

        Raises: PermissionDenied.
        """
        needs_organization = (
            getattr(view, "login_required", True)
            and getattr(view, "needs_organization", True)
            and request.resolver_match is not None
            and request.resolver_match.app_name not in OPEN_APPS
        )
        if needs_organization and request.user.is_authenticated and request.organization is None:  # type: ignore[attr-defined]
            raise PermissionDenied("This page belongs to an organization, and your account has none.")

    def _respond(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 500:
            transaction.set_rollback(True)
        return response


def _is_public(request: HttpRequest) -> bool:
    """Tell whether the view opens the scope of the organisation in its address, whoever asks.

    One scope cannot be opened inside another, so this must be known before the view runs.
    """
    try:
        return getattr(resolve(request.path_info, getattr(request, "urlconf", None)).func, "is_public_page", False)
    except Resolver404:
        return False


def _note_activity(user: User) -> None:
    """Remember that the person is here.

    Outside the transaction of the request, whose end the row would otherwise stay locked for: two
    administrators who change each other would wait for each other.
    """
    now = timezone.now()
    if now - user.last_active_at > ACTIVE_EVERY:
        User.objects.filter(pk=user.pk).update(last_active_at=now)
