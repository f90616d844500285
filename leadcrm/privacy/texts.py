"""The words that people agree to. A text that changes gets a new version; a consent keeps the one it was given to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from leadcrm.accounts.models import Organization
from leadcrm.audit import settings
from leadcrm.privacy.choices import Purpose
from leadcrm.privacy.preferences import POLICY_URL


@dataclass(frozen=True)
class ConsentText:
    """One question for consent; ``version`` and ``text`` are what ``give_consent`` keeps."""

    purpose: str
    version: str
    text: str


TEXTS = {
    Purpose.SERVICE: (
        "2026-11",
        "I agree that {organization} keeps what I enter here and writes to me by e-mail about my request.",
    ),
    Purpose.MARKETING: (
        "2026-11",
        "I agree that {organization} sends me news and offers by e-mail. I can withdraw this at any time with the link"
        " in every mail.",
    ),
    Purpose.ANALYTICS: (
        "2026-11",
        "I agree that {organization} connects what I do on these pages with my name, to improve them.",
    ),
}


def text_of(purpose: str, organization: Organization) -> ConsentText:
    """Return the question for consent to ``purpose``, in the name of the organisation.

    Raises: ValueError for a purpose that does not exist.
    """
    version, text = TEXTS[Purpose(purpose)]
    return ConsentText(str(purpose), version, text.format(organization=organization.name))


def policy_url() -> str:
    """Return the address of the privacy policy of the organisation of the scope; empty when none was given."""
    url = str(settings.get(POLICY_URL)).strip()
    return url if urlsplit(url).scheme in ("http", "https") else ""
