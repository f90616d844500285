"""The board page: what it shows to whom, at what cost, and how its parts are fetched."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import money, tenancy
from leads import boards
from leads.choices import LeadStatus
from leads.models import Lead, Pipeline, PipelineStage
from leads.reports import board as figures
from leads.services import pipeline, totals
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
BOARD = "/board/"


@pytest.fixture
def stages(organization):
    with tenancy.organization_scope(organization.pk):
        return {stage.status: stage for stage in PipelineStage.objects.all()}


def cards(response, stage=None):
    """Return the ids of the cards, of one column or of all, in their order."""
    html = response.content.decode()
    if stage is not None:
        start = html.index(f'<section class="column" data-stage="{stage.pk}"')
        html = html[start : html.index("</section>", start)]
    return re.findall(r'<li class="card" data-id="([^"]+)"', html)


def head(response, stage):
    """Return the words of the head of a column."""
    html = response.content.decode()
    start = html.index(f'id="head-{stage.pk}"')
    text = re.sub(r"<[^>]+>", " ", html[html.index(">", start) + 1 : html.index("</header>", start)])
    return " ".join(text.split())


def kpi(response, label):
    html = response.content.decode()
    start = html.index('class="kpi__value"', html.index(label))
    text = re.sub(
        r"<[^>]+>",
        " ",
        html[start : html.index('<div class="kpi">', start) if '<div class="kpi">' in html[start:] else start + 400],
    )
    return " ".join(text.partition(">")[2].split())


def test_the_first_page_after_signing_in_is_the_board(client_of, rep):
    assert client_of(rep).get("/").url == BOARD


def test_a_column_for_each_stage_with_its_cards_in_order(client_of, admin, organization, stages):
    leads = [LeadFactory(organization=organization) for _ in range(3)]
    won = LeadFactory(organization=organization, status=LeadStatus.CLOSED_WON, won_value_minor=500_00)
    response = client_of(admin).get(BOARD)
    names = re.findall(r'data-name="([^"]+)"', response.content.decode())
    assert names == [name for name, *_ in pipeline.DEFAULT_STAGES]
    # The newest is on top.
    assert cards(response, stages["new"]) == [str(lead.pk) for lead in reversed(leads)]
    assert cards(response, stages["closed_won"]) == [str(won.pk)]


def test_a_card_says_who_what_it_is_worth_and_what_comes_next(client_of, admin, organization, rep, stages):
    now = timezone.now()
    LeadFactory(
        organization=organization, company="Acme & Sons", first_name="Ada", last_name="Rao", job_title="CEO",
        predicted_value_minor=125_000_00, score=82, assigned_to=rep, next_follow_up_at=now - timedelta(days=2),
        next_step="call", last_activity_at=now - timedelta(days=20),
    )  # fmt: skip
    text = " ".join(re.sub(r"<[^>]+>", " ", client_of(admin).get(BOARD).content.decode()).split())
    for words in ("Acme &amp; Sons", "Ada Rao, CEO", "₹1,25,000", "82", "Call 2 days late", "20 d", "Owner Ravi Nair"):
        assert words in text


@pytest.mark.parametrize(
    ("values", "words", "css"),
    [
        ({}, "No next step", "due--none"),
        (
            {"next_follow_up_at": timezone.now() + timedelta(days=3), "next_step": "demo"},
            "Demo in 3 days",
            "due--later",
        ),
        ({"status": LeadStatus.CLOSED_WON, "won_value_minor": 1}, "Won", "due--done"),
        ({"status": LeadStatus.CLOSED_LOST, "lost_reason": "No budget"}, "Lost: No budget", "due--later"),
    ],
)
def test_the_next_step_is_said_in_words_and_never_by_colour_alone(client_of, admin, organization, values, words, css):
    LeadFactory(organization=organization, **values)
    html = client_of(admin).get(BOARD).content.decode()
    assert re.search(rf'<span class="due {css}"><svg[^>]*>.*?</svg>{words}</span>', html)


def test_a_lead_that_was_touched_lately_is_not_idle(client_of, admin, organization):
    LeadFactory(organization=organization, last_activity_at=timezone.now() - timedelta(days=13))
    assert 'class="idle"' not in client_of(admin).get(BOARD).content.decode()
    LeadFactory(organization=organization, last_activity_at=timezone.now() - timedelta(days=15))
    assert client_of(admin).get(BOARD).content.decode().count('class="idle"') == 1


def test_heads_count_and_add_up_and_weigh(client_of, admin, organization, stages):
    for value in (100_000_00, 300_000_00, None):
        LeadFactory(organization=organization, status=LeadStatus.PROPOSAL, predicted_value_minor=value)
    LeadFactory(
        organization=organization, status=LeadStatus.CLOSED_WON, won_value_minor=5_00, predicted_value_minor=9_00
    )
    LeadFactory(organization=organization, deleted_at=timezone.now(), predicted_value_minor=7_00)
    response = client_of(admin).get(BOARD)
    assert head(response, stages["proposal"]) == "Proposal 3 leads ₹4L · ₹2L weighted"
    assert head(response, stages["closed_won"]) == "Won 1 lead ₹5"
    assert head(response, stages["new"]) == "New 0 leads"


def test_currencies_are_shown_apart_and_never_added(client_of, admin, organization, stages):
    LeadFactory(organization=organization, predicted_value_minor=100_00, currency="INR")
    LeadFactory(organization=organization, predicted_value_minor=70_000_00, currency="EUR")
    response = client_of(admin).get(BOARD)
    assert head(response, stages["new"]) == "New 2 leads ₹100 · ₹5 weighted €70k · €3.5k weighted"
    assert kpi(response, "Open pipeline") == "₹100 + €70k · 2 open leads"


@pytest.mark.parametrize("person", ["admin", "manager", "rep", "marketer", "editor", "viewer"])
def test_everybody_sees_their_leads_and_figures_of_the_same_leads(
    client_of, request, organization, team, rep, stages, person
):
    colleague = UserFactory(organization=organization, team=team, rep=True)
    stranger = UserFactory(organization=organization, team=TeamFactory(organization=organization), rep=True)
    own = {"organization": organization, "predicted_value_minor": 100_00}
    for owner, of_team in ((rep, team), (colleague, team), (None, team), (stranger, stranger.team), (None, None)):
        for _ in range(2):
            LeadFactory(**own, assigned_to=owner, team=of_team)
    user = request.getfixturevalue(person)
    response = client_of(user).get(BOARD)
    with tenancy.organization_scope(organization.pk):
        mine = [str(pk) for pk in Lead.objects.visible_to(user).values_list("pk", flat=True)]
    assert sorted(cards(response)) == sorted(mine)
    assert len(mine) == {"rep": 4, "manager": 6}.get(person, 10)
    assert head(response, stages["new"]).startswith(
        f"New {len(mine)} leads {money.show_short(len(mine) * 100_00, 'INR')}"
    )


def test_those_who_only_look_get_no_way_to_move(client_of, viewer, organization):
    LeadFactory(organization=organization)
    html = client_of(viewer).get(BOARD).content.decode()
    assert "data-locked" in html
    assert "data-move " not in html
    assert 'id="move-menu"' not in html


def test_a_column_continues_where_its_page_ended(client_of, rep, organization, team, stages, monkeypatch):
    monkeypatch.setattr(boards, "MORE", 4)
    leads = [
        LeadFactory(organization=organization, team=team, assigned_to=rep if number % 2 else None)
        for number in range(19)
    ]
    client = client_of(rep)
    response = client.get(BOARD)
    seen = cards(response)
    assert len(seen) == boards.FIRST
    while match := re.search(r'class="column__more" href="([^"]+)"', response.content.decode()):
        response = client.get(match[1].replace("&amp;", "&"), **HTMX)
        assert "<html" not in response.content.decode()
        seen += cards(response)
    assert seen == [str(lead.pk) for lead in reversed(leads)]


def test_the_next_cards_are_a_page_for_those_without_scripts(client_of, admin, organization, stages):
    leads = [LeadFactory(organization=organization) for _ in range(12)]
    client = client_of(admin)
    url = re.search(r'class="column__more" href="([^"]+)"', client.get(BOARD).content.decode())[1]
    response = client.get(url.replace("&amp;", "&"))
    assert "<title>" in response.content.decode()
    assert cards(response) == [str(lead.pk) for lead in reversed(leads)][10:]


@pytest.mark.parametrize("after", ["x", "1.x", f"{2**70}.{uuid.UUID(int=1).hex}", "1", "."])
def test_a_place_that_nobody_wrote_is_not_found(client_of, admin, stages, after):
    url = reverse("leads:board_column", args=[stages["new"].pk])
    assert client_of(admin).get(url, {"after": after}).status_code == 404


def test_stages_and_pipelines_of_others_are_not_found(client_of, admin, outsider, stages):
    client = client_of(outsider)
    assert client.get(reverse("leads:board_column", args=[stages["new"].pk])).status_code == 404
    assert client.get(BOARD, {"pipeline": stages["new"].pipeline_id}).status_code == 404
    assert client.get(BOARD, {"pipeline": "nonsense"}).status_code == 404


def test_one_of_several_pipelines_is_chosen_in_the_address(client_of, admin, organization, scope, stages):
    partners = Pipeline.objects.create(organization=organization, name="Partners", position=1)
    talks = PipelineStage.objects.create(organization=organization, pipeline=partners, name="Talks", status="contacted")
    theirs = LeadFactory(organization=organization, stage=talks)
    mine = LeadFactory(organization=organization)
    client = client_of(admin)
    assert cards(client.get(BOARD)) == [str(mine.pk)]
    response = client.get(BOARD, {"pipeline": partners.pk})
    assert cards(response) == [str(theirs.pk)]
    assert 'aria-label="Pipeline"' in response.content.decode()


def test_filters_of_the_list_hold_on_the_board_and_stay_in_the_address(client_of, admin, organization, rep, stages):
    wanted = LeadFactory(organization=organization, source="referral", assigned_to=rep, predicted_value_minor=500_00)
    LeadFactory(organization=organization, source="event", assigned_to=rep)
    response = client_of(admin).get(BOARD, {"source": "referral", "owner": str(rep.pk)})
    assert cards(response) == [str(wanted.pk)]
    assert head(response, stages["new"]) == "New 1 lead ₹500 · ₹25 weighted"
    html = response.content.decode()
    assert "Source: Referral" in html
    assert (
        f"/leads/?source=referral&amp;owner={rep.pk}" in html or f"/leads/?owner={rep.pk}&amp;source=referral" in html
    )


def test_a_search_narrows_the_board(client_of, admin, organization):
    wanted = LeadFactory(organization=organization, company="Zephyrine Optics")
    LeadFactory(organization=organization, company="Other")
    response = client_of(admin).get(BOARD, {"q": "zephyr"})
    assert cards(response) == [str(wanted.pk)]


@pytest.mark.parametrize("few", [20_000, 0])
def test_filtered_columns_are_the_same_however_they_are_read(
    client_of, rep, organization, team, stages, monkeypatch, few
):
    monkeypatch.setattr(boards, "FEW", few)
    leads = [
        LeadFactory(organization=organization, team=team, assigned_to=rep if number % 2 else None, score=number * 5,
                    status=[LeadStatus.NEW, LeadStatus.PROPOSAL][number % 2], predicted_value_minor=1_00)
        for number in range(18)
    ]  # fmt: skip
    client = client_of(rep)
    response = client.get(BOARD, {"score_min": "45"})
    wanted = [str(lead.pk) for lead in reversed(leads) if lead.score >= 45]
    assert sorted(cards(response)) == sorted(wanted)
    assert cards(response, stages["proposal"]) == [
        pk for pk in wanted if leads[[str(one.pk) for one in leads].index(pk)].status == "proposal"
    ]
    if few:
        assert head(response, stages["proposal"]) == "Proposal 5 leads ₹5 · ₹2 weighted"
    else:
        assert head(response, stages["proposal"]) == "Proposal … leads"
        assert 'hx-trigger="load, board:totals' in response.content.decode()
        later = client.get(reverse("leads:board_figures"), {"score_min": "45"}, **HTMX)
        assert head(later, stages["proposal"]) == "Proposal 5 leads ₹5 · ₹2 weighted"


def test_beyond_ten_thousand_a_column_is_counted_no_further(client_of, admin, organization, stages, monkeypatch):
    monkeypatch.setattr(boards, "FEW", 0)
    monkeypatch.setattr(figures, "MOST_COUNTED", 3)
    for _ in range(5):
        LeadFactory(organization=organization, score=90, predicted_value_minor=1_00)
    response = client_of(admin).get(reverse("leads:board_figures"), {"score_min": "45"}, **HTMX)
    assert head(response, stages["new"]) == "New 3+ leads"


def test_counting_that_takes_too_long_is_given_up(client_of, admin, organization, stages, monkeypatch):
    monkeypatch.setattr(boards, "FEW", 0)
    LeadFactory(organization=organization, score=90)

    def slow(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(boards, "COUNT_MS", 50)
    monkeypatch.setattr(figures, "heads_counted", slow)
    response = client_of(admin).get(reverse("leads:board_figures"), {"score_min": "45"}, **HTMX)
    assert response.status_code == 200
    assert head(response, stages["new"]) == "New … leads"


def test_what_lies_too_deep_in_its_column_is_looked_for_everywhere(client_of, admin, organization, monkeypatch):
    monkeypatch.setattr(boards, "FEW", 0)
    lead = LeadFactory(organization=organization, score=90)
    read = boards.cards.first_pages

    def slow(*args, few=False, **kwargs):
        if not few:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")
        return read(*args, few=few, **kwargs)

    monkeypatch.setattr(boards, "LOOK_MS", 50)
    monkeypatch.setattr(boards.cards, "first_pages", slow)
    assert cards(client_of(admin).get(BOARD, {"score_min": "45"})) == [str(lead.pk)]


def test_an_empty_board_says_what_to_do_and_a_filtered_one_why(client_of, admin, viewer, organization):
    html = client_of(admin).get(BOARD).content.decode()
    assert "No leads yet" in html
    assert reverse("leads:lead_create") in html
    assert "New lead" not in client_of(viewer).get(BOARD).content.decode().replace("No leads yet", "")
    LeadFactory(organization=organization)
    assert "No lead matches" in client_of(admin).get(BOARD, {"source": "event"}).content.decode()


def test_figures_are_counted_and_compared_with_what_really_was(client_of, admin, organization, stages):
    now = timezone.now()

    def closed(status, days, count):
        for _ in range(count):
            LeadFactory(organization=organization, status=status, closed_at=now - timedelta(days=days))

    assert kpi(client_of(admin).get(BOARD), "Win rate") == "– nothing was closed in 90 days"
    closed(LeadStatus.CLOSED_WON, 5, 3)
    closed(LeadStatus.CLOSED_LOST, 10, 1)
    closed(LeadStatus.UNQUALIFIED, 10, 5)
    response = client_of(admin).get(BOARD)
    assert kpi(response, "Win rate") == "75 % 3 of 4 won"
    closed(LeadStatus.CLOSED_WON, 100, 1)
    closed(LeadStatus.CLOSED_LOST, 120, 1)
    closed(LeadStatus.CLOSED_WON, 200, 9)
    assert kpi(client_of(admin).get(BOARD), "Win rate") == "75 % 25 pt against 50 % before · 3 of 4 won"


@pytest.mark.parametrize("person", ["admin", "manager", "rep"])
def test_attention_counts_each_lead_once(client_of, request, organization, team, rep, person):
    now = timezone.now()
    own = {"organization": organization, "assigned_to": rep, "team": team}
    late, soon, long_ago = now - timedelta(hours=1), now + timedelta(days=1), now - timedelta(days=30)
    LeadFactory(**own)
    LeadFactory(**own, last_activity_at=long_ago)
    LeadFactory(**own, next_follow_up_at=late, last_activity_at=long_ago)
    LeadFactory(**own, next_follow_up_at=soon, last_activity_at=long_ago)
    LeadFactory(**own, next_follow_up_at=soon)
    LeadFactory(**own, status=LeadStatus.CLOSED_WON, last_activity_at=long_ago)
    response = client_of(request.getfixturevalue(person)).get(BOARD)
    assert kpi(response, "Need attention").split()[0] == "4"
    shown = client_of(request.getfixturevalue(person)).get(BOARD, {"attention": "any"})
    assert len(cards(shown)) == 4


def test_attention_stops_counting(client_of, admin, organization, monkeypatch):
    monkeypatch.setattr(figures, "MOST_ATTENTION", 2)
    for _ in range(4):
        LeadFactory(organization=organization)
    assert kpi(client_of(admin).get(BOARD), "Need attention").split()[0] == "2+"


def test_one_card_is_fetched_with_the_stage_where_it_belongs(client_of, admin, organization, stages):
    lead = LeadFactory(organization=organization)
    response = client_of(admin).get(reverse("leads:lead_card", args=[lead.pk]), **HTMX)
    assert cards(response) == [str(lead.pk)]
    assert f'<ol data-stage="{stages["new"].pk}">' in response.content.decode()


@pytest.mark.parametrize("why", ["unseen", "trashed", "filtered", "another pipeline"])
def test_a_card_that_is_not_on_this_board_is_not_found(
    client_of, request, organization, other_organization, rep, scope, why
):
    user, query = rep, {}
    lead = LeadFactory(organization=organization, assigned_to=rep)
    if why == "unseen":
        lead = LeadFactory(organization=organization, assigned_to=request.getfixturevalue("admin"))
    elif why == "trashed":
        Lead.objects.filter(pk=lead.pk).update(deleted_at=timezone.now())
    elif why == "filtered":
        query = {"source": "event"}
    else:
        partners = Pipeline.objects.create(organization=organization, name="Partners", position=1)
        talks = PipelineStage.objects.create(
            organization=organization, pipeline=partners, name="Talks", status="contacted"
        )
        Lead.objects.filter(pk=lead.pk).update(stage=talks)
    response = client_of(user).get(reverse("leads:lead_card", args=[lead.pk]), query, **HTMX)
    assert response.status_code == 404


def test_a_card_of_another_organization_is_not_found(client_of, outsider, organization):
    lead = LeadFactory(organization=organization)
    assert client_of(outsider).get(reverse("leads:lead_card", args=[lead.pk]), **HTMX).status_code == 404


@pytest.mark.parametrize("person", ["admin", "manager", "rep", "viewer"])
@pytest.mark.parametrize("query", ["", "?source=referral&score_min=40", "?q=company", "?owner=me&status=new"])
def test_the_page_stays_within_its_queries(client_of, request, organization, rep, team, person, query):
    for number in range(30):
        LeadFactory(
            organization=organization, assigned_to=[rep, None][number % 2], team=team, source="referral",
            status=[LeadStatus.NEW, LeadStatus.PROPOSAL, LeadStatus.CLOSED_WON][number % 3], closed_at=timezone.now(),
        )  # fmt: skip
    client = client_of(request.getfixturevalue(person))
    client.get(BOARD + query)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(BOARD + query).status_code == 200
    # The savepoint of the scope is the transaction itself outside of a test.
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 12, "\n".join(asked)


def test_folding_the_totals_changes_no_figure(client_of, admin, organization):
    for number in range(9):
        LeadFactory(organization=organization, predicted_value_minor=number * 100)
    client = client_of(admin)

    def figures_of(response):
        return re.findall(r'<header class="column__head".*?</header>', response.content.decode(), re.S)

    before = figures_of(client.get(BOARD))
    with tenancy.organization_scope(organization.pk):
        assert totals.fold_organization()
    assert figures_of(client.get(BOARD)) == before


def test_figures_and_cards_are_no_pages(client_of, admin, organization):
    lead = LeadFactory(organization=organization)
    client = client_of(admin)
    assert client.get(reverse("leads:board_figures")).url.startswith(BOARD)
    assert client.get(reverse("leads:lead_card", args=[lead.pk])).url == reverse("leads:lead_detail", args=[lead.pk])


def test_names_of_people_stay_text(client_of, admin, organization):
    LeadFactory(
        organization=organization, company='<script>alert(1)</script>"', lost_reason="<b>x</b>", status="closed_lost"
    )
    html = client_of(admin).get(BOARD).content.decode()
    assert "<script>alert" not in html
    assert "<b>x</b>" not in html
