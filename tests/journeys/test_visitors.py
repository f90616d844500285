"""What flags bring to a browser: reading aids that are seen, and times that arrive."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leadcrm.analytics.models import AnalyticsEvent
from leadcrm.core import tenancy

pytestmark = pytest.mark.browser


FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


# What a browser does when the person goes to another tab; a tab of a test is always in front.
PUT_AWAY = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def size_of_text(page) -> float:
    return float(page.locator("main p").first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))


def test_the_size_of_the_text_is_chosen_with_the_keyboard_and_stays(open_page, site):
    page = open_page(None)
    page.goto(site + reverse("account_login"))
    page.get_by_role("link", name="Reading aids").click()
    expect(page.get_by_role("heading", name="Reading aids")).to_be_visible()
    before = size_of_text(page)
    page.get_by_label("Larger").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-text", "larger")
    assert page.url == site + reverse("account_login"), "it leads back to where one came from"
    page.goto(site + reverse("flags:reading_aids"))
    assert size_of_text(page) == pytest.approx(before * 1.35, rel=0.02)
    expect(page.get_by_label("Larger")).to_be_checked()


def test_links_in_the_text_are_underlined_and_the_focus_is_strong(open_page, site, set_flag):
    page = open_page("rep")

    def looks() -> tuple[str, str]:
        page.goto(site + reverse("accounts:profile"))
        link = page.locator("main .row__text a").first
        field = page.locator("#id_full_name")  # a text field shows its focus however it got it
        field.focus()
        outline = field.evaluate("node => getComputedStyle(node).outlineWidth")
        return link.evaluate("node => getComputedStyle(node).textDecorationLine"), outline

    assert looks() == ("underline", "3px")
    set_flag("A11Y_IMPROVEMENTS", enabled=False)
    assert looks()[1] == "2px"


def test_the_browser_tells_how_long_a_page_took_when_it_is_put_away(open_page, site, demo):
    page = open_page("rep")
    # A headless browser says that it is one, and programs are not counted.
    page.context.set_extra_http_headers({"User-Agent": FIREFOX})
    page.goto(site + reverse("leads:my_day"))
    page.wait_for_load_state("load")
    with page.expect_response(lambda answer: answer.url.endswith(reverse("analytics:page_timing"))) as told:
        page.evaluate(PUT_AWAY)
    assert told.value.status == 204
    assert "cookie" not in told.value.request.all_headers()
    with tenancy.organization_scope(demo.organization.pk):
        event = AnalyticsEvent.objects.named("page.performance").get()
    assert event.properties["page"] == "leads:my_day"
    assert event.created_at > timezone.now() - timedelta(minutes=1)
    assert 0 < event.properties["ttfb_ms"] <= event.properties["fcp_ms"]
    assert event.properties["load_ms"] >= event.properties["ttfb_ms"]
