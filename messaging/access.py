"""The only way from a URL to a mail: another organisation's is 404, a missing right 403."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404

from leadcrm.core.request import OrganizationRequest
from messaging.models import QueuedEmail
from messaging.permissions import MessagingPermission


def get_queued_email(
    request: OrganizationRequest, pk: uuid.UUID, right: MessagingPermission = MessagingPermission.MANAGE_QUEUE
) -> QueuedEmail:
    """Return a mail of the organisation, with its lead and who asked for it.

    Raises: Http404, PermissionDenied.
    """
    if not request.user.has_right(right):
        raise PermissionDenied("Your role does not allow this. Ask an administrator if you need it.")
    mail: QueuedEmail | None = QueuedEmail.objects.select_related("lead", "requested_by").filter(pk=pk).first()
    if mail is None:
        raise Http404("There is nothing here that you can see.")
    return mail
