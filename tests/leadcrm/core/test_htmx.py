"""What htmx is answered: a fragment or the page, events in a header, and errors in words."""

import json
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from leadcrm.core import htmx, views

PAGE = "<h1>Page</h1>{% partialdef rows inline %}<p>{{ word }}</p>{% endpartialdef %}"


@pytest.fixture
def templates():
    """Serve one template that has a partial."""
    settings = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.locmem.Loader", {"page.html": PAGE})],
                )
            ],
        },
    }
    with override_settings(TEMPLATES=[settings]):
        yield


def request_from(*, htmx_asks: bool, boosted: bool = False, restores: bool = False):
    request = RequestFactory().get("/leads/")
    details = SimpleNamespace(boosted=boosted, history_restore_request=restores)
    vars(request)["htmx"] = details if htmx_asks else None
    return request


@pytest.mark.parametrize(
    ("asks", "body"),
    [
        ({"htmx_asks": True}, "<p>hello</p>"),
        ({"htmx_asks": False}, "<h1>Page</h1><p>hello</p>"),
        ({"htmx_asks": True, "boosted": True}, "<h1>Page</h1><p>hello</p>"),
        ({"htmx_asks": True, "restores": True}, "<h1>Page</h1><p>hello</p>"),
    ],
)
def test_only_a_plain_htmx_request_gets_the_partial(templates, asks, body):
    response = htmx.render(request_from(**asks), "page.html", {"word": "hello"}, partial="rows")
    assert response.content.decode() == body


def test_page_and_fragment_are_cached_apart(templates):
    for asks in (True, False):
        assert "HX-Request" in htmx.render(request_from(htmx_asks=asks), "page.html", {}, partial="rows")["Vary"]


def test_without_a_partial_htmx_gets_the_page(templates):
    assert b"<h1>" in htmx.render(request_from(htmx_asks=True), "page.html").content


def test_an_invalid_form_keeps_its_status(templates):
    assert htmx.render(request_from(htmx_asks=True), "page.html", {}, partial="rows", status=422).status_code == 422


def test_a_toast_and_other_events_travel_together():
    response = htmx.no_content()
    htmx.trigger(response, "lead:changed", {"id": "7"})
    htmx.toast(response, "Moved to “Qualifié” 🎉", undo_url="/undo/7/")
    assert response.status_code == 204
    header = response["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header) == {
        "lead:changed": {"id": "7"},
        "toast": {"text": "Moved to “Qualifié” 🎉", "tone": "success", "undo": "/undo/7/"},
    }


def test_a_toast_without_a_way_back_offers_none():
    assert "undo" not in json.loads(htmx.toast(HttpResponse(), "Saved")["HX-Trigger"])["toast"]


def test_text_cannot_break_out_of_the_header():
    response = htmx.toast(HttpResponse(), "a\r\nSet-Cookie: x=1")
    assert "\n" not in response["HX-Trigger"]
    assert "\r" not in response["HX-Trigger"]


def test_a_redirect_reaches_htmx_and_a_plain_form():
    plain = htmx.redirect(request_from(htmx_asks=False), "/leads/1/")
    assert (plain.status_code, plain["Location"]) == (303, "/leads/1/")
    fragment = htmx.redirect(request_from(htmx_asks=True), "/leads/1/")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, "/leads/1/")


# --- errors -------------------------------------------------------------------------------------

HANDLERS = [
    (views.bad_request, 400, "This request could not be read"),
    (views.permission_denied, 403, "You may not do this"),
    (views.csrf_failure, 403, "The form was open for too long"),
    (views.page_not_found, 404, "There is nothing here"),
    (views.too_many_requests, 429, "Too many tries"),
    (views.server_error, 500, "Something went wrong on our side"),
]


@pytest.mark.parametrize(("handler", "status", "words"), HANDLERS)
def test_an_error_page_needs_no_user_session_or_database(handler, status, words):
    bare = RequestFactory().get("/")  # what a request is when the first middleware has failed
    response = handler(bare)
    assert response.status_code == status
    assert words in response.content.decode()


@pytest.mark.parametrize(("handler", "status", "words"), HANDLERS)
def test_htmx_gets_an_error_as_a_toast_and_no_page(handler, status, words):
    response = handler(request_from(htmx_asks=True))
    assert response.status_code == status
    assert response.content == b""
    assert json.loads(response["HX-Trigger"])["toast"]["tone"] == "error"


def test_the_reason_of_a_refusal_is_shown_and_escaped():
    response = views.permission_denied(RequestFactory().get("/"), PermissionDenied("<b>Ask an administrator.</b>"))
    assert "&lt;b&gt;Ask an administrator.&lt;/b&gt;" in response.content.decode()


def test_a_missing_page_does_not_say_what_was_looked_for():
    response = views.page_not_found(RequestFactory().get("/leads/secret/"), Exception("Lead 7 of Northwind"))
    assert "Northwind" not in response.content.decode()


def test_the_error_page_keeps_the_chosen_theme():
    request = RequestFactory().get("/")
    vars(request)["theme"] = "dark"
    assert 'data-theme="dark"' in views.server_error(request).content.decode()
