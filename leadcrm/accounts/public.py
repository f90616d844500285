"""Pages for people without an account, at the address of an organisation or behind a link with a secret.

```python
path("a/<slug:org_slug>/", views.start, name="start")              # @public_page
path("a/result/<str:token>/", views.result, name="result")         # @public_link("assessments_find_share")
```
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from leadcrm.accounts.models import Organization
from leadcrm.accounts.signals import public_page_served
from leadcrm.core import public_tokens, tenancy

View = Callable[..., HttpResponse]


def public_organization(slug: str) -> Organization:
    """Return the organisation that strangers know by ``slug``. Costs a query.

    Raises: Http404, also for an organisation that is closed.
    """
    organization = Organization.objects.filter(slug=slug, is_active=True).first()
    if organization is None:
        raise Http404("No organization has this address.")
    return organization


def public_page(view: View) -> View:
    """Serve ``view`` to everybody, in the scope of the organisation that the part ``org_slug`` of the URL names.

    No session is needed. Whoever is signed in, even into another organisation, sees what a stranger sees:
    ``request.organization`` is the one of the address, and the scope has no actor.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, org_slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return _serve(request, public_organization(org_slug), view, *args, **kwargs)

    return _opened(wrapper)


def public_link(function: str) -> Callable[[View], View]:
    """Serve a view to whoever has the link: ``token`` in the URL becomes ``pk``, the id of what it leads to.

    ``function`` was made by the migration operation ``core.tables.TokenLookup``. A token that leads nowhere, or to a
    closed organisation, is answered with 404. Whether the thing still may be seen (expired, revoked) is for the view
    to decide.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
            found = public_tokens.find(function, token)
            organization = (
                Organization.objects.filter(pk=found.organization_id, is_active=True).first() if found else None
            )
            if found is None or organization is None:
                raise Http404("This link leads nowhere.")
            pk: uuid.UUID = found.id
            return _serve(request, organization, view, *args, pk=pk, **kwargs)

        return _opened(wrapper)

    return decorate


def _opened(view: View) -> View:
    view.login_required = False  # type: ignore[attr-defined]  # read by Django's LoginRequiredMiddleware
    view.is_public_page = True  # type: ignore[attr-defined]  # read by OrganizationMiddleware
    return view


def _serve(request: HttpRequest, organization: Organization, view: View, /, *args: Any, **kwargs: Any) -> HttpResponse:
    request.organization = organization  # type: ignore[attr-defined]
    with tenancy.organization_scope(organization.pk), timezone.override(organization.tzinfo):
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response = response.render()  # later there would be no scope, and no rows
        if response.status_code >= 500:
            transaction.set_rollback(True)
        else:
            public_page_served.send(sender=view, request=request, response=response, organization=organization)
        return response
