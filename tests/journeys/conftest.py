"""A running site with the demo organisation, and browsers of its people that report what they must not do."""

from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from leadcrm.accounts.models import Organization, User
from leadcrm.core import tenancy
from leads.management.commands import load_demo
from tests.personas import BACKEND

pytestmark = pytest.mark.browser

# Responses that a page provokes on purpose appear in Chromium's console as errors.
EXPECTED_STATUS = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture
def demo(transactional_db):
    """Load the demo organisation, as `make run` does."""
    organization = load_demo.create_organization()
    with tenancy.organization_scope(organization.pk):
        people = load_demo.create_people(organization)
        load_demo.create_leads(people)
    return SimpleNamespace(organization=Organization.objects.get(pk=organization.pk), people=people)


@pytest.fixture
def site(live_server, demo):
    """Return the address of the running site."""
    return live_server.url


class Watch:
    """What a browser page did that it must not: console errors, policy reports, requests elsewhere."""

    def __init__(self, page, base):
        self.errors, self.foreign = [], []
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._request(request, base))

    def _console(self, message):
        if "Content Security Policy" in message.text or (
            message.type == "error" and EXPECTED_STATUS not in message.text
        ):
            self.errors.append(message.text)

    def _request(self, request, base):
        if not request.url.startswith((base, "data:", "blob:", "about:")):
            self.foreign.append(request.url)


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a browser signed in as a demo person: ``open_page("rep", width=390)``.

    At the end no page may have reported a broken policy, a script error, or a request to elsewhere.
    """
    opened = []

    def open_as(person, *, width=1440, height=900, scheme="light", touch=False):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", has_touch=touch
        )
        if person:
            client = Client()
            client.force_login(User.objects.get(email=f"{person}@demo.example"), backend=BACKEND)
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])
        page = context.new_page()
        opened.append((context, Watch(page, site)))
        return page

    yield open_as
    for context, watch in opened:
        context.close()
        assert (watch.errors, watch.foreign) == ([], [])
