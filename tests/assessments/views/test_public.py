"""The assessment as a visitor meets it, and as somebody meets it who means harm."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from assessments.choices import AssessmentStatus
from assessments.models import Assessment, Questionnaire
from assessments.reports.sheet import sheet_of
from assessments.services import questionnaires
from assessments.views import public, tickets
from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.audit import settings
from leadcrm.core import tenancy
from leadcrm.privacy.models import Consent
from leads.models import Lead
from messaging.models import QueuedEmail
from tests.factories.assessments import MIXED

pytestmark = pytest.mark.django_db
START = "/a/acme-design/"
HOSTILE = '"><script>alert(1)</script>'


class Visitor:
    """Somebody without an account, who fills in the pages as a browser without scripts does."""

    def __init__(self):
        self.client = Client()
        self.private = ""

    def hidden(self, address):
        page = self.client.get(address).content.decode()
        return re.search(r'name="ticket" value="([^"]+)"', page)[1]

    def start(self):
        answer = self.client.post(START, {"ticket": self.hidden(START)})
        assert answer.status_code == 303
        self.private = answer["Location"].partition("topics/")[0]
        return self

    def step(self, number):
        return f"{self.private}topics/{number}/"

    def fields(self, number, values):
        step = sheet().steps[number - 1]
        return {f"q_{one.pk.hex}": value for one, value in zip(step.questions, values, strict=False)}

    def answer(self, number, values, **more):
        data = {"ticket": self.hidden(self.step(number)), **self.fields(number, values), **more}
        return self.client.post(self.step(number), data)

    def answer_all(self, values=MIXED):
        rest = list(values)
        for step in sheet().steps:
            count = len(step.questions)
            last = self.answer(step.number, rest[:count])
            rest = rest[count:]
        return last

    def finish(self, **data):
        return self.client.post(
            f"{self.private}contact/", {"email": "greta@weber.example", "agree_service": "on", **data}
        )

    def get(self, place=""):
        return self.client.get(self.private + place)


def sheet():
    with tenancy.staff_scope():
        return sheet_of(Questionnaire.objects.get(organization__slug="acme-design", version=1))


def rows(model):
    with tenancy.staff_scope():
        return list(model.objects.filter(organization__slug="acme-design"))


def text_of(response):
    return unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def visitor(organization, team):
    return Visitor().start()


@pytest.fixture
def finished(visitor):
    visitor.answer_all()
    assert visitor.finish().status_code == 303
    return visitor


# --- the way through --------------------------------------------------------------------------


def test_the_first_page_says_what_comes(organization):
    answer = Client().get(START)
    words = text_of(answer)
    assert "10 questions in 4 topics: Technology, Process, Team, Strategy." in words
    assert "sessionid" not in answer.cookies


def test_a_visitor_comes_from_the_start_to_the_exact_result(visitor):
    assert "Step 1 of 4" in text_of(visitor.get("topics/1/"))
    last = visitor.answer_all()
    assert last["Location"] == f"{visitor.private}contact/"
    answer = visitor.finish(first_name="Greta", last_name="Weber", company="Weber GmbH")
    assert answer["Location"] == f"{visitor.private}result/"
    page = visitor.get("result/")
    words = " ".join(text_of(page).split())
    assert (
        "58 of 100" in words and "L3 Consulting" in words and "Greta Weber, this is how ready you are today." in words
    )
    for name, score in [("Technology", "91.7"), ("Process", "16.7"), ("Team", "75.0"), ("Strategy", "37.5")]:
        assert f"{name} {score}" in words  # the table behind the radar
    assert "Technology: 91.7 · strong" in page.content.decode()
    (assessment,) = rows(Assessment)
    assert (assessment.status, assessment.score) == (AssessmentStatus.COMPLETED, 58)
    (lead,) = rows(Lead)
    assert (lead.email, lead.company) == ("greta@weber.example", "Weber GmbH")


def test_back_saves_what_is_chosen_and_keeps_it(visitor):
    visitor.answer(1, [1, 2, 3])
    answer = visitor.answer(2, [4], direction="back")
    assert answer["Location"] == visitor.step(1)
    assert len(re.findall(r'value="\d" checked', visitor.get("topics/1/").content.decode())) == 3
    assert len(re.findall(r'value="4" checked', visitor.get("topics/2/").content.decode())) == 1


def test_the_private_link_goes_on_where_somebody_left_off_on_another_device(visitor):
    visitor.answer(1, [1, 2, 3])
    other = Client()
    assert other.get(visitor.private)["Location"] == visitor.step(2)
    assert (
        visitor.private in text_of(visitor.get("topics/2/"))
        or visitor.private in visitor.get("topics/2/").content.decode()
    )


def test_the_private_link_of_a_finished_assessment_shows_its_result(finished):
    assert Client().get(finished.private)["Location"] == f"{finished.private}result/"
    assert finished.get("topics/1/")["Location"] == f"{finished.private}result/"
    assert finished.get("contact/")["Location"] == f"{finished.private}result/"


def test_each_choice_is_saved_by_the_script_without_leaving_the_page(visitor):
    answer = visitor.answer(1, [5], autosave="1")
    assert answer.status_code == 204
    assert rows(Assessment)[0].answered_count == 1


def test_what_was_agreed_to_is_kept_word_by_word_and_nothing_else(visitor, organization):
    with tenancy.organization_scope(organization.pk):
        settings.change(key="privacy.policy_url", value="https://acme.example/privacy", actor=None)
    visitor.answer_all()
    page = visitor.get("contact/").content.decode()
    assert 'href="https://acme.example/privacy"' in page
    assert " checked" not in page, "nobody agrees by default"
    visitor.finish(agree_marketing="on")
    kept = {consent.purpose: consent for consent in rows(Consent)}
    assert set(kept) == {"service", "marketing"}
    assert unescape(page).count(kept["marketing"].text) == 1
    assert kept["service"].lead_id == rows(Lead)[0].pk and kept["service"].proof["assessment"]


def test_each_step_leaves_its_event(finished):
    told = sorted(rows(AnalyticsEvent), key=lambda event: (event.created_at, event.pk))
    events = [event.event for event in told if event.event.startswith("assessment.")]
    assert events == ["assessment.started", *["assessment.topic_answered"] * 4, "assessment.completed"]
    assert [event.event for event in told].count("conversion.lead_created") == 1
    assert not any("weber" in str(event.properties).lower() + event.url for event in rows(AnalyticsEvent))


def test_one_mail_has_the_result_and_the_private_link(finished):
    finished.finish()
    (mail,) = rows(QueuedEmail)
    assert (mail.template, mail.recipient) == ("assessment_results", "greta@weber.example")
    assert "58" in mail.body_text and f"{finished.private}result/" in mail.body_text


def test_the_document_has_the_numbers_of_the_page(finished):
    answer = finished.get("result.pdf")
    assert answer["Content-Type"] == "application/pdf"
    words = " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).split())
    assert "58 of 100" in words and "L3 Consulting" in words
    for score in ("91.7", "16.7", "75.0", "37.5"):
        assert score in words


def test_every_page_of_it_is_kept_out_of_search_engines_and_caches(finished):
    answer = finished.get("result/")
    assert 'name="robots" content="noindex"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("place", ["topics/1/", "contact/", "result/"])
def test_a_page_needs_few_queries(visitor, place, django_assert_max_num_queries):
    if place != "topics/1/":
        visitor.answer_all()
    if place == "result/":
        visitor.finish()
    with django_assert_max_num_queries(12):
        assert visitor.get(place).status_code == 200


# --- sharing ------------------------------------------------------------------------------------


def test_a_shared_result_names_nobody_and_ends_when_it_is_taken_back(finished):
    answer = finished.client.post(f"{finished.private}sharing/")
    page = finished.client.get(answer["Location"]).content.decode()
    shared = re.search(r'id="share-link"[^>]*value="https?://[^/]+([^"]+)"', page)[1]
    stranger = Client()
    seen = stranger.get(shared)
    assert "58" in text_of(seen) and "greta" not in seen.content.decode().lower()
    document = stranger.get(f"{shared}result.pdf")
    assert "weber" not in PdfReader(BytesIO(document.content)).pages[0].extract_text().lower()
    finished.client.post(f"{finished.private}sharing/revocation/")
    assert stranger.get(shared).status_code == 404
    assert stranger.get(f"{shared}result.pdf").status_code == 404


def test_a_shared_link_opens_neither_answers_nor_the_private_page(finished):
    answer = finished.client.post(f"{finished.private}sharing/")
    token = re.search(r"link=([^#]+)", answer["Location"])[1]
    for place in ("", "topics/1/", "contact/", "result/", "result.pdf"):
        assert Client().get(f"/a/acme-design/{token}/{place}").status_code == 404


def test_a_link_that_is_not_current_is_not_shown_as_one(finished):
    page = finished.get("result/?link=made-up").content.decode()
    assert "made-up" not in page


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "6", "-1", "3.5", "1e308", "NaN", "٣٣", "", "five", "3; DROP TABLE", HOSTILE])
def test_an_answer_that_is_none_of_the_five_is_refused_and_the_rest_saved(visitor, value):
    answer = visitor.answer(1, [value, 4, 5])
    assert answer.status_code == 422
    assert "1 question still open." in text_of(answer)
    assert "<script>alert" not in answer.content.decode()
    assert sorted(rows(Assessment)[0].answers.values()) == [4, 5]


def test_skipped_questions_are_named_and_what_was_chosen_stays(visitor):
    answer = visitor.answer(1, [2])
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "2 questions still open." in text_of(answer)
    assert len(re.findall(r" checked", page)) == 1
    assert page.count("Choose one of the five answers.") == 2


def test_nobody_gets_past_a_step_with_open_questions(visitor):
    visitor.answer(1, [1, 2, 3])
    assert visitor.get("topics/4/")["Location"] == f"{visitor.step(2)}?open=1"
    assert visitor.get("contact/")["Location"] == f"{visitor.step(2)}?open=1"
    assert visitor.finish()["Location"] == f"{visitor.step(2)}?open=1"
    assert visitor.get("result/")["Location"] == visitor.step(2)
    assert rows(Lead) == []
    assert "first step with an open question" in text_of(visitor.get("topics/2/?open=1"))


@pytest.mark.parametrize("number", [0, 5, 99])
def test_there_is_no_step_beyond_the_last(visitor, number):
    assert visitor.get(f"topics/{number}/").status_code == 404


@pytest.mark.parametrize("ticket", ["", "forged", "a:b:c", "é" * 5000])
def test_a_forged_step_saves_nothing_and_keeps_what_was_chosen(visitor, ticket):
    answer = visitor.client.post(visitor.step(1), {"ticket": ticket, **visitor.fields(1, [1, 2, 3])})
    assert answer.status_code == 422
    assert "Look at your answers and send them again." in text_of(answer)
    assert answer.content.decode().count(" checked") == 3
    assert rows(Assessment)[0].answers == {}


def test_a_step_ticket_of_another_step_or_assessment_is_refused(visitor):
    other = Visitor().start()
    visitor.answer(1, [1, 2, 3])
    for ticket in (visitor.hidden(visitor.step(1)), other.hidden(other.step(1))):
        answer = visitor.client.post(visitor.step(2), {"ticket": ticket, **visitor.fields(2, [5, 5, 5])})
        assert answer.status_code == 422
    assert max(one.answered_count for one in rows(Assessment)) == 3


def test_a_step_that_is_sent_again_after_the_end_changes_nothing(visitor):
    ticket = visitor.hidden(visitor.step(1))
    visitor.answer_all()
    visitor.finish()
    before = rows(Assessment)[0].answers
    answer = visitor.client.post(visitor.step(1), {"ticket": ticket, **visitor.fields(1, [1, 1, 1])})
    assert answer.status_code == 409
    assert "what you just sent was not saved" in text_of(answer)
    assert rows(Assessment)[0].answers == before


def test_the_start_page_sent_twice_begins_one_assessment(organization):
    visitor = Visitor()
    ticket = visitor.hidden(START)
    places = {visitor.client.post(START, {"ticket": ticket})["Location"] for _ in range(2)}
    assert len(places) == 1
    assert len(rows(Assessment)) == 1


def test_a_start_that_is_not_ours_begins_nothing(organization, other_organization):
    visitor = Visitor()
    theirs = visitor.hidden("/a/globex/")
    for ticket in ("", "forged", theirs):
        answer = visitor.client.post(START, {"ticket": ticket})
        assert answer.status_code == 422 and "press the button once more" in text_of(answer)
    assert rows(Assessment) == []


def test_two_tabs_that_answer_different_topics_both_count(visitor):
    tickets_ = [tickets.step_ticket(rows(Assessment)[0], number) for number in (1, 2)]
    for number, ticket in reversed(list(enumerate(tickets_, start=1))):
        visitor.client.post(visitor.step(number), {"ticket": ticket, **visitor.fields(number, [2, 2, 2])})
    assert rows(Assessment)[0].answered_count == 6


def test_the_last_page_sent_twice_makes_one_lead(visitor):
    visitor.answer_all()
    visitor.finish()
    assert visitor.finish(email="else@weber.example")["Location"] == f"{visitor.private}result/"
    assert [lead.email for lead in rows(Lead)] == ["greta@weber.example"]


def test_the_same_address_in_two_assessments_is_one_lead(finished):
    second = Visitor().start()
    second.answer_all()
    assert second.finish(email="GRETA@Weber.example").status_code == 303
    assert len(rows(Lead)) == 1
    assert len(rows(Assessment)) == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "This field is required."),
        ("email", "greta", "Enter an e-mail address such as name@example.com."),
        ("email", "greta@weber.example, other@weber.example", "Enter an e-mail address"),
        ("email", "a" * 300 + "@weber.example", "At most 254 characters"),
        ("first_name", "x" * 101, "At most 100 characters; this has 101."),
        ("company", "x" * 1_000_000, "At most 200 characters; this has 1,000,000."),
        ("agree_service", "", "Without this we may not send you the result."),
    ],
)
def test_a_bad_field_is_named_and_everything_typed_stays(visitor, field, value, words):
    visitor.answer_all()
    answer = visitor.finish(last_name="Weber", **{field: value})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'value="Weber"' in answer.content.decode()
    assert rows(Lead) == []


def test_names_keep_neither_line_breaks_nor_signs_that_hide(visitor):
    visitor.answer_all()
    hostile = {"first_name": "Greta\r\nBcc: all@example.com", "last_name": "We\u200bb\u202eer"}
    assert visitor.finish(**hostile, company="A\x00B").status_code == 303
    (lead,) = rows(Lead)
    assert (lead.first_name, lead.last_name, lead.company) == ("Greta Bcc: all@example.com", "Weber", "AB")


def test_script_in_every_field_is_shown_as_text(visitor):
    visitor.answer_all()
    assert visitor.finish(first_name=HOSTILE, last_name=HOSTILE, company=HOSTILE).status_code == 303
    page = visitor.get("result/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert visitor.get("result.pdf").content.startswith(b"%PDF")


def test_hostile_addresses_of_the_landing_page_are_kept_as_harmless_text(organization):
    visitor = Visitor()
    address = f"{START}?utm_source=%00%0d%0aSet-Cookie:x&utm_campaign={'y' * 2000}"
    page = visitor.client.get(address, headers={"referer": "https://news.example/\r\nX: y"}).content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
    assert visitor.client.post(address, {"ticket": ticket}).status_code == 303
    (assessment,) = rows(Assessment)
    assert (assessment.utm_source, len(assessment.utm_campaign)) == ("Set-Cookie:x", 255)
    assert assessment.referrer.startswith("https://news.example/")


# --- other people's things ------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "topics/1/", "contact/", "result/", "result.pdf"])
def test_a_link_does_not_work_under_the_address_of_another_organization(finished, other_organization, place):
    moved = finished.private.replace("acme-design", "globex")
    assert Client().get(moved + place).status_code == 404


@pytest.mark.parametrize("token", ["wrong", "x" * 5000, "%00", "ü", "..", "shared"])
def test_a_link_that_nobody_gave_out_leads_nowhere(organization, token):
    assert Client().get(f"/a/acme-design/{token}/").status_code == 404
    assert Client().get(f"/a/acme-design/shared/{token}/").status_code == 404


def test_an_organization_that_does_not_exist_has_no_assessment(organization):
    assert Client().get("/a/nobody/").status_code == 404


def test_questions_of_a_draft_are_not_asked(organization, admin):
    with tenancy.organization_scope(organization.pk):
        draft = questionnaires.copy_to_draft(questionnaire=Questionnaire.objects.get(), actor=admin)
        draft.questions.update(text="Not yet asked?")
    visitor = Visitor().start()
    assert "Not yet asked?" not in text_of(visitor.get("topics/1/"))


def test_an_assessment_stays_with_the_version_it_was_started_with(visitor, organization, admin):
    with tenancy.organization_scope(organization.pk):
        draft = questionnaires.copy_to_draft(questionnaire=Questionnaire.objects.get(), actor=admin)
        draft.questions.filter(position=1).update(text="A new question?")
        questionnaires.publish(questionnaire=draft, actor=admin)
    assert "A new question?" not in text_of(visitor.get("topics/1/"))
    assert "A new question?" in text_of(Visitor().start().get("topics/1/"))


# --- too much ---------------------------------------------------------------------------------------


def test_too_many_starts_of_a_network_are_told_to_wait(organization, monkeypatch):
    monkeypatch.setattr(public, "MOST_STARTS", 2)
    for _ in range(2):
        Visitor().start()
    visitor = Visitor()
    answer = visitor.client.post(START, {"ticket": visitor.hidden(START)})
    assert answer.status_code == 429
    assert "Please wait a few minutes" in text_of(answer)
    assert len(rows(Assessment)) == 2


def test_too_many_results_for_one_address_are_told_to_wait_and_what_was_typed_stays(visitor, monkeypatch):
    monkeypatch.setattr(public, "MOST_MAILS", 0)
    visitor.answer_all()
    answer = visitor.finish(company="Weber GmbH")
    assert answer.status_code == 429
    assert "Please wait a few minutes" in text_of(answer) and 'value="Weber GmbH"' in answer.content.decode()
    assert rows(Lead) == []
