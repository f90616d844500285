"""A prospect calculates on a phone, with and without scripts, and the rep finds what came of it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Calculation
from leadcrm.core import tenancy
from leads.models import Lead
from messaging.models import QueuedEmail

pytestmark = pytest.mark.browser


class Calculator:
    """The calculator of the demo organisation, by the names that people see."""

    def __init__(self, page, site):
        self.page = page
        self.headline = page.locator("#headline")
        self.result = page.get_by_role("region", name="Result", exact=True)
        page.goto(site + reverse("assessments:roi_public", args=["demo"]))

    def field(self, label):
        return self.page.get_by_label(label, exact=False).and_(self.page.locator("input:not([type=range])"))

    def fill(self, label, text):
        self.field(label).fill(text)

    def ask_for_the_report(self, email):
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Your name").fill("Greta Weber")
        self.page.get_by_label("keeps what I enter here").check()
        self.page.get_by_role("button", name="Send me the report").click()


def fill_all(calculator):
    for label, text in (
        ("Employees", "100"), ("Average salary", "6,00,000"), ("Overhead", "20"), ("Time lost", "20"),
    ):  # fmt: skip
        calculator.fill(label, text)


def kept(demo, model, **conditions):
    with tenancy.organization_scope(demo.organization.pk):
        return model.objects.get(**conditions)


def test_the_result_follows_what_is_typed(open_page, site, demo):
    calculator = Calculator(open_page(None, width=390, touch=True), site)
    fill_all(calculator)
    expect(calculator.headline).to_have_text("You could save ₹43,20,000 a year. It pays for itself after 1 month.")
    expect(calculator.field("Time lost")).to_be_focused()
    slider = calculator.page.get_by_role("slider", name="Employees")
    expect(slider).to_have_value("100")
    slider.press("ArrowRight")
    expect(calculator.field("Employees")).to_have_value("101")
    expect(calculator.headline).to_contain_text("₹43,63,200")

    calculator.fill("Employees", "1e308")
    expect(calculator.page.locator("#slot_employees")).to_contain_text("This is not a number.")
    expect(calculator.field("Employees")).to_have_value("1e308")
    expect(calculator.field("Employees")).to_have_attribute("aria-invalid", "true")
    expect(calculator.result).to_have_count(0)
    calculator.fill("Employees", "1")
    calculator.fill("Time lost", "0")
    expect(calculator.headline).to_contain_text("does not pay back")
    expect(calculator.page.locator("#slot_employees")).to_be_empty()


def test_the_report_is_about_what_was_typed_last(open_page, site, demo):
    calculator = Calculator(open_page(None, width=390), site)
    fill_all(calculator)
    calculator.ask_for_the_report("greta@kunde.example")
    expect(calculator.page.get_by_role("heading", level=1)).to_have_text("Your return on investment")
    expect(calculator.page.locator("main")).to_contain_text("₹43,20,000")
    lead = kept(demo, Lead, email="greta@kunde.example")
    assert kept(demo, Calculation, lead=lead).inputs["employees"] == 100
    assert kept(demo, QueuedEmail, lead=lead, template="roi_report").recipient == "greta@kunde.example"

    rep = open_page("admin")
    rep.goto(site + reverse("leads:lead_detail", args=[lead.pk]))
    panel = rep.get_by_role("region", name="Calculations", exact=True)
    expect(panel).to_contain_text("₹43,20,000")
    panel.get_by_role("link", name="Calculate returns").click()
    expect(rep.get_by_label("Employees", exact=True)).to_have_value("120")


def test_it_works_without_scripts(browser, site, demo):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    calculator = Calculator(context.new_page(), site)
    expect(calculator.page.get_by_role("slider")).to_have_count(0)
    fill_all(calculator)
    calculator.fill("Employees", "0")
    calculator.page.get_by_role("button", name="Calculate").click()
    expect(calculator.page.locator("#slot_employees")).to_contain_text("Enter a number from 1 to 1,000,000.")
    expect(calculator.field("Time lost")).to_have_value("20")
    calculator.fill("Employees", "100")
    calculator.page.get_by_role("button", name="Calculate").click()
    expect(calculator.headline).to_contain_text("₹43,20,000")
    calculator.ask_for_the_report("otto@kunde.example")
    expect(calculator.page.locator("main")).to_contain_text("₹43,20,000")
    assert kept(demo, Calculation, email="otto@kunde.example").inputs["employees"] == 100
    context.close()
