"""A visitor sends a capture form: on our page, with and without scripts, and on a page of another site."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect

from assessments.models import Submission
from assessments.services import spam
from assessments.views.capture_forms import snippet_of
from leadcrm.core import tenancy
from tests.factories.capture import make_form

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def quick_visitors(monkeypatch):
    monkeypatch.setattr(spam, "YOUNGEST", timedelta(0))


@pytest.fixture
def shop():
    """Serve one page from another origin; ``shop.html`` is what it holds."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(self.server.html.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.html, server.origin = "", f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def kept(organization):
    with tenancy.organization_scope(organization.pk):
        return Submission.objects.get()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_on_our_page(browser, site, demo, scripts):
    form = make_form(demo.organization, guard="always" if scripts else "automatic")
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/f/{form.key}/?utm_source=fair")
    page.get_by_label("E-mail").fill("greta@weber.example")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sent")).to_be_visible()
    context.close()
    assert (kept(demo.organization).reasons, kept(demo.organization).attribution["first"]["utm_source"]) == ([], "fair")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_on_another_site(browser, site, demo, shop, scripts):
    form = make_form(demo.organization, allowed_origins=[shop.origin])
    shop.html = "<!doctype html>" + snippet_of(form, site=site, address=f"{site}/f/{form.key}/")
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{shop.origin}/?utm_source=fair")
    if scripts:
        page.goto(f"{shop.origin}/contact")
        page.locator("[data-leadcrm-ready]").wait_for()
    page.get_by_label("E-mail").fill("greta@weber.example")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. We will be in touch.")).to_be_visible()
    assert page.url.startswith(shop.origin if scripts else site)
    context.close()
    answer = kept(demo.organization)
    assert (answer.reasons, answer.email) == ([], "greta@weber.example")
    if scripts:
        assert answer.attribution["first"]["utm_source"] == "fair"
