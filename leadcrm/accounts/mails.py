"""Mails about accounts that django-allauth does not send."""

from __future__ import annotations

import logging
import smtplib
import uuid

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from leadcrm.accounts.models import Invitation

logger = logging.getLogger(__name__)


def join_url(token: str) -> str:
    """Return the address by which an invited person joins."""
    return settings.SITE_URL.rstrip("/") + reverse("accounts:join", args=[token])


def send_invitation(invitation_id: uuid.UUID, token: str) -> bool:
    """Mail the link of an invitation and note when that worked; a failure shows on the people page.

    The link is nowhere but in this mail, so it is sent from here and not by a job that would have to keep it.
    """
    invitation = Invitation.objects.select_related("organization", "invited_by").get(pk=invitation_id)
    context = {"invitation": invitation, "url": join_url(token), "subject": ""}
    # A header has one line, whatever somebody typed into a name.
    context["subject"] = " ".join(render_to_string("emails/accounts/invitation/subject.txt", context).split())
    mail = EmailMultiAlternatives(
        subject=str(context["subject"]),
        body=render_to_string("emails/accounts/invitation/body.txt", context),
        to=[invitation.email],
    )
    mail.attach_alternative(render_to_string("emails/accounts/invitation/body.html", context), "text/html")
    try:
        mail.send()
    except (smtplib.SMTPException, OSError):
        logger.exception("The invitation %s could not be mailed.", invitation_id)
        return False
    Invitation.objects.filter(pk=invitation_id).update(mailed_at=timezone.now())
    return True
