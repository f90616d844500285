"""The page of a lead as a person works on it: facts, notes, next steps, owner, tags, and the reasons of its score."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from leadcrm.core import tenancy
from leads.models import Activity, Lead, LeadNote
from tests.factories.leads import LeadFactory

pytestmark = pytest.mark.browser


class LeadPage:
    """The page of one lead in a browser, by the names that people see."""

    def __init__(self, page, site, lead):
        self.page, self.lead = page, lead
        self.url = site + reverse("leads:lead_detail", args=[lead.pk])
        self.composer = page.locator("#composer")
        self.timeline = page.get_by_role("region", name="Timeline", exact=True)
        self.next_step = page.locator(".next-step")
        self.dialog = page.locator("#dialog")
        page.goto(self.url)

    def fact(self, name):
        return self.page.locator(f"#fact-{name}")

    def edit(self, name, text):
        """Open a fact where it stands and type into it; a group of which nothing is known is folded."""
        if not self.fact(name).is_visible():
            self.page.locator(".fact-group", has=self.fact(name)).locator("summary").click()
        self.fact(name).locator(".fact__edit").click()
        field = self.fact(name).locator("input:not([type=hidden]), textarea")
        expect(field).to_be_focused()
        field.fill(text)
        return field

    def toast(self, text):
        return self.page.locator(".toast", has_text=text)


@pytest.fixture
def lead(demo):
    """A lead of the rep with little known about it and nothing planned."""
    rep = demo.people["rep@demo.example"]
    return LeadFactory(
        organization=demo.organization, assigned_to=rep, team=rep.team, company="Sable Ferries", first_name="Ines",
        last_name="Nair", email="ines@sable.example", phone="+919812345678", job_title="Planner",
    )  # fmt: skip


def stored(demo, lead):
    with tenancy.organization_scope(demo.organization.pk):
        return Lead.objects.select_related("assigned_to").get(pk=lead.pk)


def test_a_fact_is_edited_where_it_stands_and_escape_leaves_it(open_page, site, demo, lead):
    on = LeadPage(open_page("rep"), site, lead)
    on.edit("job_title", "Somebody else")
    on.page.keyboard.press("Escape")
    expect(on.fact("job_title").locator(".fact__edit")).to_be_focused()
    expect(on.fact("job_title")).to_contain_text("Planner")
    on.edit("job_title", "Head of Operations")
    on.page.keyboard.press("Enter")
    expect(on.fact("job_title").locator(".fact__edit")).to_be_focused()
    expect(on.fact("job_title")).to_contain_text("Head of Operations")
    # What depends on it is fresh: the line under the title, and the timeline with both values.
    expect(on.page.locator(".lead-sum__who")).to_contain_text("Head of Operations")
    expect(on.timeline.locator(".timeline__changes").first).to_contain_text("Planner")
    assert stored(demo, lead).job_title == "Head of Operations"

    # What cannot be read stays in the field, beside the reason.
    field = on.edit("email", "ines at sable")
    on.page.evaluate("document.querySelector('.fact--editing form').noValidate = true")
    on.page.keyboard.press("Enter")
    expect(on.fact("email").locator(".field__error").first).to_be_visible()
    expect(field).to_have_value("ines at sable")
    assert stored(demo, lead).email == "ines@sable.example"


def test_two_people_who_edit_the_same_fact_both_see_both_versions(open_page, site, demo, lead):
    first, second = (LeadPage(open_page(person), site, lead) for person in ("rep", "manager"))
    first.edit("job_title", "Fleet manager")
    second.edit("job_title", "Fleet director")
    first.page.keyboard.press("Enter")
    expect(first.fact("job_title").locator(".fact__edit")).to_contain_text("Fleet manager")
    second.page.keyboard.press("Enter")
    versions = second.fact("job_title").locator(".versions")
    expect(versions.get_by_role("radio", name="Keep mine")).to_be_checked()
    expect(versions.locator("label", has_text="Keep mine")).to_contain_text("Fleet director")
    expect(versions.locator("label", has_text="Take theirs")).to_contain_text("Fleet manager")
    assert stored(demo, lead).job_title == "Fleet manager"
    # The person decides, and the other version stays in the timeline.
    second.fact("job_title").get_by_role("button", name="Save my choice").click()
    expect(second.fact("job_title").locator(".fact__edit")).to_contain_text("Fleet director")
    expect(second.timeline.locator(".timeline__changes").first).to_contain_text("Fleet manager")
    assert stored(demo, lead).job_title == "Fleet director"

    # Another fact disturbs nobody: both are kept.
    first.edit("city", "Kochi")
    second.edit("industry", "shipping")
    for on, name, text in ((second, "industry", "shipping"), (first, "city", "Kochi")):
        on.page.keyboard.press("Enter")
        expect(on.fact(name).locator(".fact__edit")).to_contain_text(re.compile(text, re.IGNORECASE))
    both = stored(demo, lead)
    assert (both.city, both.industry.lower()) == ("Kochi", "shipping")


def test_a_change_by_somebody_else_is_announced_and_replaces_nothing(live_site, open_page, demo, lead):
    mine, theirs = (LeadPage(open_page(person, at=live_site), live_site, lead) for person in ("rep", "manager"))
    expect(mine.page.locator("#live[data-live-state=on]")).to_be_attached()
    mine.composer.get_by_label("Note").fill("Half a sentence")
    theirs.edit("city", "Kochi")
    theirs.page.keyboard.press("Enter")
    news = mine.page.locator("lead-live")
    expect(news).to_contain_text("This lead was changed by somebody else.", use_inner_text=True)
    mine.page.get_by_role("link", name="Reload").click()
    expect(mine.fact("city")).to_contain_text("Kochi")
    expect(news).to_be_hidden()
    expect(mine.composer.get_by_label("Note")).to_have_value("Half a sentence")


def test_a_note_a_plan_and_its_end_stand_where_they_are_looked_for(open_page, site, demo, lead):
    on = LeadPage(open_page("rep"), site, lead)
    expect(on.next_step).to_contain_text("No next step")
    note = on.composer.get_by_label("Note")
    note.fill("Wants to see the figures of last year first.")
    note.press("Control+Enter")
    expect(on.timeline.get_by_role("listitem").first).to_contain_text("Wants to see the figures of last year first.")
    expect(on.composer.get_by_label("Note")).to_have_value("")

    today = datetime.now(demo.organization.tzinfo).date()
    on.composer.get_by_role("link", name="Plan").click()
    on.composer.get_by_label("What", exact=True).select_option(label="Call")
    on.composer.get_by_label("Subject").fill("Go through the figures")
    on.composer.get_by_label("Day").fill(today.isoformat())
    on.composer.get_by_label("Time").fill("23:59")
    on.composer.get_by_role("button", name="Plan").click()
    expect(on.next_step).to_contain_text("Call: Go through the figures")
    expect(on.next_step).to_contain_text("23:59")
    expect(on.timeline).to_contain_text("Go through the figures")

    # My day has it under today, and completing it there asks for the next step.
    on.page.locator("#sidebar").get_by_role("link", name="My day").click()
    day = on.page.locator("#day")
    row = day.get_by_role("region", name="Today").locator("[data-row]", has_text="Go through the figures")
    expect(row).to_contain_text(lead.title)
    row.get_by_role("link", name="Done").click()
    on.dialog.get_by_label("Outcome").fill("Interested")
    on.dialog.get_by_label("Plan the next step").check()
    on.dialog.get_by_label("What").select_option(label="Meeting")
    on.dialog.get_by_label("Subject").fill("Show the offer")
    on.dialog.get_by_label("Day").fill((today + timedelta(days=2)).isoformat())
    on.dialog.get_by_role("button", name="Complete").click()
    expect(on.dialog).not_to_be_visible()
    expect(day.get_by_role("region", name="Done today")).to_contain_text("Interested")
    expect(day.get_by_role("region", name="Next seven days")).to_contain_text("Meeting: Show the offer")
    on.page.goto(on.url)
    expect(on.next_step).to_contain_text("Meeting: Show the offer")
    expect(on.timeline).to_contain_text("Interested")
    with tenancy.organization_scope(demo.organization.pk):
        call, meeting = Activity.objects.filter(lead=lead).order_by("created_at")
        assert LeadNote.objects.get(lead=lead).author == demo.people["rep@demo.example"]
    assert (call.outcome, call.completed_at is not None) == ("Interested", True)
    assert (meeting.type, meeting.subject, meeting.completed_at) == ("meeting", "Show the offer", None)


def test_owner_and_tags_change_beside_the_score_with_its_reasons(open_page, site, demo, lead):
    on = LeadPage(open_page("manager"), site, lead)
    owner, tags = (on.page.get_by_role("region", name=name) for name in ("Owner", "Tags"))
    owner.get_by_role("link", name="Change").click()
    on.dialog.get_by_label("Owner").select_option(label="Jonas Dahl")
    on.dialog.get_by_role("button", name="Save").click()
    expect(owner).to_contain_text("Jonas Dahl")
    expect(on.page.locator(".lead-sum__facts")).to_contain_text("Jonas Dahl")
    assert stored(demo, lead).assigned_to == demo.people["rep2@demo.example"]

    for name in ("Priority", "Ferry line"):
        tags.get_by_label("Add a tag").fill(name)
        tags.get_by_role("button", name="Add tag").click()
        expect(tags.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    tags.get_by_role("button", name="Take off the tag Priority").click()
    expect(tags.get_by_role("listitem")).to_have_text(["Ferry line"])
    with tenancy.organization_scope(demo.organization.pk):
        assert [tag.name for tag in stored(demo, lead).tags.all()] == ["Ferry line"]

    # An edit changes the score, and the reasons shown add up to the score shown.
    on.edit("industry", "manufacturing")
    on.page.keyboard.press("Enter")
    panel = on.page.get_by_role("region", name="Score")
    expect(panel.locator(".reasons")).to_contain_text("manufacturing")
    *points, total = [int(text) for text in panel.locator(".reasons__points").all_inner_texts()]
    assert sum(points) == total == stored(demo, lead).score > 0


def test_a_lead_that_exists_is_named_while_it_is_typed_and_a_second_one_needs_consent(open_page, site, demo, lead):
    page = open_page("rep")
    page.goto(site + reverse("leads:lead_create"))
    twins = page.locator("#twins")
    company = page.get_by_role("textbox", name=re.compile("^Company( |$)"))
    company.fill("sable ferries")
    expect(twins).to_contain_text("This may exist already")
    expect(twins.get_by_role("link", name=lead.title)).to_be_visible()
    company.fill("Something else")
    expect(twins).to_be_empty()
    page.get_by_label("First name").fill("Ines")
    page.get_by_label("E-mail").fill("INES@sable.example")
    expect(twins).to_contain_text(lead.title)
    page.get_by_role("button", name="Add lead").click()
    expect(page.get_by_text("This lead seems to exist already.").first).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ines")
    consent = page.get_by_role("checkbox", name=re.compile("another"))
    consent.check()
    page.get_by_role("button", name="Add lead").click()
    expect(page.get_by_text("Another lead has the same e-mail or phone.")).to_be_visible()
    page.locator(".banner").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("dialog", name="Possible duplicates").get_by_role("link", name=lead.title)).to_be_visible()
    with tenancy.organization_scope(demo.organization.pk):
        assert Lead.objects.filter(email_norm="ines@sable.example").count() == 2
