"""The board as a person works it: by mouse, finger, keys and menu, against a server that has the last word."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead
from leads.services import capture, pipeline, stages
from tests.factories.leads import stage_of

pytestmark = pytest.mark.browser

COLUMN = ".column__list > .card"


class Board:
    """The board in a browser, by the names that people see."""

    def __init__(self, page):
        self.page = page

    def open(self, site, query=""):
        self.page.goto(site + reverse("leads:board") + query)
        return self

    def column(self, name):
        return self.page.locator(f'.column[data-name="{name}"]')

    def card(self, lead):
        return self.page.locator(f'kanban-board .card[data-id="{lead.pk}"]')

    def link(self, lead):
        return self.card(lead).locator(".card__link")

    def ids_in(self, name):
        return self.column(name).locator(COLUMN).evaluate_all("(cards) => cards.map((card) => card.dataset.id)")

    def expect_in(self, name, lead):
        expect(self.column(name).locator(f'.card[data-id="{lead.pk}"]')).to_be_visible()
        # The server has answered: until then the card is marked, and so are its rights to move.
        expect(self.card(lead)).not_to_have_class(re.compile("card--saving"))

    def expect_count(self, name, count):
        expect(self.column(name).locator(".column__count")).to_have_text(re.compile(rf"^{count}\s"))

    def sum_of(self, name):
        return self.column(name).locator(".column__sum").all_inner_texts()

    def toast(self, text):
        return self.page.locator(".toast", has_text=text)

    def middle_of(self, locator):
        box = locator.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def is_in_sight(self, locator):
        box = locator.bounding_box()
        return box["x"] + box["width"] < self.page.viewport_size["width"]

    def drag(self, lead, column, *, before=None):
        """Drag a card with the mouse into a column, to the place of the card ``before``, or to the end."""
        x, y = self.middle_of(self.card(lead).locator(".card__value"))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        head = self.column(column).locator(".column__head")
        if not self.is_in_sight(head):
            # At its edge the board follows the pointer.
            self.page.mouse.move(1430, y, steps=4)
            expect(head).to_be_in_viewport(ratio=1)
        if before is None:
            x, y = self.middle_of(head)
            y += 400
        else:
            box = self.card(before).bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + 5
        self.page.mouse.move(x, y, steps=4)
        expect(self.column(column)).to_have_class(re.compile("column--over"))
        self.page.mouse.up()


def leads_in(demo, status):
    """Return the leads of a stage in the order of the board."""
    with tenancy.organization_scope(demo.organization.pk):
        return list(Lead.objects.alive().filter(status=status).order_by("board_position", "pk"))


def now(demo, lead):
    with tenancy.organization_scope(demo.organization.pk):
        return Lead.objects.select_related("stage").get(pk=lead.pk)


def meanwhile(demo, service, **arguments):
    """Do what somebody else does while the board is open."""
    with tenancy.organization_scope(demo.organization.pk):
        service(actor=demo.people["admin@demo.example"], **arguments)


def test_a_card_is_dragged_with_the_mouse_and_undo_puts_it_back(open_page, site, demo):
    lead, *_, last = leads_in(demo, LeadStatus.NEW)
    first, second, *_ = leads_in(demo, LeadStatus.CONTACTED)
    place = now(demo, lead).board_position
    board = Board(open_page("manager")).open(site)
    order = board.ids_in("New")
    sums = {name: board.sum_of(name) for name in ("New", "Contacted")}
    assert order[0] == str(lead.pk)
    assert order[-1] == str(last.pk)

    board.drag(lead, "Contacted", before=second)
    board.expect_in("Contacted", lead)
    board.expect_count("New", len(order) - 1)
    board.expect_count("Contacted", 5)
    assert board.ids_in("Contacted")[:3] == [str(one.pk) for one in (first, lead, second)]
    assert board.sum_of("New") != sums["New"]
    assert board.sum_of("Contacted") != sums["Contacted"]
    assert now(demo, lead).stage.name == "Contacted"
    assert [one.pk for one in leads_in(demo, LeadStatus.CONTACTED)][:3] == [first.pk, lead.pk, second.pk]

    board.toast(f"{lead.title} moved to Contacted").get_by_role("button", name="Undo").click()
    board.expect_in("New", lead)
    board.expect_count("New", len(order))
    assert board.ids_in("New") == order
    assert {name: board.sum_of(name) for name in sums} == sums
    back = now(demo, lead)
    assert (back.stage.name, back.board_position) == ("New", place)


def test_arrows_walk_the_cards_and_with_shift_they_move_them(open_page, site, demo):
    top, second, *_ = leads_in(demo, LeadStatus.NEW)
    board = Board(open_page("manager")).open(site)
    page = board.page
    board.link(top).focus()
    page.keyboard.press("ArrowDown")
    expect(board.link(second)).to_be_focused()
    # Within the column.
    page.keyboard.press("Shift+ArrowUp")
    board.expect_in("New", second)
    expect(board.link(second)).to_be_focused()
    expect(page.locator("#say")).to_have_text(re.compile("position 1 of"))
    # To the next column, and on from there: the focus goes along.
    for name in ("Contacted", "Qualified"):
        page.keyboard.press("Shift+ArrowRight")
        board.expect_in(name, second)
        expect(board.link(second)).to_be_focused()
        assert now(demo, second).stage.name == name
    page.keyboard.press("Control+z")
    board.expect_in("Contacted", second)
    expect(board.link(second)).to_be_focused()
    assert now(demo, second).stage.name == "Contacted"
    assert leads_in(demo, LeadStatus.NEW)[0].pk == top.pk


def test_the_menu_of_a_card_moves_it_without_dragging(open_page, site, demo):
    lead = leads_in(demo, LeadStatus.NEW)[0]
    board = Board(open_page("manager")).open(site)
    button = board.card(lead).get_by_role("button", name=f"Move {lead.title}")
    button.focus()
    board.page.keyboard.press("Enter")
    menu = board.page.get_by_role("menu", name="Move to stage")
    expect(menu.get_by_role("menuitem", name="New")).to_have_attribute("aria-disabled", "true")
    expect(menu.get_by_role("menuitem", name="Contacted")).to_be_focused()
    board.page.keyboard.press("ArrowDown")
    board.page.keyboard.press("Enter")
    board.expect_in("Qualified", lead)
    expect(menu).not_to_be_visible()
    expect(button).to_be_focused()
    assert leads_in(demo, LeadStatus.QUALIFIED)[0].pk == lead.pk


def test_a_long_press_drags_with_a_finger_on_a_phone(open_page, site, demo):
    lead = leads_in(demo, LeadStatus.NEW)[0]
    page = open_page("manager", width=390, height=844, touch=True)
    board = Board(page).open(site)
    finger = page.context.new_cdp_session(page)

    def touch(kind, *points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    x, y = board.middle_of(board.card(lead).locator(".card__value"))
    touch("touchStart", (x, y))
    expect(page.locator(".card--ghost")).to_be_visible()
    touch("touchMove", (x + 20, y))
    # At the edge the board follows the finger, until the next column is under it.
    touch("touchMove", (380, y))
    expect(board.column("Contacted")).to_have_class(re.compile("column--over"))
    touch("touchEnd")
    board.expect_in("Contacted", lead)
    assert now(demo, lead).stage.name == "Contacted"


def test_a_stage_that_ends_a_lead_asks_first_and_cancel_puts_the_card_back(open_page, site, demo):
    lead, other, *_ = leads_in(demo, LeadStatus.PROPOSAL)
    board = Board(open_page("manager")).open(site)
    page, dialog = board.page, board.page.locator("#dialog")
    order = board.ids_in("Proposal")

    board.drag(lead, "Won")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    board.expect_in("Proposal", lead)
    assert board.ids_in("Proposal") == order
    expect(board.link(lead)).to_be_focused()
    assert now(demo, lead).stage.name == "Proposal"

    board.drag(lead, "Won")
    value = dialog.get_by_label("Won value")
    expect(value).to_be_focused()
    value.fill("a lot")
    page.keyboard.press("Enter")
    expect(dialog.locator(".field__error, .errorlist").first).to_be_visible()
    expect(value).to_have_value("a lot")
    assert now(demo, lead).stage.name == "Proposal"
    value.fill("1,25,000.50")
    dialog.get_by_role("button", name="Mark as won").click()
    expect(dialog).not_to_be_visible()
    board.expect_in("Won", lead)
    board.expect_count("Won", 3)
    won = now(demo, lead)
    assert (won.stage.name, won.won_value_minor) == ("Won", 125_000_50)

    board.drag(other, "Lost")
    reason = dialog.get_by_label("Reason")
    reason.fill("   ")
    page.keyboard.press("Enter")
    expect(dialog.locator(".field__error, .errorlist").first).to_be_visible()
    assert now(demo, other).stage.name == "Proposal"
    reason.fill("Chose a competitor")
    dialog.get_by_role("button", name="Mark as lost").click()
    board.expect_in("Lost", other)
    lost = now(demo, other)
    assert (lost.stage.name, lost.lost_reason) == ("Lost", "Chose a competitor")


def test_a_move_that_the_server_refuses_goes_back_and_says_why(open_page, site, demo):
    faster, trashed, third, *_ = leads_in(demo, LeadStatus.NEW)
    board = Board(open_page("manager")).open(site)
    count = len(board.ids_in("New"))
    with tenancy.organization_scope(demo.organization.pk):
        nurturing = stage_of(demo.organization, LeadStatus.NURTURING)
        empty = stage_of(demo.organization, LeadStatus.UNQUALIFIED)

    # Somebody else moved it meanwhile: it goes where it really is.
    meanwhile(demo, pipeline.move_lead, lead=faster, stage=nurturing)
    board.drag(faster, "Contacted")
    expect(board.toast(f"{faster.title} was changed by somebody else and is now in Nurturing")).to_be_visible()
    board.expect_in("Nurturing", faster)
    assert now(demo, faster).stage == nurturing

    # The lead is gone, and so is its card.
    meanwhile(demo, capture.trash_lead, lead=trashed)
    board.drag(trashed, "Contacted")
    expect(board.toast("That is no longer there")).to_be_visible()
    expect(board.card(trashed)).to_have_count(0)
    board.expect_count("New", count - 2)

    # The column is gone: the card is back where it was.
    meanwhile(demo, stages.delete_stage, stage=empty)
    order = board.ids_in("New")
    board.card(third).get_by_role("button", name=f"Move {third.title}").click()
    board.page.get_by_role("menuitem", name="Unqualified").click()
    expect(board.page.locator("#say")).to_have_text(f"{third.title} could not be moved, so it is back where it was.")
    expect(board.column("Unqualified")).to_have_count(0)
    board.expect_in("New", third)
    assert board.ids_in("New") == order
    assert now(demo, third).stage.name == "New"


def test_the_figures_of_a_filtered_board_follow_a_move_and_its_undo(open_page, site, demo):
    lead = next(lead for lead in leads_in(demo, LeadStatus.NEW) if lead.assigned_to == demo.people["rep@demo.example"])
    board = Board(open_page("rep")).open(site, "?owner=me")
    mine = {name: len(board.ids_in(name)) for name in ("New", "Nurturing")}
    board.card(lead).get_by_role("button", name=f"Move {lead.title}").click()
    board.page.get_by_role("menuitem", name="Nurturing").click()
    board.expect_count("New", mine["New"] - 1)
    board.expect_count("Nurturing", mine["Nurturing"] + 1)
    board.page.keyboard.press("Control+z")
    board.expect_in("New", lead)
    board.expect_count("New", mine["New"])
    board.expect_count("Nurturing", mine["Nurturing"])


def test_a_long_column_loads_more_cards_on_the_way_down(open_page, site, demo):
    with tenancy.organization_scope(demo.organization.pk):
        stage = stage_of(demo.organization)
        Lead.objects.bulk_create(
            Lead(organization=demo.organization, stage=stage, status=stage.status, company=f"Long row {number}",
                 board_position=number, stage_changed_at=timezone.now())
            for number in range(60)
        )  # fmt: skip
    board = Board(open_page("admin")).open(site)
    total = len(leads_in(demo, LeadStatus.NEW))
    column = board.column("New")
    board.expect_count("New", total)
    assert column.locator(COLUMN).count() < total
    for shown in (50, total):
        column.locator(".column__next").scroll_into_view_if_needed()
        expect(column.locator(COLUMN)).to_have_count(shown)
    expect(column.locator(".column__next")).to_have_count(0)
    assert board.ids_in("New") == [str(lead.pk) for lead in leads_in(demo, LeadStatus.NEW)]
    # What came later is moved like the rest.
    last = leads_in(demo, LeadStatus.NEW)[-1]
    board.link(last).focus()
    board.page.keyboard.press("Shift+ArrowRight")
    board.expect_in("Contacted", last)
    assert now(demo, last).stage.name == "Contacted"


def test_a_move_of_one_person_shows_in_the_browser_of_another(live_site, open_page, demo):
    lead = leads_in(demo, LeadStatus.NEW)[0]
    mine, theirs = (Board(open_page(person, at=live_site)).open(live_site) for person in ("manager", "admin"))
    for board in (mine, theirs):
        expect(board.page.locator("#live[data-live-state=on]")).to_be_attached()
    theirs.page.bring_to_front()
    mine.drag(lead, "Qualified")
    mine.expect_in("Qualified", lead)
    theirs.expect_in("Qualified", lead)
    theirs.expect_count("New", 6)
    theirs.expect_count("Qualified", 5)
    # And taken back.
    mine.toast("moved to Qualified").get_by_role("button", name="Undo").click()
    theirs.expect_in("New", lead)
    assert theirs.ids_in("New") == mine.ids_in("New")
