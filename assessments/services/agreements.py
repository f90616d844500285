"""What visitors of the assessment are asked to agree to; each purpose on its own."""

from __future__ import annotations

from collections.abc import Iterable

from leadcrm.accounts.models import Organization
from leadcrm.privacy.choices import Purpose
from leadcrm.privacy.texts import ConsentText, text_of

PURPOSES = (Purpose.SERVICE, Purpose.MARKETING, Purpose.ANALYTICS)


def texts(organization: Organization) -> dict[str, str]:
    """Return the words by purpose."""
    return {purpose.value: text_of(purpose, organization).text for purpose in PURPOSES}


def agreements(organization: Organization, purposes: Iterable[str]) -> list[ConsentText]:
    """Return what somebody who ticked ``purposes`` agreed to."""
    return [text_of(purpose, organization) for purpose in purposes]
