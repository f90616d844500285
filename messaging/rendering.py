"""Write a mail: once, when it is queued, so that what was decided is what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from leadcrm.audit import settings as options
from messaging import mail_templates, texts
from messaging.choices import Template

if TYPE_CHECKING:
    from leadcrm.accounts.models import Organization

FOLDER = "emails/messaging"
LONGEST_SUBJECT = 200
# A name in a header is folded; longer ones are cut by mail programs anyway.
LONGEST_SENDER = 100


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(template: str, data: Mapping[str, Any], *, organization: Organization, reply_to: str) -> Rendered:
    """Return subject and bodies; times are those of the organisation."""
    context = {
        **data,
        "organization": organization,
        "sender": sender_name(organization),
        "reply_to": reply_to,
        "postal_address": texts.one_line(options.get("messaging.postal_address"), 300),
    }
    with timezone.override(organization.tzinfo):
        if template == Template.MEETING_REMINDER:
            context["when"] = mail_templates.time_words(data["starts_at"], data["ends_at"])
        # A header has one line, whatever somebody typed into a name.
        subject = texts.one_line(render_to_string(f"{FOLDER}/{template}/subject.txt", context), LONGEST_SUBJECT)
        context["mail_subject"] = subject
        return Rendered(
            subject=subject,
            text=render_to_string(f"{FOLDER}/{template}/body.txt", context).strip() + "\n",
            html=render_to_string(f"{FOLDER}/{template}/body.html", context),
        )


def sender_name(organization: Organization) -> str:
    """Return the organisation's name as it stands in a header."""
    return texts.one_line(organization.name, LONGEST_SENDER)


def sender_address(name: str) -> str:
    """Return the sender: the organisation's name before the address that this installation sends from."""
    return formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
