"""The page of a lead: who sees what of it, its timeline, its score, and what it costs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.core import tenancy
from leads.models import CustomField, Lead
from leads.services import activities, capture, journey, notes, tagging
from tests.factories.leads import LeadFactory

HTMX = {"HTTP_HX_REQUEST": "true"}
EVIL = "<script>alert('x')</script>"


@pytest.fixture
def lead(organization, rep, team):
    return LeadFactory(organization=organization, assigned_to=rep, team=team, company="Acme Robotics")


@pytest.fixture
def rich_lead(organization, rep, manager):
    """A lead with something of everything."""
    with tenancy.organization_scope(organization.pk, actor_id=rep.pk):
        CustomField.objects.create(key="plants", label="Plants", type="number")
        lead = capture.create_lead(
            actor=rep, assigned_to=rep, company="Acme", email="greta@acme.example", phone="+919812345678",
            custom_fields={"plants": 3, "old": "x"}, tags=["A", "B"],
        )  # fmt: skip
        capture.create_lead(actor=rep, assigned_to=rep, company="Acme again", email="greta@acme.example")
        for number in range(15):
            notes.add_note(lead=lead, content=f"Note {number}", actor=rep)
            activity = activities.plan_activity(
                lead=lead, type="call", actor=rep, user=rep, scheduled_at=timezone.now() + timedelta(days=1 + number)
            )
            if number % 2:
                activities.complete_activity(activity=activity, actor=rep, outcome=f"Outcome {number}")
            capture.update_lead(lead=lead, actor=manager, city=f"City {number}", industry=("", "Finance")[number % 2])
        return Lead.objects.get(pk=lead.pk)


def page_of(client, lead, **headers):
    return client.get(reverse("leads:lead_detail", args=[lead.pk]), **headers)


def test_outsiders_and_people_without_reach_find_nothing(client_of, lead, outsider, organization, team):
    from tests.factories.accounts import UserFactory

    other_rep = UserFactory(rep=True, organization=organization, team=team, full_name="Other Rep")
    for person in (outsider, other_rep):
        for name in (
            "lead_detail",
            "lead_edit",
            "lead_timeline",
            "lead_score",
            "lead_assign",
            "lead_tags",
            "note_create",
        ):
            response = client_of(person).get(reverse(f"leads:{name}", args=[lead.pk]), **HTMX)
            assert response.status_code == 404, (person, name)


def test_viewers_read_and_change_nothing(client_of, viewer, rich_lead):
    page = page_of(client_of(viewer), rich_lead).content.decode()
    assert "City 14" in page
    assert "Note 14" in page
    for word in (
        "fact__edit",
        'id="composer"',
        "data-done",
        ">Complete<",
        "Add tag",
        "Assign to me",
        "Move to the trash",
    ):
        assert word not in page
    steps = re.findall(r'<button class="stages__step[^>]*>', page)
    assert len(steps) == 9
    assert all("disabled" in step for step in steps)


def test_the_parts_that_refresh_come_alone(client_of, rep, rich_lead):
    client = client_of(rep)
    head = page_of(client, rich_lead, HTTP_HX_TARGET="lead-head", **HTMX)
    side = page_of(client, rich_lead, HTTP_HX_TARGET="lead-side", **HTMX)
    for response, has, lacks in ((head, "Next step", "Owner</h2>"), (side, "Owner</h2>", "next-step")):
        text = response.content.decode()
        assert has in text
        assert lacks not in text
        assert "<html" not in text
        assert {"HX-Request", "HX-Target"} <= {part.strip() for part in response["Vary"].split(",")}


@pytest.mark.parametrize("who", ["rep", "manager", "admin"])
def test_the_page_stays_within_the_query_ceiling(client_of, request, who, rich_lead, django_assert_max_num_queries):
    client = client_of(request.getfixturevalue(who))
    page_of(client, rich_lead)
    with django_assert_max_num_queries(12 + 2):  # BEGIN and COMMIT count here
        assert page_of(client, rich_lead).status_code == 200


def test_a_lead_without_a_next_step_warns(client_of, rep, lead):
    page = page_of(client_of(rep), lead).content.decode()
    assert "next-step--none" in page
    assert reverse("leads:activity_create", args=[lead.pk]) in page


def test_an_overdue_step_says_so(client_of, rep, lead, organization):
    from tests.factories.leads import ActivityFactory

    with tenancy.organization_scope(organization.pk):
        ActivityFactory(lead=lead, user=rep, scheduled_at=timezone.now() - timedelta(days=2))
    assert "next-step--overdue" in page_of(client_of(rep), lead).content.decode()


def test_markup_of_people_stays_text_everywhere(client_of, rep, manager, organization):
    with tenancy.organization_scope(organization.pk):
        CustomField.objects.create(key="evil", label=EVIL)
        names = ("first_name", "last_name", "company", "job_title", "city", "industry", "message", "notes", "budget")
        lead = capture.create_lead(
            actor=rep, assigned_to=rep, tags=[EVIL], custom_fields={"evil": EVIL, EVIL: {"a": EVIL}},
            communication_preference={EVIL: EVIL}, website="javascript:alert(1)", **dict.fromkeys(names, EVIL),
        )  # fmt: skip
        notes.add_note(lead=lead, content=EVIL * 100, actor=rep)
        done = activities.plan_activity(
            lead=lead, type="call", actor=rep, user=rep, subject=EVIL, scheduled_at=timezone.now() + timedelta(days=1)
        )
        activities.complete_activity(activity=done, actor=rep, outcome=EVIL)
        capture.update_lead(lead=lead, actor=manager, city="Pune")
        journey.record(lead, EVIL, actor=None, name=EVIL, description=EVIL, properties={EVIL: EVIL})
    for url in (reverse("leads:lead_detail", args=[lead.pk]), reverse("leads:lead_edit", args=[lead.pk]),
                reverse("leads:lead_score", args=[lead.pk])):  # fmt: skip
        page = client_of(rep).get(url).content.decode()
        assert EVIL not in page
        assert 'href="javascript' not in page


def test_long_texts_are_folded(client_of, rep, lead, organization):
    with tenancy.organization_scope(organization.pk):
        notes.add_note(lead=lead, content="word " * 2_000, actor=rep)
    page = page_of(client_of(rep), lead).content.decode()
    assert "Show all 9999 characters" in page


def test_do_not_contact_and_a_twin_are_said_on_top(client_of, rep, manager, organization, team):
    lead = LeadFactory(organization=organization, assigned_to=rep, team=team, email="a@b.example", do_not_contact=True)
    other = LeadFactory(organization=organization, assigned_to=manager, team=team, email="A@B.example")
    page = page_of(client_of(rep), lead).content.decode()
    assert "Do not contact." in page
    assert "Another lead has the same" not in page  # the rep does not see it
    assert "Another lead has the same" in page_of(client_of(manager), lead).content.decode()
    twins = client_of(manager).get("/leads/duplicates/", {"email": "a@b.example", "except": str(lead.pk)})
    assert reverse("leads:lead_detail", args=[other.pk]) in twins.content.decode()


# --- timeline ----------------------------------------------------------------------------------------


def items_of(html):
    return re.findall(r'class="timeline__item"', html)


def test_the_timeline_pages_through_everything_once(client_of, rep, rich_lead):
    client, texts = client_of(rep), []
    url = reverse("leads:lead_timeline", args=[rich_lead.pk])
    html = client.get(url, **HTMX).content.decode()
    for _ in range(20):
        texts.append(html)
        following = re.search(r'hx-get="([^"]*before=[^"]*)"', html)
        if not following:
            break
        html = client.get(following[1].replace("&amp;", "&"), **HTMX).content.decode()
    everything = "".join(texts)
    assert len(texts) > 1
    for number in range(15):
        assert len(re.findall(rf">Note {number}</div>", everything)) == 1
        assert len(re.findall(rf"Outcome {number}</div>", everything)) == number % 2
        assert len(re.findall(rf"</span> City {number}</dd>", everything)) == 1
    # Events of notes and activities are told by the notes and activities themselves.
    assert "Note added" not in everything
    assert "Activity planned" not in everything
    assert len(items_of(everything)) == 15 + 15 + everything.count('<dl class="timeline__changes">') + sum(
        everything.count(f">{words}<")
        for words in ("Lead created", "Qualified by score", "Stage changed", "Tags changed")
    ) + everything.count("Follow-up planned")


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [("notes", "Note 14", "City 14"), ("activities", "Outcome 13", "Note 14"), ("changes", "City 14", "Note 14")],
)
def test_the_timeline_filters_by_kind_with_and_without_a_script(client_of, rep, rich_lead, kind, has, lacks):
    client = client_of(rep)
    part = client.get(reverse("leads:lead_timeline", args=[rich_lead.pk]), {"kind": kind}, **HTMX).content.decode()
    assert has in part
    assert lacks not in part
    plain = client.get(reverse("leads:lead_timeline", args=[rich_lead.pk]), {"kind": kind})
    assert plain.status_code == 302
    page = client.get(plain["Location"]).content.decode()
    story = page[page.index('id="timeline"') : page.index('id="lead-side"')]
    assert has in story
    assert lacks not in story


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhIjoxfQ", "%00", "A" * 5_000, "WyIyMDI2LTAxLTAxIiwgIngiXQ"])
def test_a_cursor_that_cannot_be_read_shows_the_first_page(client_of, rep, rich_lead, cursor):
    response = page_of(client_of(rep), rich_lead)
    assert response.status_code == 200
    url = reverse("leads:lead_timeline", args=[rich_lead.pk])
    broken = client_of(rep).get(url, {"before": cursor, "kind": "\x00"}, **HTMX)
    assert broken.status_code == 200
    assert ">Note 14</div>" in broken.content.decode()


def test_the_timeline_reads_few_partitions_and_follows_the_index(rich_lead, organization):
    from leads.models import JourneyEvent
    from leads.reports import timeline

    with tenancy.organization_scope(organization.pk):
        now = timezone.now()
        events = (
            JourneyEvent.objects.filter(lead=rich_lead)
            .filter(created_at__gte=rich_lead.created_at - timeline.MARGIN, created_at__lte=now + timeline.MARGIN)
            .newest_first()[:26]
        )
        plan = events.explain()
    partitions = set(re.findall(r"leads_journeyevent_\w+", plan))
    assert partitions, plan
    months = {name for name in partitions if "_y" in name and "idx" not in name and "lead" not in name[18:]}
    assert len({re.search(r"y\d{4}m\d{2}", name)[0] for name in partitions if re.search(r"y\d{4}m\d{2}", name)}) <= 2, (
        months
    )


# --- score, trash, tags, owner -----------------------------------------------------------------------


def test_the_score_panel_shows_every_point_and_the_sum(client_of, rep, rich_lead):
    page = page_of(client_of(rep), rich_lead).content.decode()
    panel = page[page.index('id="score-title"') :]
    points = [int(number) for number in re.findall(r'reasons__points--\w+">\+?(-?\d+)<', panel)]
    assert sum(points) == rich_lead.score
    assert "nothing known yet" in panel
    assert "score-spark" in panel
    assert "Confidence" in panel


def test_the_reasons_come_alone_for_the_popover_of_a_list(client_of, rep, rich_lead):
    url = reverse("leads:lead_score", args=[rich_lead.pk])
    text = client_of(rep).get(url, **HTMX).content.decode()
    assert "Company is known" in text
    assert "<html" not in text
    assert "<html" in client_of(rep).get(url).content.decode()


def test_the_trash_and_the_way_back(client_of, manager, rep, lead):
    trash, restore = (reverse(f"leads:lead_{verb}", args=[lead.pk]) for verb in ("trash", "restore"))
    assert client_of(rep).post(trash).status_code == 403
    client = client_of(manager)
    response = client.post(trash)
    assert response.status_code == 303
    assert page_of(client_of(rep), lead).status_code == 404
    page = page_of(client, lead).content.decode()
    assert "This lead is in the trash" in page
    assert 'id="composer"' not in page
    assert client_of(rep).post(restore).status_code == 403
    assert client.get(restore).status_code == 405
    again = client.post(restore, **HTMX)
    assert again["HX-Redirect"] == reverse("leads:lead_detail", args=[lead.pk])
    assert page_of(client_of(rep), lead).status_code == 200


def test_tags_are_added_removed_and_offered(client_of, rep, lead, organization):
    url = reverse("leads:lead_tags", args=[lead.pk])
    client = client_of(rep)
    response = client.post(url, {"add": "Fair 2026, Priority"}, **HTMX)
    assert response.status_code == 204
    assert "lead:changed" in response["HX-Trigger"]
    with tenancy.organization_scope(organization.pk):
        tags = {tag.name: tag for tag in lead.tags.all()}
    assert set(tags) == {"Fair 2026", "Priority"}
    assert '<option value="Priority">' in client.get(url, **HTMX).content.decode()
    assert client.post(url, {"remove": tags["Priority"].pk}).status_code == 302
    for bad in ({"add": "x" * 61}, {"remove": "nonsense"}):
        assert client.post(url, bad, **HTMX).status_code == 409
    with tenancy.organization_scope(organization.pk):
        assert [tag.name for tag in lead.tags.all()] == ["Fair 2026"]


def test_owners_are_chosen_within_ones_reach(client_of, rep, manager, admin, outsider, viewer, marketer, lead):
    url = reverse("leads:lead_assign", args=[lead.pk])
    owner = lambda: Lead.objects.filter(pk=lead.pk).values_list("assigned_to", flat=True)  # noqa: E731
    for person, to, status in (
        (rep, manager.pk, 403), (manager, admin.pk, 403), (admin, outsider.pk, 403), (admin, viewer.pk, 409),
        (admin, "nonsense", 403), (marketer, marketer.pk, 403), (viewer, viewer.pk, 403),
        (manager, manager.pk, 204), (rep, rep.pk, 404),
    ):  # fmt: skip
        assert client_of(person).post(url, {"to": to}, **HTMX).status_code == status, (person, to)
    with tenancy.organization_scope(lead.organization_id):
        assert list(owner()) == [manager.pk]


def test_an_assignment_can_be_undone(client_of, manager, rep, lead):
    import json

    url = reverse("leads:lead_assign", args=[lead.pk])
    client = client_of(manager)
    response = client.post(url, {"to": manager.pk}, **HTMX)
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    assert client.post(undo, **HTMX).status_code == 204
    with tenancy.organization_scope(lead.organization_id):
        assert Lead.objects.get(pk=lead.pk).assigned_to_id == rep.pk


def test_people_of_another_organisation_are_not_offered(client_of, admin, outsider, lead):
    page = client_of(admin).get(reverse("leads:lead_assign", args=[lead.pk])).content.decode()
    assert str(outsider.pk) not in page
    assert str(admin.pk) in page


def test_every_column_of_a_lead_is_shown_somewhere():
    from leads.reports.facts import GROUPS

    # Outside the groups, or copies that only the database needs.
    elsewhere = {
        "id", "organization", "status", "stage", "assigned_to", "team", "next_follow_up_at", "next_step", "score",
        "score_confidence", "custom_fields", "version", "board_position", "email_norm", "company_norm",
    }  # fmt: skip

    shown = {column for group in GROUPS for fact in group.facts for column in fact.stored_in}
    columns = {field.name for field in Lead._meta.concrete_fields} | {"batch_id"}
    assert columns - shown - elsewhere == {"batch"}
    assert not shown & elsewhere
    assert shown <= columns


def test_every_fact_that_can_be_edited_has_a_service_behind_it():
    from leads.reports.facts import GROUPS
    from leads.services.capture import EDITABLE_FIELDS

    editable = {column for group in GROUPS for fact in group.facts if fact.editable for column in fact.stored_in}
    assert editable <= EDITABLE_FIELDS
    left_out = EDITABLE_FIELDS - editable
    assert left_out == {"custom_fields"}


def test_removed_tags_do_not_show(client_of, rep, rich_lead, organization):
    with tenancy.organization_scope(organization.pk):
        tagging.set_tags(lead=rich_lead, names=["B"], actor=rep)
    page = page_of(client_of(rep), rich_lead).content.decode()
    assert "Take off the tag B" in page
    assert "Take off the tag A" not in page
