"""A11Y_IMPROVEMENTS: what it brings to every page, and how somebody chooses the size of the text."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
PAGE = "/reading-aids/"


def test_every_page_has_the_aids_and_the_way_to_the_choice(client_of, rep):
    for page in (client_of(rep).get(reverse("leads:my_day")), Client().get(reverse("account_login"))):
        text = page.content.decode()
        assert " data-aids" in text
        assert f'href="{PAGE}"' in text


def test_without_the_flag_nothing_of_it_is_there(set_flag, client_of, rep):
    set_flag("A11Y_IMPROVEMENTS", enabled=False)
    browser = client_of(rep)
    browser.cookies["text"] = "large"
    page = browser.get(reverse("leads:my_day")).content.decode()
    assert "data-aids" not in page
    assert "data-text" not in page
    assert PAGE not in page
    assert browser.get(PAGE).status_code == 404
    assert browser.post(PAGE, {"text": "large"}).status_code == 404


def test_anybody_chooses_the_size_of_the_text_and_keeps_it():
    browser = Client()
    answer = browser.post(PAGE, {"text": "larger", "spacing": "wide"})
    assert answer.status_code == 303
    page = browser.get(reverse("account_login")).content.decode()
    assert 'data-text="larger" data-spacing="wide"' in page
    browser.post(PAGE, {"text": "", "spacing": ""})
    assert "data-text" not in browser.get(reverse("account_login")).content.decode()


def test_what_is_no_choice_is_refused_and_no_cookie_is_believed():
    browser = Client()
    assert browser.post(PAGE, {"text": "huge"}).status_code == 422
    browser.cookies["text"] = '"><script>'
    assert "script>" not in browser.get(PAGE).content.decode().split("<head>")[0]


def test_it_goes_back_to_where_one_came_from_and_nowhere_else():
    browser = Client()
    page = browser.get(PAGE, headers={"referer": "http://testserver/a/acme/secret/"})
    assert 'name="next" value="http://testserver/a/acme/secret/"' in page.content.decode()
    assert browser.post(PAGE, {"next": "http://testserver/leads/"})["Location"] == "http://testserver/leads/"
    for bad in ("https://evil.example/", "//evil.example", "javascript:alert(1)", f"http://testserver{PAGE}"):
        assert browser.post(PAGE, {"next": bad})["Location"] == PAGE
