"""Every page, in both themes and at two widths: accessible, inside the screen, and only our own files."""

import gzip

import brotli
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver, reverse
from playwright.sync_api import expect

from leads.management.commands.load_demo import PASSWORD
from tests.journeys.pages import ADMIN_SITE, FRESH, NO_PAGES, PAGES, WITH_CODE
from tests.permissions.test_table import named_urls

pytestmark = pytest.mark.browser

# axe's preload would fetch our style sheets again, inline, which the policy refuses.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "preload": False,
}
WIDTHS = (1440, 390)
AXE = Axe()


def problems_of(page) -> list[str]:
    """Return what is wrong with the page that is open."""
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request")).to_have_count(0)
    report = AXE.run(page, options=RULES)
    found = [report.generate_report()] if report.violations_count else []
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("The page scrolls sideways.")
    return found


def check(page) -> None:
    assert problems_of(page) == []


def uncovered(names, pages, no_pages) -> set[str]:
    return {name for name in names if not name.startswith("admin:")} - {page.name for page in pages} - set(no_pages)


def test_every_url_is_a_page_that_is_tried_or_says_why_it_is_none():
    names = set(named_urls(get_resolver()))
    assert uncovered(names, PAGES, NO_PAGES) == set()
    assert {page.name for page in PAGES} | set(NO_PAGES) <= names
    assert {page.name for page in PAGES} & set(NO_PAGES) == set()


def test_the_rule_finds_a_page_that_is_not_tried():
    assert uncovered([*NO_PAGES, "leads:forgotten", "admin:index"], PAGES, NO_PAGES) == {"leads:forgotten"}


def visit(open_page, site, world, *, scheme, chosen) -> list[str]:
    """Open pages, a pair of page and width each, and return everything that is wrong with them."""
    wrong = []
    # A password counts as just asked for during five minutes.
    chosen = sorted(chosen, key=lambda pair: pair[0].person not in {FRESH, WITH_CODE})
    people = dict.fromkeys((page.person, width) for page, width in chosen)
    tabs = {(person, width): open_page(person, width=width, scheme=scheme) for person, width in people}
    world.add_second_step()
    for page, width in chosen:
        tab, address = tabs[page.person, width], page.address(world.things)
        response = tab.goto(site + address)
        where = f"{page}, {width} px, {scheme}"
        if tab.url.removeprefix(site).rstrip("/") != address.rstrip("/") and "/set-password/" not in tab.url:
            wrong.append(f"{where}: leads to {tab.url.removeprefix(site)}")
            continue
        if response.status >= 500 or (response.status >= 400 and not tab.locator("h1").count()):
            wrong.append(f"{where}: {response.status}")
            continue
        wrong += [f"{where}: {problem}" for problem in problems_of(tab)]
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(open_page, site, world, scheme):
    # Each page once in each theme: the theme decides which width it gets, and the other theme gives the other.
    turn = 0 if scheme == "light" else 1
    chosen = [(page, WIDTHS[(number + turn) % 2]) for number, page in enumerate(PAGES)]
    wrong = visit(open_page, site, world, scheme=scheme, chosen=chosen)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.soak
@pytest.mark.parametrize("width", [*WIDTHS, 768, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_at_every_width(open_page, site, world, scheme, width):
    wrong = visit(open_page, site, world, scheme=scheme, chosen=[(page, width) for page in PAGES])
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_the_second_step_of_signing_in_is_accessible(open_page, site, world, scheme, width):
    world.add_second_step()
    page = open_page(None, width=width, scheme=scheme)
    page.goto(site + reverse("account_login"))
    page.get_by_label("E-mail address").fill(f"{WITH_CODE}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(site + reverse("mfa_authenticate"))
    check(page)


def test_the_admin_site_keeps_the_policy(open_page, site, world):
    """Django's own pages: no broken policy and no foreign file. Their accessibility is Django's."""
    page = open_page("staff")
    for name in ADMIN_SITE:
        args = [world.things.lead.pk] if name.endswith("_change") else []
        assert page.goto(site + reverse(name, args=args)).status == 200
        page.wait_for_load_state("load")


# --- weight ---------------------------------------------------------------------------------------

BUDGET = {"all": 60_000, "own": 30_000, "nodes": 1_500, "shift": 0.05}
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


def is_own_script(address: str) -> bool:
    return "/static/js/" in address


@pytest.mark.parametrize("name", ["leads:board", "leads:lead_list"])
def test_the_first_visit_is_light(open_page, site, world, name):
    page = open_page("rep")
    addresses = []
    page.on("requestfinished", lambda request: addresses.append(request.url))
    page.goto(site + reverse(name))
    page.wait_for_load_state("networkidle")
    # The server of the tests sends static files as they are. An installation joins the styles, and compresses files
    # once, with Brotli, and pages as they come, with gzip.
    bodies: dict[str, bytes] = {}
    for address in dict.fromkeys(address for address in addresses if address.startswith(site)):
        key = "styles" if address.endswith(".css") else address
        # Asked for again: Chromium does not keep every body until somebody reads it.
        bodies[key] = bodies.get(key, b"") + page.request.get(address).body()
    page_address = page.url
    weight = {
        key: len(gzip.compress(body, 6) if key == page_address else brotli.compress(body))
        for key, body in bodies.items()
    }
    assert 0 < sum(size for address, size in weight.items() if is_own_script(address)) <= BUDGET["own"], weight
    assert sum(weight.values()) <= BUDGET["all"], weight
    assert page.evaluate("document.querySelectorAll('*').length") < BUDGET["nodes"]
    shift = page.evaluate(SHIFT)
    if shift >= BUDGET["shift"]:
        # The server of the tests sends forty style sheets one by one, and a busy machine may paint in between. What
        # moves by itself moves again when all of them are at hand.
        page.reload()
        page.wait_for_load_state("networkidle")
        shift = page.evaluate(SHIFT)
    assert shift < BUDGET["shift"]
