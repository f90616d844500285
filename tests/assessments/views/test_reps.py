"""Assessments as members see them: only those of leads within reach, with exact figures."""

import re
from html import unescape

import pytest
from django.urls import reverse

from assessments.choices import AssessmentStatus
from assessments.models import Questionnaire
from assessments.reports.funnel import funnel_of
from assessments.reports.sheet import sheet_of
from leadcrm.core import tenancy
from tests.factories.accounts import TeamFactory
from tests.factories.assessments import AssessmentFactory, answers_of
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def mine(organization, rep, team):
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team, company="Weber GmbH")
    return AssessmentFactory(organization=organization, completed=True, lead=lead)


@pytest.fixture
def unseen(organization):
    lead = LeadFactory(organization=organization, team=TeamFactory(organization=organization), company="Far Away")
    return AssessmentFactory(organization=organization, completed=True, lead=lead)


def listed(browser, query=""):
    return browser.get(reverse("assessments:assessment_list") + query)


def test_a_rep_sees_the_assessments_of_leads_within_reach_and_of_nobody_yet(client_of, rep, mine, unseen, organization):
    AssessmentFactory(organization=organization)
    words = text_of(listed(client_of(rep)))
    assert "Weber GmbH" in words and "Visitor without an address" in words and "Far Away" not in words


def test_another_organization_sees_none_of_it(client_of, outsider, mine):
    browser = client_of(outsider)
    assert "Weber GmbH" not in text_of(listed(browser))
    for name in ("assessment_detail", "assessment_pdf"):
        assert browser.get(reverse(f"assessments:{name}", args=[mine.pk])).status_code == 404
    assert browser.get(reverse("assessments:lead_assessments", args=[mine.lead_id])).status_code == 404


def test_an_assessment_of_an_unseen_lead_does_not_exist(client_of, rep, unseen):
    browser = client_of(rep)
    for name in ("assessment_detail", "assessment_pdf"):
        assert browser.get(reverse(f"assessments:{name}", args=[unseen.pk])).status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?status=completed", True),
        ("?status=started", False),
        ("?tier=L3_CONSULTING", True),
        ("?tier=L1_ESSENTIALS", False),
        ("?status=nonsense&tier=%00", True),
        ("?version=99&after=zzz", True),
    ],
)
def test_filters_narrow_the_list_and_nonsense_is_left_out(client_of, rep, mine, query, shown):
    assert ("Weber GmbH" in text_of(listed(client_of(rep), query))) is shown


def test_the_page_of_an_assessment_shows_result_and_answers(client_of, rep, mine):
    words = text_of(client_of(rep).get(reverse("assessments:assessment_detail", args=[mine.pk])))
    assert "58 of 100" in words and "91.7 · strong" in words and "10 of 10" in words
    assert "In one place, or reachable by interface at any time 5 of 5" in words


def test_an_unfinished_one_shows_what_is_open(client_of, rep, organization):
    started = AssessmentFactory(organization=organization, answers=answers_of(organization, (2,)), answered_count=1)
    browser = client_of(rep)
    words = text_of(browser.get(reverse("assessments:assessment_detail", args=[started.pk])))
    assert "1 of 10" in words and words.count("Not answered") == 9
    assert browser.get(reverse("assessments:assessment_pdf", args=[started.pk])).status_code == 404


def test_the_page_of_a_lead_includes_its_results(client_of, rep, mine):
    browser = client_of(rep)
    fragment = reverse("assessments:lead_assessments", args=[mine.lead_id])
    assert f'hx-get="{fragment}"' in browser.get(reverse("leads:lead_detail", args=[mine.lead_id])).content.decode()
    part = browser.get(fragment, headers={"HX-Request": "true"})
    assert "58 of 100" in text_of(part) and "Technology: 91.7" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_lead_without_an_assessment_says_so(client_of, rep, organization, team):
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team)
    assert "None completed yet." in text_of(client_of(rep).get(reverse("assessments:lead_assessments", args=[lead.pk])))


def test_the_funnel_counts_each_step_and_each_question(organization, mine):
    three_topics = answers_of(organization, (1, 1, 1, 1, 1, 1, 1, 1))
    AssessmentFactory(organization=organization, answers=three_topics, status=AssessmentStatus.ABANDONED)
    first_question = answers_of(organization, (1,))
    AssessmentFactory(organization=organization, answers=first_question)
    # The last question alone, by an address that somebody made up: no topic is done.
    last = dict(list(answers_of(organization).items())[-1:])
    AssessmentFactory(organization=organization, answers=last)
    with tenancy.organization_scope(organization.pk):
        funnel = funnel_of(sheet_of(Questionnaire.objects.get()))
    assert (funnel.started, funnel.topics, funnel.completed, funnel.abandoned) == (4, [2, 2, 2, 1], 1, 1)
    assert funnel.completion_percent == 25 and funnel.average_score == 58
    counts = [funnel.answered[question.pk] for question in funnel.sheet.questions]
    assert counts == [3, 2, 2, 2, 2, 2, 2, 2, 1, 2]
    assert funnel.chart.summary == (
        "Started: 4, 1. Technology: 2 (50 %), 2. Process: 2 (100 %), 3. Team: 2 (100 %), 4. Strategy: 1 (50 %), "
        "Result: 1 (100 %)"
    )


def test_the_funnel_of_another_organization_is_its_own(other_organization, mine):
    with tenancy.organization_scope(other_organization.pk):
        assert funnel_of(sheet_of(Questionnaire.objects.get())).started == 0


def test_pages_need_few_queries(client_of, rep, mine, organization, django_assert_max_num_queries):
    browser = client_of(rep)
    for _ in range(5):
        AssessmentFactory(organization=organization)
    addresses = [
        reverse("assessments:assessment_list"),
        reverse("assessments:assessment_detail", args=[mine.pk]),
        reverse("assessments:lead_assessments", args=[mine.lead_id]),
    ]
    for url in addresses:
        browser.get(url)
        with django_assert_max_num_queries(12):
            assert browser.get(url).status_code == 200
