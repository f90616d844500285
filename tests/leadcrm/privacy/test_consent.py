"""Consent: given once, kept with its words, withdrawn at any time, and of one organisation."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from leadcrm.audit import settings as org_settings
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.core.errors import DomainError
from leadcrm.privacy import texts
from leadcrm.privacy.models import Consent
from leadcrm.privacy.services import give_consent, has_consent, withdraw_consent

PERSON = "Greta.Weber@weber.example"
TEXT = {"text_version": "2026-11", "text": "I agree."}
PROOF = {"form": "assessment", "network": "203.0.113.0"}


def give(**changes):
    return give_consent(**{"email": PERSON, "purpose": "marketing", "proof": PROOF, **TEXT, **changes})


def test_a_consent_keeps_the_words_the_time_and_the_proof(scope):
    lead = uuid.uuid4()
    consent = Consent.objects.get(pk=give(lead_id=lead).pk)
    assert (consent.email, consent.purpose, consent.channel, consent.lead_id) == (PERSON, "marketing", "email", lead)
    assert (consent.text_version, consent.text, consent.proof) == ("2026-11", "I agree.", PROOF)
    assert consent.given_at is not None
    assert consent.is_in_force


def test_it_is_for_one_purpose_on_one_channel_of_one_person(scope):
    give()
    assert has_consent(email="greta.weber@WEBER.example ", purpose="marketing")
    assert not has_consent(email=PERSON, purpose="service")
    assert not has_consent(email=PERSON, purpose="marketing", channel="phone")
    assert not has_consent(email="other@weber.example", purpose="marketing")
    assert not has_consent(email="", purpose="marketing")


def test_nobody_agreed_by_default(scope):
    assert not has_consent(email=PERSON, purpose="marketing")


def test_sending_a_form_twice_leaves_one_consent(scope):
    assert give().pk == give().pk
    assert ActivityLog.objects.filter(action="consent.given").count() == 1


def test_a_consent_learns_its_lead_later(scope):
    give()
    lead = uuid.uuid4()
    give(lead_id=lead)
    assert Consent.objects.get().lead_id == lead


def test_another_text_begins_a_new_consent_and_keeps_the_old_one(scope):
    first = give()
    second = give(text_version="2027-01", text="I agree to more.")
    first.refresh_from_db()
    assert (first.end, second.end) == ("renewed", "")
    assert has_consent(email=PERSON, purpose="marketing")


def test_a_consent_is_withdrawn_with_proof_and_stays_readable(scope):
    give()
    withdrawn = withdraw_consent(email=PERSON.upper(), purpose="marketing", proof={"link": "unsubscribe"})
    assert not has_consent(email=PERSON, purpose="marketing")
    kept = Consent.objects.get(pk=withdrawn.pk)
    assert (kept.end, kept.end_proof, kept.text) == ("withdrawn", {"link": "unsubscribe"}, "I agree.")
    assert ActivityLog.objects.filter(action="consent.withdrawn").count() == 1


def test_withdrawing_what_is_not_there_is_harmless(scope):
    assert withdraw_consent(email=PERSON, purpose="marketing") is None
    assert not ActivityLog.objects.filter(action__startswith="consent.").exists()


def test_who_withdrew_can_agree_again(scope):
    give()
    withdraw_consent(email=PERSON, purpose="marketing")
    give()
    assert has_consent(email=PERSON, purpose="marketing")
    assert Consent.objects.count() == 2


def test_the_log_tells_who_wrote_a_consent_down(scope, rep):
    give(actor=rep)
    entry = ActivityLog.objects.get(action="consent.given")
    assert (entry.actor_id, entry.description) == (rep.pk, "Marketing by E-mail")
    assert PERSON not in str(entry.metadata)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": ""},
        {"email": "no address"},
        {"email": "a@b.example\nBcc: c@d.example"},
        {"purpose": "everything"},
        {"channel": "pigeon"},
        {"text": "  "},
        {"text_version": ""},
    ],
)
def test_what_is_no_consent_is_refused_in_words(scope, changes):
    with pytest.raises(DomainError):
        give(**changes)
    assert not Consent.objects.exists()


def test_a_proof_stays_small(scope):
    consent = give(proof={"user_agent": "x" * 9000, "count": 3, "zero": "a\x00b"})
    assert len(consent.proof["user_agent"]) == 500
    assert (consent.proof["count"], consent.proof["zero"]) == (3, "ab")


def test_a_consent_to_one_organization_is_none_to_another(organization, other_organization):
    with tenancy.organization_scope(organization.pk):
        give()
    with tenancy.organization_scope(other_organization.pk):
        assert not has_consent(email=PERSON, purpose="marketing")
        assert withdraw_consent(email=PERSON, purpose="marketing") is None


def test_the_database_allows_one_consent_in_force(scope):
    first = give()
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(
            email=PERSON, email_norm=first.email_norm, purpose="marketing", given_at=first.given_at, **TEXT
        )


@pytest.mark.django_db(transaction=True)
def test_two_forms_at_the_same_moment_leave_one_consent(organization):
    start, failures = threading.Barrier(4), []

    def send():
        try:
            start.wait()
            with tenancy.organization_scope(organization.pk):
                give()
        except Exception as error:  # noqa: BLE001 — whatever it is, the test tells it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with tenancy.organization_scope(organization.pk):
        assert Consent.objects.count() == 1


@pytest.mark.parametrize("purpose", ["service", "marketing", "analytics"])
def test_every_purpose_has_a_text_in_the_name_of_the_organization(organization, purpose):
    question = texts.text_of(purpose, organization)
    assert "Acme Design" in question.text
    assert question.version


def test_the_privacy_policy_is_an_address_or_nothing(scope):
    assert texts.policy_url() == ""
    org_settings.change(key="privacy.policy_url", value="javascript:alert(1)", actor=None)
    assert texts.policy_url() == ""
    org_settings.change(key="privacy.policy_url", value="https://acme.example/privacy", actor=None)
    assert texts.policy_url() == "https://acme.example/privacy"


def test_staff_read_consents_and_change_none(organization, client_of, staff):
    with tenancy.organization_scope(organization.pk):
        consent = give()
    desk = client_of(staff)
    page = desk.get(reverse("admin:privacy_consent_change", args=[consent.pk])).content.decode()
    assert "I agree." in page
    assert desk.post(reverse("admin:privacy_consent_change", args=[consent.pk]), {"text": "More"}).status_code == 403
    assert desk.get(reverse("admin:privacy_consent_add")).status_code == 403
    found = desk.get(reverse("admin:privacy_consent_changelist"), {"q": "greta.weber"}).content.decode()
    assert PERSON in found
