"""The typed request that views receive once somebody of an organisation is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from leadcrm.accounts.models import Organization, User


class OrganizationRequest(HttpRequest):
    user: User
    organization: Organization
    htmx: HtmxDetails
    theme: str
