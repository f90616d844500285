"""Moving leads over HTTP: what the board is told, what a terminal stage asks, who may, and taking it back."""

import json
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import tenancy
from leads.models import Lead, PipelineStage
from leads.services import pipeline
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/board/"}


@pytest.fixture
def stages(organization):
    with tenancy.organization_scope(organization.pk):
        return {stage.status: stage for stage in PipelineStage.objects.all()}


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(
        organization=organization, company="Acme", assigned_to=rep, team=team, predicted_value_minor=500_000_00
    )


def move(client, lead, stage, htmx=True, **data):
    url = reverse("leads:lead_move", args=[lead.pk])
    return client.post(url, {"stage": str(stage.pk), **data}, **(HTMX if htmx else {}))


def events(response):
    return json.loads(response.headers.get("HX-Trigger", "{}"))


def now_in(lead):
    with tenancy.organization_scope(lead.organization_id):
        return Lead.objects.select_related("stage").get(pk=lead.pk)


def test_a_saved_move_tells_the_board_the_place_and_both_heads(client_of, rep, lead, stages):
    response = move(client_of(rep), lead, stages["contacted"], seen_stage=str(stages["new"].pk))
    moved = now_in(lead)
    assert response.status_code == 200
    assert moved.stage == stages["contacted"]
    place = {"id": str(lead.pk), "stage": str(moved.stage_id), "position": str(moved.board_position)}
    assert place.items() <= events(response)["card:moved"].items()
    html = response.content.decode()
    assert sorted(re.findall(r'id="head-([^"]+)" hx-swap-oob="true"', html)) == sorted(
        [str(stages["new"].pk), str(stages["contacted"].pk)]
    )


def test_a_move_without_a_next_step_offers_to_plan_one(client_of, rep, lead, stages):
    told = events(move(client_of(rep), lead, stages["contacted"]))["toast"]
    assert told["text"] == "Acme moved to Contacted. No next step is planned."
    assert told["link"] == {"url": reverse("leads:lead_detail", args=[lead.pk]) + "#plan", "text": "Plan next step"}
    with tenancy.organization_scope(lead.organization_id):
        Lead.objects.update(next_follow_up_at=timezone.now())
    assert "link" not in events(move(client_of(rep), lead, stages["qualified"]))["toast"]


def test_undo_puts_the_lead_back_once_however_often_it_is_clicked(client_of, rep, lead, stages):
    client, before = client_of(rep), now_in(lead)
    undo = events(move(client, lead, stages["contacted"]))["toast"]["undo"]
    for _ in range(2):
        response = client.post(undo, **HTMX)
        assert response.status_code in (200, 204)
    after = now_in(lead)
    assert (after.stage, after.board_position) == (before.stage, before.board_position)
    assert events(response)["card:moved"]["position"] == str(before.board_position)


def test_undo_after_somebody_else_moved_on_is_refused(client_of, rep, manager, lead, stages):
    undo = events(move(client_of(rep), lead, stages["contacted"]))["toast"]["undo"]
    move(client_of(manager), lead, stages["qualified"])
    response = client_of(rep).post(undo, **HTMX)
    assert response.status_code == 409
    assert events(response)["card:stale"] == {"id": str(lead.pk)}
    assert now_in(lead).stage == stages["qualified"]


def test_won_asks_for_the_value_with_the_expected_one_filled_in(client_of, rep, lead, stages):
    client = client_of(rep)
    asked = move(client, lead, stages["closed_won"])
    assert (asked.status_code, asked.headers["HX-Retarget"]) == (422, "#dialog")
    assert 'name="won_value" value="500000"' in asked.content.decode()
    assert now_in(lead).stage == stages["new"]
    wrong = move(client, lead, stages["closed_won"], closing="1", won_value="lots")
    assert wrong.status_code == 422
    assert 'value="lots"' in wrong.content.decode()
    assert move(client, lead, stages["closed_won"], closing="1", won_value="1,250.50").status_code == 200
    assert now_in(lead).won_value_minor == 1250_50


@pytest.mark.parametrize("value", ["-1", "", "€ 5", "9" * 30])
def test_an_impossible_won_value_is_refused_in_the_dialog(client_of, rep, lead, stages, value):
    response = move(client_of(rep), lead, stages["closed_won"], closing="1", won_value=value)
    assert response.status_code == 422
    assert now_in(lead).stage == stages["new"]


def test_lost_asks_for_the_reason_and_suggests_earlier_ones(client_of, rep, lead, stages):
    for reason in ("No budget", "no budget", "Competitor"):
        LeadFactory(
            organization=lead.organization, assigned_to=rep, status="closed_lost", lost_reason=reason,
            closed_at=timezone.now(),
        )  # fmt: skip
    client = client_of(rep)
    asked = move(client, lead, stages["closed_lost"])
    assert asked.status_code == 422
    offered = [words.lower() for words in re.findall(r'<option value="([^"]+)"', asked.content.decode())]
    assert offered == ["no budget", "competitor"]
    assert move(client, lead, stages["closed_lost"], closing="1", lost_reason=" ").status_code == 422
    assert move(client, lead, stages["closed_lost"], closing="1", lost_reason="x" * 256).status_code == 422
    assert move(client, lead, stages["closed_lost"], closing="1", lost_reason="No answer").status_code == 200
    assert now_in(lead).lost_reason == "No answer"


def test_without_a_script_the_question_is_a_page_and_the_answer_leads_back(client_of, rep, lead, stages):
    client = client_of(rep)
    asked = move(client, lead, stages["closed_lost"], htmx=False)
    assert asked.status_code == 422
    assert "<title>" in asked.content.decode()
    done = move(client, lead, stages["closed_lost"], htmx=False, closing="1", lost_reason="No answer")
    assert done.url == reverse("leads:lead_detail", args=[lead.pk])


def test_a_stale_move_is_refused_and_says_where_the_lead_is(client_of, rep, manager, lead, stages):
    move(client_of(manager), lead, stages["qualified"])
    response = move(client_of(rep), lead, stages["contacted"], seen_stage=str(stages["new"].pk))
    assert response.status_code == 409
    assert events(response)["toast"]["text"] == "Acme was changed by somebody else and is now in Qualified."
    assert events(response)["card:stale"] == {"id": str(lead.pk)}
    assert now_in(lead).stage == stages["qualified"]


def test_a_change_of_order_is_saved_without_a_toast(client_of, rep, lead, stages):
    other = LeadFactory(organization=lead.organization, assigned_to=rep)
    response = move(client_of(rep), lead, stages["new"], below=str(other.pk))
    assert response.status_code == 204
    assert "toast" not in events(response)
    assert now_in(lead).board_position < now_in(other).board_position


@pytest.mark.parametrize("data", [{"stage": "x"}, {"stage": ""}, {"above": "x"}, {"version": "x"}])
def test_a_move_that_names_nonsense_is_a_bad_request(client_of, rep, lead, stages, data):
    response = client_of(rep).post(
        reverse("leads:lead_move", args=[lead.pk]), {"stage": str(stages["contacted"].pk), **data}, **HTMX
    )
    assert response.status_code == 400
    assert now_in(lead).stage == stages["new"]


def test_a_viewer_cannot_move_and_a_rep_cannot_move_what_they_do_not_see(
    client_of, viewer, rep, outsider, organization, lead, stages
):
    stranger = UserFactory(organization=organization, rep=True, team=TeamFactory(organization=organization))
    assert move(client_of(viewer), lead, stages["contacted"]).status_code == 403
    assert move(client_of(stranger), lead, stages["contacted"]).status_code == 404
    assert move(client_of(outsider), lead, stages["contacted"]).status_code == 404
    assert now_in(lead).stage == stages["new"]


def test_a_stage_of_another_organization_is_not_found(client_of, rep, lead, other_organization):
    with tenancy.organization_scope(other_organization.pk):
        foreign = PipelineStage.objects.first()
    assert move(client_of(rep), lead, foreign).status_code == 404


def test_on_a_filtered_board_the_heads_are_fetched_afterwards(client_of, rep, lead, stages):
    response = client_of(rep).post(
        reverse("leads:lead_move", args=[lead.pk]), {"stage": str(stages["contacted"].pk)},
        HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/board/?source=manual",
    )  # fmt: skip
    assert (response.status_code, response.content) == (204, b"")
    assert events(response)["card:moved"]["id"] == str(lead.pk)


def test_a_move_that_never_was_cannot_be_undone(client_of, rep, lead, stages):
    url = reverse("leads:lead_move_undo", args=[lead.pk, uuid.UUID(int=1)])
    assert client_of(rep).post(url, **HTMX).status_code == 409


def test_an_undo_needs_the_right_to_edit(client_of, rep, viewer, lead, stages):
    with tenancy.organization_scope(lead.organization_id):
        pipeline.move_lead(lead=lead, stage=stages["contacted"], actor=rep)
        url = reverse("leads:lead_move_undo", args=[lead.pk, pipeline.last_move(lead).pk])
    assert client_of(viewer).post(url, **HTMX).status_code == 403
    assert now_in(lead).stage == stages["contacted"]
