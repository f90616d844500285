"""The list as a person uses it: narrow it, order it, choose columns, leaf through it, change many leads at once."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead, LeadTag
from tests.factories.leads import stage_of

pytestmark = pytest.mark.browser


class List:
    """The list in a browser, by the names that people see."""

    def __init__(self, page, site):
        self.page, self.url = page, site + reverse("leads:lead_list")
        self.rows = page.locator("bulk-table tbody tr")

    def open(self, query=""):
        self.page.goto(self.url + query)
        return self

    def names(self):
        return self.rows.locator(".table__main a").all_inner_texts()

    def heads(self):
        return [text.strip() for text in self.page.locator("bulk-table thead th[scope=col]").all_inner_texts()]

    def expect_query(self, **expected):
        """Wait until the address asks for exactly this, apart from the place in the list."""

        def matches(address):
            query = {name: values for name, values in parse_qs(urlsplit(address).query).items() if name != "after"}
            return query == {name: [value] for name, value in expected.items()}

        self.page.wait_for_url(matches)

    def drawer(self, name):
        self.page.get_by_role("link", name=name).click()
        drawer = self.page.locator("#drawer")
        expect(drawer).to_be_visible()
        return drawer

    def select(self, count):
        for row in self.rows.all()[:count]:
            row.get_by_role("checkbox").check()
        expect(self.page.locator("[data-bulk-count]")).to_have_text(f"{count} leads selected")
        return self.names()[:count]

    def ask(self, name):
        self.page.locator("[data-bulk-bar]").get_by_role("button", name=name).click()
        dialog = self.page.locator("#dialog")
        expect(dialog).to_be_visible()
        return dialog

    def toast(self, text):
        return self.page.locator(".toast", has_text=text)

    def undo(self, text, count):
        # The list loads again after it; what is selected before that is another list's.
        with self.page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "lead-list"):
            self.toast(text).get_by_role("button", name="Undo").click()
        expect(self.toast(f"{count} {'lead' if count == 1 else 'leads'} as before")).to_be_visible()
        expect(self.page.locator(".htmx-request")).to_have_count(0)


@pytest.fixture
def many(demo):
    """Sixty leads more, whose scores and cities differ."""
    with tenancy.organization_scope(demo.organization.pk):
        stage = stage_of(demo.organization)
        Lead.objects.bulk_create(
            Lead(organization=demo.organization, stage=stage, status=stage.status, company=f"Row {number:02}",
                 city="Pune" if number % 2 else "Goa", score=number)
            for number in range(60)
        )  # fmt: skip


def facts_of(demo, names, *fields):
    with tenancy.organization_scope(demo.organization.pk):
        return {row[0]: row[1:] for row in Lead.objects.filter(company__in=names).values_list("company", *fields)}


def test_filters_search_and_order_live_in_the_address(open_page, site, demo, many):
    page = open_page("admin")
    leads = List(page, site).open()
    page.get_by_role("searchbox", name="Search leads").fill("row")
    leads.expect_query(q="row")
    expect(page.locator(".lead-list__count")).to_contain_text("60")

    drawer = leads.drawer("Filters")
    drawer.locator("summary", has_text="What").click()
    drawer.get_by_label("City").fill("Pune")
    drawer.locator("summary", has_text="Worth").click()
    drawer.get_by_label("Score up to").fill("20")
    drawer.get_by_role("button", name="Show leads").click()
    leads.expect_query(q="row", city="Pune", score_max="20")
    expect(leads.rows).to_have_count(10)
    expect(page.get_by_role("group", name="Filters in force")).to_contain_text("City: Pune")

    page.get_by_role("link", name="Score", exact=True).click()
    leads.expect_query(q="row", city="Pune", score_max="20", sort="-score")
    expect(page.get_by_role("columnheader", name="Score")).to_have_attribute("aria-sort", "descending")
    falling = [f"Row {number:02}" for number in range(19, 0, -2)]
    assert leads.names() == falling
    page.get_by_role("link", name="Score", exact=True).click()
    leads.expect_query(q="row", city="Pune", score_max="20", sort="score")
    expect(leads.rows.first).to_contain_text("Row 01")
    assert leads.names() == falling[::-1]

    # The address is the whole view: kept somewhere and opened by somebody, it shows the same.
    again = List(open_page("viewer"), site)
    again.page.goto(page.url)
    assert again.names() == falling[::-1]
    expect(again.page.get_by_role("searchbox", name="Search leads")).to_have_value("row")

    # A chip takes its filter away; the way back brings it again.
    page.get_by_role("link", name="Remove the filter City").click()
    leads.expect_query(q="row", score_max="20", sort="score")
    expect(leads.rows).to_have_count(21)
    page.go_back()
    leads.expect_query(q="row", city="Pune", score_max="20", sort="score")
    expect(leads.rows).to_have_count(10)
    assert leads.names() == falling[::-1]
    page.get_by_role("link", name="Remove the filter Search").click()
    leads.expect_query(city="Pune", score_max="20", sort="score")
    expect(page.get_by_role("searchbox", name="Search leads")).to_have_value("")


def test_everybody_chooses_and_orders_the_columns_for_themselves(open_page, site, demo):
    page = open_page("rep")
    leads = List(page, site).open("?owner=me")
    before = leads.heads()
    assert "Owner" in before
    assert "City" not in before
    drawer = leads.drawer("Columns")
    drawer.get_by_label("Owner", exact=True).uncheck()
    drawer.get_by_label("City", exact=True).check()
    drawer.get_by_role("button", name="Move Score up").click()
    expect(drawer.locator("li").first).to_contain_text("Score")
    drawer.get_by_role("button", name="Save columns").last.click()
    leads.expect_query(owner="me")
    expect(page.get_by_role("columnheader", name="City")).to_be_visible()
    chosen = ["Lead", "Score", "Stage", *before[3:], "City"]
    chosen.remove("Owner")
    assert leads.heads() == chosen
    city = facts_of(demo, leads.names()[:1], "city")[leads.names()[0]][0]
    expect(leads.rows.first.get_by_role("cell", name=city)).to_be_visible()
    assert List(page, site).open().heads() == chosen
    assert List(open_page("rep2"), site).open().heads() == before


def test_pages_follow_each_other_and_the_back_button_returns(open_page, site, demo, many):
    page = open_page("admin")
    leads = List(page, site).open("?page_size=25&sort=company&q=row")
    pages = [[f"Row {number:02}" for number in numbers] for numbers in (range(25), range(25, 50), range(50, 60))]
    assert leads.names() == pages[0]
    for number in (1, 2):
        page.get_by_role("link", name="Next", exact=True).click()
        expect(leads.rows.first).to_contain_text(pages[number][0])
        assert leads.names() == pages[number]
    expect(page.get_by_role("link", name="Next", exact=True)).to_have_count(0)
    last = page.url
    page.get_by_role("link", name="Previous").click()
    expect(leads.rows.first).to_contain_text(pages[1][0])
    assert leads.names() == pages[1]
    page.go_back()
    page.wait_for_url(last)
    expect(leads.rows.first).to_contain_text(pages[2][0])
    assert leads.names() == pages[2]
    # A lead that was opened leads back to the very page of the list.
    leads.rows.first.get_by_role("link", name="Row 50").click()
    expect(page.get_by_role("heading", level=1, name="Row 50")).to_be_visible()
    page.go_back()
    page.wait_for_url(last)
    assert leads.names() == pages[2]


def test_selected_leads_are_assigned_tagged_and_moved_and_that_is_taken_back(open_page, site, demo):
    page = open_page("manager")
    leads = List(page, site).open("?status=new&sort=company")
    everything = leads.names()
    before = facts_of(demo, everything, "assigned_to__full_name", "stage__name", "board_position")

    changed = sum(owner != "Jonas Dahl" for owner, *_ in before.values())

    # The head of the column selects the page, and the bar says how many.
    page.get_by_label("Select all on this page").check()
    expect(page.locator("[data-bulk-count]")).to_have_text(f"{len(everything)} leads selected")
    dialog = leads.ask("Assign")
    dialog.get_by_label("New owner").select_option(label="Jonas Dahl")
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).not_to_be_visible()
    expect(leads.toast("given to Jonas Dahl")).to_be_visible()
    for row in leads.rows.all():
        expect(row).to_contain_text("Jonas Dahl")
    assert set(facts_of(demo, everything, "assigned_to__full_name").values()) == {("Jonas Dahl",)}
    leads.undo("given to Jonas Dahl", changed)
    assert facts_of(demo, everything, "assigned_to__full_name", "stage__name", "board_position") == before
    expect(page.locator("[data-bulk-bar]")).to_be_hidden()

    # Tags: two of them, one of which is new.
    chosen = leads.select(2)
    dialog = leads.ask("Tags")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Name a tag to add, or choose one to take off.").first).to_be_visible()
    dialog.get_by_label("Add").fill("Priority, Trade fair")
    dialog.get_by_role("button", name="Save").click()
    expect(leads.toast("tagged anew")).to_be_visible()
    with tenancy.organization_scope(demo.organization.pk):
        tagged = LeadTag.objects.filter(lead__company__in=chosen, tag__name="Trade fair")
        assert tagged.count() == 2
        leads.undo("tagged anew", 2)
        assert tagged.count() == 0

    # A stage: a lost one asks why.
    chosen = leads.select(3)
    dialog = leads.ask("Move")
    dialog.get_by_label("Stage").select_option(label="Lost")
    dialog.get_by_role("button", name="Move").click()
    expect(dialog.get_by_text("Why were these leads lost?").first).to_be_visible()
    expect(dialog.get_by_label("Stage").locator("option:checked")).to_have_text("Lost")
    dialog.get_by_label("Reason").fill("No budget this year")
    dialog.get_by_role("button", name="Move").click()
    expect(leads.toast("3 leads moved to Lost")).to_be_visible()
    expect(leads.rows).to_have_count(len(everything) - 3)
    assert set(facts_of(demo, chosen, "status", "lost_reason").values()) == {
        (LeadStatus.CLOSED_LOST, "No budget this year")
    }
    leads.undo("3 leads moved to Lost", 3)
    expect(leads.rows).to_have_count(len(everything))
    assert leads.names() == everything
    assert facts_of(demo, everything, "assigned_to__full_name", "stage__name", "board_position") == before


def test_rows_are_walked_and_selected_with_the_keys(open_page, site, demo):
    page = open_page("manager")
    leads = List(page, site).open("?sort=company")
    names = leads.names()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=names[1], exact=True)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 lead selected")
    leads.rows.nth(4).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("4 leads selected")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=names[3])).to_be_visible()


def test_enter_in_the_palette_goes_where_the_typed_words_lead(open_page, site, demo):
    page = open_page("rep")
    leads = List(page, site).open("?sort=company&owner=me")
    name = leads.names()[-1]
    # Faster than the answer to what is typed: what was listed before it does not count.
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search leads and pages")
    expect(page.locator("#palette").get_by_role("option").first).to_be_visible()
    box.fill(name)
    box.press("Enter")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
