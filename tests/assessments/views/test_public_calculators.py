"""Everybody can calculate at the address of an organisation; who wants to keep the result becomes a lead, once."""

import re
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from assessments.attachments import calculation_pdf
from assessments.models import Calculation
from assessments.preferences import PUBLIC_ESTIMATE
from assessments.views.public_calculators import MOST_OF_ADDRESS, MOST_OF_NETWORK
from leadcrm.accounts.models import BusinessProfile
from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.audit import settings
from leadcrm.core import tenancy
from leadcrm.privacy.services import has_consent
from leads.models import JourneyEvent, Lead, LeadScore
from messaging.models import QueuedEmail
from tests.factories.calculations import ESTIMATE_DATA, ROI_DATA
from tests.factories.leads import LeadFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
EVIL = "<script>alert('x')</script>"
PERSON = {"email": "Greta@Kunde.example", "name": "Greta Weber", "company": "Kunde GmbH", "agrees": "on"}
MOST_QUERIES = 12

pytestmark = pytest.mark.django_db


@pytest.fixture
def roi_url(organization):
    return reverse("assessments:roi_public", args=[organization.slug])


@pytest.fixture
def estimate_url(organization):
    with tenancy.organization_scope(organization.pk):
        settings.change(key=PUBLIC_ESTIMATE, value=True, actor=None)
    return reverse("assessments:estimate_public", args=[organization.slug])


@pytest.fixture
def stranger():
    return Client(
        REMOTE_ADDR="203.0.113.77", headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
    )


@pytest.fixture
def only(organization):
    """Return a function that gives the only row of a model in the organisation."""

    def only(model, **conditions):
        with tenancy.organization_scope(organization.pk):
            return model.objects.get(**conditions)

    return only


@pytest.fixture
def count(organization):
    def count(model, **conditions):
        with tenancy.organization_scope(organization.pk):
            return model.objects.filter(**conditions).count()

    return count


def sent(page, **changes):
    return {**ROI_DATA, **PERSON, "submission": page.context["person"]["submission"].value(), **changes}


def test_the_page_calculates_without_script_session_or_account(stranger, roi_url):
    page = stranger.get(roi_url, ROI_DATA)
    assert page.status_code == 200
    assert "You could save ₹43,20,000 a year." in page.text
    assert "sessionid" not in page.cookies
    assert stranger.get(roi_url).context["told"] is not None


def test_the_live_answer_is_a_fragment(stranger, roi_url):
    answer = stranger.get(roi_url, ROI_DATA, **HTMX)
    assert "<html" not in answer.text
    assert "₹43,20,000" in answer.text
    assert stranger.get(roi_url, {**ROI_DATA, "employees": "0"}, **HTMX).status_code == 422


def test_the_flag_decides_about_the_live_part(stranger, roi_url, set_flag):
    assert "hx-get" in stranger.get(roi_url).text
    set_flag("INTERACTIVE_CALCULATOR", enabled=False)
    page = stranger.get(roi_url, ROI_DATA)
    assert "hx-get" not in page.text
    assert "data-slider" not in page.text
    assert "₹43,20,000" in page.text


def test_asking_for_the_report_makes_a_lead_with_all_that_follows(stranger, roi_url, only, count):
    answer = stranger.post(roi_url, sent(stranger.get(roi_url)), follow=True)
    assert answer.status_code == 200
    assert "The report is on its way to greta@kunde.example." in answer.text
    lead, calculation = only(Lead), only(Calculation)
    assert (lead.email, lead.first_name, lead.last_name, lead.company) == (
        "greta@kunde.example", "Greta", "Weber", "Kunde GmbH",
    )  # fmt: skip
    assert (lead.source, lead.source_type, lead.company_size, lead.service_tier) == (
        "calculator", "inbound", "51-200", "L2_ADVANCED",
    )  # fmt: skip
    assert (lead.ip_address, lead.user_agent) == ("203.0.113.0", "Firefox 140 on Linux")
    assert (calculation.lead_id, calculation.email) == (lead.pk, "greta@kunde.example")
    assert count(JourneyEvent, event_type="calculation_performed") == 1
    assert only(Lead).score == only(LeadScore, score=lead.score).score
    mail = only(QueuedEmail, template="roi_report")
    assert mail.recipient == "greta@kunde.example"
    assert count(AnalyticsEvent, event="calculator.saved") == 1
    assert "₹43,20,000" in answer.text


def test_the_document_in_the_mail_says_what_the_page_says(stranger, roi_url, organization, only):
    page = stranger.post(roi_url, sent(stranger.get(roi_url)), follow=True)
    mail = only(QueuedEmail, template="roi_report")
    (attached,) = mail.attachments
    with tenancy.organization_scope(organization.pk):
        document = calculation_pdf(attached["arguments"])
    text = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in PdfReader(BytesIO(document)).pages))
    told = page.context["told"]
    for _, values in [*told.compared, *told.years]:
        assert " ".join(values) in text
    link = re.search(r"/c/[\w-]+/", mail.body_text)[0]
    assert stranger.get(link).context["told"].headline == told.headline
    assert stranger.get(f"{link}result.pdf").content.startswith(b"%PDF")


def test_consent_is_kept_for_what_was_agreed_to_and_nothing_else(stranger, roi_url, organization):
    stranger.post(roi_url, sent(stranger.get(roi_url)))
    with tenancy.organization_scope(organization.pk):
        assert has_consent(email="greta@kunde.example", purpose="service")
        assert not has_consent(email="greta@kunde.example", purpose="marketing")
    stranger.post(roi_url, sent(stranger.get(roi_url), wants_news="on", employees="50"))
    with tenancy.organization_scope(organization.pk):
        assert has_consent(email="greta@kunde.example", purpose="marketing")


def test_the_same_form_twice_is_kept_once(stranger, roi_url, count):
    def made():
        return [count(Lead), count(Calculation), count(QueuedEmail, template="roi_report")]

    data = sent(stranger.get(roi_url))
    first, second = stranger.post(roi_url, data), stranger.post(roi_url, data)
    assert first["Location"] == second["Location"]
    assert made() == [1, 1, 1]
    stranger.post(roi_url, {**data, "employees": "7"})
    assert made() == [1, 2, 2]


def test_a_forged_form_token_is_replaced(stranger, roi_url, count):
    for token in ("", "1", "../../x", "a" * 5_000):
        answer = stranger.post(roi_url, sent(stranger.get(roi_url), submission=token, employees=str(10 + len(token))))
        assert re.fullmatch(r"/c/[\w-]{43}/\?mailed", answer["Location"])
    assert count(Calculation) == 4


def test_a_token_of_another_organization_does_not_lead_there(stranger, roi_url, other_organization, count):
    data = sent(stranger.get(roi_url))
    theirs = reverse("assessments:roi_public", args=[other_organization.slug])
    first, second = stranger.post(roi_url, data), stranger.post(theirs, data)
    assert first["Location"] != second["Location"]
    assert "Globex" in stranger.get(second["Location"]).text
    assert count(Lead) == 1


def test_what_is_known_of_a_lead_is_not_overwritten_by_a_stranger(stranger, roi_url, organization, only, rep):
    known = LeadFactory(
        organization=organization, email="greta@kunde.example", first_name="G.", last_name="W.", company="Known AG",
        assigned_to=rep, company_size="",
    )  # fmt: skip
    stranger.post(roi_url, sent(stranger.get(roi_url)))
    lead = only(Lead)
    assert (lead.pk, lead.company, lead.first_name, lead.company_size) == (known.pk, "Known AG", "G.", "51-200")
    assert lead.source == "manual"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("email", ""), ("email", "nobody"), ("email", "a@b.example\r\nBcc: c@d.example"),
        ("email", f"{EVIL}@x.example"),
        ("email", "x" * 300 + "@x.example"), ("agrees", ""), ("name", "x" * 201), ("company", "x" * 1_000_000),
        ("employees", "1e308"), ("average_annual_salary", "-1"), ("inefficiency_percent", "NaN"),
        ("employees", "0"), ("tier", EVIL),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field_and_nothing_is_made(stranger, roi_url, count, field, text):
    answer = stranger.post(roi_url, sent(stranger.get(roi_url), **{field: text}))
    assert answer.status_code == 422
    form = answer.context["form"] if field in answer.context["form"].fields else answer.context["person"]
    assert form.errors.keys() == {field}
    assert field in {"tier", "agrees"} or form[field].value() == text
    assert EVIL not in answer.text
    assert [count(model) for model in (Lead, Calculation, QueuedEmail)] == [0, 0, 0]


def test_every_field_is_text(stranger, roi_url, only, client_of, admin):
    answer = stranger.post(roi_url, sent(stranger.get(roi_url), name=f"{EVIL}\u202e\u200b", company=EVIL), follow=True)
    assert answer.status_code == 200
    assert EVIL not in answer.text
    lead = only(Lead)
    assert "\u202e" not in f"{lead.first_name} {lead.last_name}"
    assert EVIL not in client_of(admin).get(reverse("leads:lead_detail", args=[lead.pk])).text


def test_one_address_is_not_flooded_with_mails(stranger, roi_url, count):
    page = stranger.get(roi_url)
    answers = [
        stranger.post(roi_url, sent(page, submission="", employees=str(number))).status_code
        for number in range(1, MOST_OF_ADDRESS + 2)
    ]
    assert answers == [302] * MOST_OF_ADDRESS + [429]
    assert count(QueuedEmail, template="roi_report") == MOST_OF_ADDRESS


def test_one_network_is_slowed_down(stranger, roi_url):
    page = stranger.get(roi_url)
    answers = [
        stranger.post(roi_url, sent(page, submission="", email=f"p{number}@x.example")).status_code
        for number in range(MOST_OF_NETWORK + 1)
    ]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {302}


def test_an_estimate_is_public_only_where_it_is_switched_on(stranger, organization, other_organization, estimate_url):
    assert stranger.get(estimate_url).status_code == 200
    theirs = reverse("assessments:estimate_public", args=[other_organization.slug])
    assert stranger.get(theirs).status_code == 404
    assert stranger.post(theirs, {**ESTIMATE_DATA, **PERSON}).status_code == 404


def test_an_estimate_is_kept_under_a_private_link(stranger, estimate_url, only, count):
    answer = stranger.post(estimate_url, {**ESTIMATE_DATA, **PERSON}, follow=True)
    assert "Your result is kept." in answer.text
    assert "₹20,65,250" in answer.text
    assert only(Calculation).type == "project_estimate"
    assert count(QueuedEmail, template="roi_report") == 0


@pytest.mark.parametrize("slug", ["no-such", "acme%20design", "%00"])
def test_an_organization_that_does_not_exist_is_not_found(stranger, slug, organization):
    assert stranger.get(f"/r/{slug}/").status_code == 404


def test_a_closed_organization_has_no_calculator(stranger, roi_url, organization):
    organization.is_active = False
    organization.save()
    assert stranger.get(roi_url).status_code == 404


def test_whoever_is_signed_in_elsewhere_sees_what_a_stranger_sees(client_of, outsider, roi_url):
    assert "Acme Design" in client_of(outsider).get(roi_url).text


def test_a_forged_request_is_refused(roi_url, count):
    careful = Client(enforce_csrf_checks=True)
    assert careful.post(roi_url, {**ROI_DATA, **PERSON}).status_code == 403
    assert count(Lead) == 0


def test_the_pages_ask_few_questions(stranger, roi_url, django_assert_max_num_queries, organization):
    with tenancy.organization_scope(organization.pk):
        assert BusinessProfile.objects.count() <= 1
    stranger.get(roi_url)
    for headers in ({}, HTMX):
        with django_assert_max_num_queries(MOST_QUERIES):
            stranger.get(roi_url, ROI_DATA, **headers)
    link = stranger.post(roi_url, sent(stranger.get(roi_url)))["Location"]
    with django_assert_max_num_queries(MOST_QUERIES):
        stranger.get(link)
