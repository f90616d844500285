"""What strangers send to a capture form, and what becomes of it."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import CaptureForm, Submission
from assessments.services import spam
from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.core import tenancy
from leadcrm.privacy.models import Consent
from leads.models import JourneyEvent, Lead
from messaging.models import QueuedEmail
from tests.factories.capture import HERE, SHOP, make_form, stamp_of, typed
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(organization):
    return make_form(organization)


def send(form, *, client=None, origin=HERE, address="203.0.113.9", accept="text/html", **values):
    data = {name: value for name, value in typed(form, **values).items() if value is not None}
    headers = {"accept": accept} | ({"origin": origin} if origin else {})
    return (client or Client(REMOTE_ADDR=address)).post(url(form), data, headers=headers)


def url(form):
    return reverse("assessments:capture_page", args=[form.key])


def page(client_answer):
    return client_answer.content.decode()


def test_an_answer_makes_a_lead_with_all_that_follows_from_it(form, organization):
    answer = send(form)
    assert (answer.status_code, answer["Location"]) == (303, f"http://testserver{url(form)}thanks/")
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get()
        assert (lead.email, lead.first_name, lead.company, lead.source, lead.source_type) == (
            "greta@weber.example", "Greta", "Weber Maschinen", "website", "inbound",
        )  # fmt: skip
        assert lead.scored_at is not None
        assert Submission.objects.get().lead_id == lead.pk
        event = JourneyEvent.objects.get(event_type="form_submitted")
        assert (event.event_name, event.description) == ("Form sent: Talk to us", "Please call me.")
        assert set(AnalyticsEvent.objects.values_list("event", flat=True)) >= {"lead.captured"}


def test_the_page_needs_few_queries_and_sets_no_cookie(form, django_assert_max_num_queries):
    client = Client()
    client.get(url(form))
    with django_assert_max_num_queries(9):
        answer = client.get(url(form))
    assert answer.status_code == 200
    assert answer.cookies == {}


def test_a_page_carries_where_the_visitor_came_from(form, organization):
    shown = Client().get(
        f"{url(form)}?utm_source=fair&utm_campaign=Spring", headers={"referer": "https://news.example/a?secret=1"}
    )
    said = shown.context["attribution"]
    send(form, attribution=said)
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get()
        assert (lead.utm_source, lead.utm_campaign, lead.referrer) == ("fair", "Spring", "https://news.example/a")


def test_first_and_last_touch_are_kept_apart(form, organization):
    said = {"first": {"utm_source": "fair"}, "last": {"utm_source": "mail", "landing_page": f"{SHOP}/b?x=1"}}
    send(form, attribution=json.dumps(said))
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.get().attribution == {
            "first": {"utm_source": "fair"}, "last": {"utm_source": "mail", "landing_page": f"{SHOP}/b"},
        }  # fmt: skip
        assert Lead.objects.get().utm_source == "fair"


@pytest.mark.parametrize("said", ["{", "[]", '{"first": 1}', "null", '{"first": {"utm_source": {"a": 1}}}', "[" * 7000])
def test_broken_attribution_is_no_obstacle(form, organization, said):
    assert send(form, attribution=said).status_code == 303


def test_the_same_page_sent_twice_is_one_answer(form, organization):
    stamp = stamp_of(form)
    assert [send(form, stamp=stamp).status_code for _ in range(3)] == [303] * 3
    with tenancy.organization_scope(organization.pk):
        assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)
        assert JourneyEvent.objects.filter(event_type="form_submitted").count() == 1


def test_a_stamp_that_is_replayed_with_other_words_makes_nothing_and_loses_nothing(form, organization):
    stamp = stamp_of(form)
    send(form, stamp=stamp)
    again = send(form, stamp=stamp, email="other@weber.example", message="Other words")
    assert again.status_code == 422
    assert "Other words" in page(again)
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.count() == 1
    # What comes back has a stamp of its own, and may be sent at once.
    assert send(form, stamp=again.context["ticket"]["stamp"], email="other@weber.example").status_code == 303
    with tenancy.organization_scope(organization.pk):
        assert set(Submission.objects.values_list("state", flat=True)) == {"received"}


@pytest.mark.parametrize("stamp", ["", "forged", "a:b:c", "é:é:é", "x" * 5000])
def test_without_a_stamp_of_ours_the_words_come_back(form, organization, stamp):
    answer = send(form, stamp=stamp)
    assert answer.status_code == 422
    assert "Please call me." in page(answer)
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.count() == 0


def test_a_stamp_is_good_for_its_form_and_its_day(form, organization):
    other = make_form(organization, name="Another")
    assert send(form, stamp=stamp_of(other)).status_code == 422
    assert send(form, stamp=stamp_of(form, seconds_ago=25 * 3600)).status_code == 422
    assert send(form, stamp=stamp_of(form, seconds_ago=23 * 3600)).status_code == 303


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({spam.TRAP: "I am a program"}, "trap"),
        ({"first_name": "https://pills.example"}, "links"),
        ({"message": "http://a.example " * 5}, "links"),
        ({"message": "<a href='x'>cheap</a>"}, "markup"),
        ({"company": "<script>alert(1)</script>"}, "markup"),
    ],
)
def test_what_looks_like_spam_is_kept_back_with_its_reason_and_nobody_learns_it(form, organization, values, reason):
    answer = send(form, **values)
    assert answer.status_code == 303, "programs get the same answer"
    with tenancy.organization_scope(organization.pk):
        kept = Submission.objects.get()
        assert (kept.state, kept.reasons, kept.lead_id) == ("quarantined", [reason], None)
        assert Lead.objects.count() == 0


def test_what_is_sent_within_two_seconds_is_kept_back(form, organization):
    send(form, stamp=stamp_of(form, seconds_ago=0))
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.get().reasons == ["too_fast"]


def test_script_in_every_field_is_shown_as_text(form, organization, client_of, marketer):
    evil = "\"><script>alert('x')</script>"
    send(form, first_name=evil, last_name=evil, company=evil, message=evil)
    with tenancy.organization_scope(organization.pk):
        kept = Submission.objects.get()
    shown = page(client_of(marketer).get(reverse("assessments:submission_detail", args=[kept.pk])))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    refused = page(send(form, first_name=evil, email="no address"))
    assert "<script>alert" not in refused


def test_a_megabyte_of_message_comes_back_with_a_clear_word(form, organization):
    answer = send(form, message="x" * 1_000_000)
    assert answer.status_code == 422
    assert "At most 10,000 characters; this has 1,000,000." in page(answer)
    assert "x" * 1_000_000 in page(answer)


def test_invisible_signs_and_line_breaks_do_not_reach_names(form, organization):
    send(form, first_name="Gre\u200bta\u202e\r\nBcc: all@example.com", message="\u202eline one\x00\nline two")
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get()
        assert lead.first_name == "Greta Bcc: all@example.com"
        assert lead.message == "line one\nline two"


def test_header_injection_in_a_name_stays_out_of_the_mail(organization):
    form = make_form(organization, double_opt_in=True)
    send(form, first_name="Eve\r\nBcc: all@example.com")
    with tenancy.organization_scope(organization.pk):
        mail = QueuedEmail.objects.get()
        assert "\n" not in mail.subject
        assert mail.recipient == "greta@weber.example"


@pytest.mark.parametrize("email", ["", "no", "a@b", "a@b.example\nBcc: c@d.example", "two@a.example,b@a.example"])
def test_an_address_that_is_none_comes_back_with_all_that_was_typed(form, organization, email):
    answer = send(form, email=email)
    assert answer.status_code == 422
    assert "Please call me." in page(answer)
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.count() == 0


def test_more_than_a_network_may_send_is_told_to_wait_and_keeps_its_words(form, organization):
    statuses = [send(form, message=f"Answer {number}").status_code for number in range(20)]
    assert set(statuses) == {303}
    late = send(form, message="The twenty-first")
    assert (late.status_code, late["Retry-After"]) == (429, "600")
    assert "The twenty-first" in page(late)
    told = send(form, accept="application/json")
    assert (told.status_code, told["Retry-After"]) == (429, "600")
    assert "wait some minutes" in told.json()["message"]
    assert send(form, address="198.51.100.7").status_code == 303, "another network is not meant"


def test_a_form_that_gets_far_more_than_usual_asks_for_work(form, organization):
    for number in range(31):
        send(form, address=f"198.51.{number}.1", email=f"p{number}@weber.example")
    with tenancy.organization_scope(organization.pk):
        assert CaptureForm.objects.get(pk=form.pk).guarded_until is not None
    asked = send(form, address="203.0.113.1", message="Mine")
    assert asked.status_code == 422
    assert "Mine" in page(asked)
    assert asked.context["ticket"]["challenge"]["algorithm"] == "SHA-256"


def test_what_is_sent_from_another_site_must_come_from_one_that_is_allowed(form, organization):
    assert send(form, origin=SHOP, stamp=None).status_code == 303
    for origin in (
        "https://evil.example",
        "null",
        "",
        "http://www.shop.example",
        "https://www.shop.example.evil.example",
    ):
        refused = send(form, origin=origin, message="Kept words")
        assert refused.status_code == 403
        assert "Kept words" in page(refused)
        assert "Access-Control-Allow-Origin" not in refused
    with tenancy.organization_scope(organization.pk):
        assert Submission.objects.count() == 1


def test_only_scripts_of_allowed_sites_may_read_the_answer(form):
    ticket = Client().get(f"{url(form)}stamp/", headers={"origin": SHOP})
    assert ticket["Access-Control-Allow-Origin"] == SHOP
    assert "Origin" in ticket["Vary"]
    assert set(ticket.json()) == {"stamp", "challenge"}
    assert "Access-Control-Allow-Origin" not in Client().get(
        f"{url(form)}stamp/", headers={"origin": "https://e.example"}
    )
    preflight = Client().options(url(form), headers={"origin": SHOP})
    assert (preflight.status_code, preflight["Access-Control-Allow-Methods"]) == (204, "GET, POST")
    assert "Access-Control-Allow-Origin" not in Client().get("/accounts/login/", headers={"origin": SHOP})
    assert "Access-Control-Allow-Credentials" not in ticket


def test_a_script_is_answered_in_its_own_language(form):
    told = send(form, origin=SHOP, accept="application/json")
    assert told.json() == {"state": "received", "message": "Thank you. We will be in touch.", "redirect": ""}
    refused = send(form, origin=SHOP, accept="application/json", email="no")
    assert refused.status_code == 422
    assert refused.json()["errors"] == {"email": ["Enter an e-mail address such as name@example.com."]}


def test_a_redirect_leads_only_where_the_form_may_stand(organization):
    form = make_form(organization, redirect_url=f"{SHOP}/thanks")
    answer = send(form)
    assert answer["Location"] == f"{SHOP}/thanks"
    assert f"form-action 'self' {SHOP}" in answer["Content-Security-Policy"]
    with tenancy.organization_scope(organization.pk):
        CaptureForm.objects.filter(pk=form.pk).update(allowed_origins=[])
    assert send(form, email="b@weber.example")["Location"].startswith(HERE)


def test_a_closed_form_takes_nothing(organization):
    form = make_form(organization, is_open=False)
    assert Client().get(url(form)).status_code == 410
    assert send(form).status_code == 410
    assert Client().get("/f/no-such-form/").status_code == 404


def test_consent_is_kept_in_the_words_of_the_form(organization):
    asked = [
        {"purpose": "service", "text": "Write to me.", "required": True},
        {"purpose": "marketing", "text": "News, please.", "required": False},
    ]
    form = make_form(organization, consents=asked)
    assert send(form).status_code == 422, "one is required"
    assert send(form, **{"consent-service": "on"}).status_code == 303
    with tenancy.organization_scope(organization.pk):
        kept = Consent.objects.get()
        assert (kept.purpose, kept.text, kept.lead_id) == ("service", "Write to me.", Lead.objects.get().pk)
        assert kept.text_version.endswith("-1")


def test_a_known_lead_gains_and_loses_nothing(form, organization):
    known = LeadFactory(
        organization=organization, email="greta@weber.example", company="Weber AG", city="Bonn", message=""
    )
    send(form, message="New words")
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get()
        assert (lead.pk, lead.company, lead.city, lead.message) == (known.pk, "Weber AG", "Bonn", "New words")


def test_a_new_lead_begins_where_the_form_says(organization, rep, team):
    form = make_form(organization, owner=rep, team=team, tags=["Fair"], source="event")
    send(form)
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get()
        assert (lead.assigned_to_id, lead.team_id, lead.source) == (rep.pk, team.pk, "event")
        assert [link.tag.name for link in lead.lead_tags.select_related("tag")] == ["Fair"]


def test_forms_of_another_organization_stay_there(form, organization, other_organization):
    make_form(other_organization)
    send(form)
    with tenancy.organization_scope(other_organization.pk):
        assert (Submission.objects.count(), Lead.objects.count()) == (0, 0)
