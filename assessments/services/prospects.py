"""Keep a calculation that somebody on a public page asked for: with the lead, the mail and the consent, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.attachments import CALCULATION
from assessments.choices import CalculationType
from assessments.models import Calculation
from assessments.reports.shown import ShownRoi, months, shown
from assessments.services import calculations
from assessments.services.roi import Computed
from leadcrm.accounts.models import Organization
from leadcrm.analytics.services import record_event
from leadcrm.analytics.visits import Visit
from leadcrm.core import public_tokens
from leadcrm.privacy.services import give_consent
from leadcrm.privacy.texts import ConsentText
from leads.choices import CompanySize, LeadSource, ServiceTier
from leads.models import Lead
from leads.services import inbound, scoring
from messaging.attachments import Attachment
from messaging.services import queued_emails

TIERS = {tier.label[:2]: tier.value for tier in ServiceTier}
BANDS = ((10, CompanySize.B1_10), (50, CompanySize.B11_50), (200, CompanySize.B51_200), (500, CompanySize.B201_500),
         (1_000, CompanySize.B501_1000))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks, and what the person agreed to."""

    email: str
    name: str = ""
    company: str = ""
    agreed: Sequence[ConsentText] = ()


@dataclass(frozen=True)
class Kept:
    """The calculation, the secret of its link, and whether a mail with it is on its way."""

    calculation: Calculation
    token: str
    is_mailed: bool


@transaction.atomic
def keep(
    *, organization: Organization, type: CalculationType, computed: Computed, person: Person, token: str, visit: Visit
) -> Kept:
    """Keep a calculation on the lead of an e-mail address, which is made if there is none, and mail what came out.

    The same form sent twice (the same ``token``, person and inputs) is kept once.

    Raises: DomainError when a value is impossible.
    Side effects: those of ``inbound.receive``; journey and audit entries; a new score; consents; the mail
    ``roi_report`` with its document; the event ``calculator.saved``.
    """
    lead = inbound.receive(
        email=person.email, source=LeadSource.CALCULATOR, **_facts(type, computed, person, visit)
    ).lead
    lead = Lead.objects.select_related("organization").get(pk=lead.pk)
    # Whoever sent the same form at the same moment has finished now: both have to hold the lock of the address.
    before = _kept_before(token, lead, computed) if token else None
    if before is not None:
        return Kept(before, token, is_mailed=before.is_roi)
    calculation, token = _save(lead, type, computed, person, organization.currency, token)
    scoring.rescore(lead=lead, actor=None)
    for text in person.agreed:
        give_consent(
            email=person.email, lead_id=lead.pk, purpose=text.purpose, text_version=text.version, text=text.text,
            proof={"form": f"calculator {type.value}", "page": visit.url, "network": visit.ip_address},
        )  # fmt: skip
    is_mailed = calculation.is_roi and _mail(calculation, lead, person, token)
    record_event(
        "calculator.saved", visit=visit, properties={"type": type.value, "total_minor": calculation.total_value_minor}
    )
    return Kept(calculation, token, is_mailed)


def _facts(type: CalculationType, computed: Computed, person: Person, visit: Visit) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    facts: dict[str, Any] = {
        "first_name": first[:255], "last_name": last[:255], "company": person.company,
        "ip_address": visit.ip_address, "user_agent": visit.user_agent[:200], "referrer": visit.referrer[:500],
    }  # fmt: skip
    if type == CalculationType.ROI:
        people = int(computed.inputs["employees"])
        facts["company_size"] = next((band for most, band in BANDS if people <= most), CompanySize.B1000).value
        facts["service_tier"] = TIERS[computed.inputs["tier"]]
    return facts


def _kept_before(token: str, lead: Lead, computed: Computed) -> Calculation | None:
    found = Calculation.objects.of_lead(lead).filter(token_hash=public_tokens.hash_token(token)).first()
    return found if found is not None and found.inputs == computed.inputs else None


def _save(
    lead: Lead, type: CalculationType, computed: Computed, person: Person, currency: str, token: str
) -> tuple[Calculation, str]:
    """Keep the calculation under the token of the form, or under a new one when that is taken."""
    candidates = [token, *(public_tokens.new_token()[0] for _ in range(2))]
    for candidate in filter(None, candidates):
        try:
            with transaction.atomic():
                return calculations.save_for_lead(
                    lead=lead, type=type, computed=computed, currency=currency, actor=None, email=person.email,
                    token_hash=public_tokens.hash_token(candidate),
                ), candidate  # fmt: skip
        except IntegrityError:
            if candidate == candidates[-1]:
                raise
    raise AssertionError("A new token is not taken.")


def _mail(calculation: Calculation, lead: Lead, person: Person, token: str) -> bool:
    told = shown(calculation)
    if not isinstance(told, ShownRoi):
        return False
    payback = calculation.results["scenarios"]["expected"]["payback_months"]
    try:
        queued_emails.queue_email(
            template="roi_report", to=[person.email], lead=lead, dedupe_key=f"roi_report:{calculation.pk}",
            data={
                "name": person.name, "annual_savings": told.expected.annual_savings, "roi_percent": told.expected.roi,
                "payback": None if payback is None else months(payback), "currency": calculation.currency,
                "result_url": settings.SITE_URL.rstrip("/") + reverse("assessments:calculation_public", args=[token]),
            },
            attachments=[
                Attachment("roi-report.pdf", "application/pdf", CALCULATION, {"calculation": str(calculation.pk)})
            ],
        )  # fmt: skip
    except queued_emails.MailRefused:
        # Somebody asked never to be written to. The result is on the page, which is what they asked for now.
        return False
    return True
