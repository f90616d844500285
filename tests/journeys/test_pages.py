"""Every page, in both themes and at two widths: accessible, inside the screen, and only our own files."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from leadcrm.core import tenancy
from leads.models import Lead

pytestmark = pytest.mark.browser

# axe's preload would fetch our style sheets again, inline, which the policy refuses.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "preload": False,
}

PAGES = [
    ("admin", "leads:board", ()),
    ("rep", "leads:board", ()),
    ("admin", "leads:lead_list", ()),
    ("rep", "leads:lead_detail", ("lead",)),
    ("rep", "leads:lead_create", ()),
    ("rep", "leads:my_day", ()),
    ("manager", "leads:import_create", ()),
    ("manager", "leads:import_list", ()),
    ("manager", "leads:export_list", ()),
    ("admin", "core:help", ()),
]


def check(page):
    page.wait_for_load_state("networkidle")
    report = Axe().run(page, options=RULES)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(open_page, site, demo, scheme, width):
    with tenancy.organization_scope(demo.organization.pk):
        lead = Lead.objects.filter(assigned_to=demo.people["rep@demo.example"]).first()
    for person, name, args in PAGES:
        page = open_page(person, width=width, scheme=scheme)
        page.goto(site + reverse(name, args=[lead.pk] if args else []))
        check(page)
