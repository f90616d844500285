"""Names are what people read: nothing in them turns, hides or breaks lines."""

import pytest
from django.urls import reverse

from leadcrm.accounts.models import User
from leadcrm.core.forms import NameField
from leads.services import tagging

RIGHT_TO_LEFT, NO_WIDTH = "\u202e", "\u200b"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"Asha{NO_WIDTH} Rao{RIGHT_TO_LEFT}", "Asha Rao"),
        ("Asha\r\nBcc: x@y.example", "Asha Bcc: x@y.example"),
        ("  Asha \t\u00a0 Rao ", "Asha Rao"),
        ("Jose\u0301", "José"),
        ("क्‍ष", "क्‍ष"),
        ("Zoë 🏳️‍🌈", "Zoë 🏳️‍🌈"),
    ],
)
def test_a_name_is_what_can_be_read_of_it(typed, kept):
    assert NameField().clean(typed) == kept


@pytest.mark.parametrize("typed", [NO_WIDTH * 3, RIGHT_TO_LEFT, "\u2066\u2069", " \u200d "])
def test_a_name_of_invisible_signs_is_no_name(client_of, rep, typed):
    answer = client_of(rep).post(reverse("accounts:profile"), {"full_name": typed, "theme": "system"})
    assert answer.status_code == 422
    assert User.objects.get(pk=rep.pk).full_name == "Ravi Nair"


@pytest.mark.usefixtures("scope")
def test_a_tag_with_hidden_signs_is_the_tag_it_looks_like():
    [tag] = tagging.tags_named(["Hot"])
    assert tagging.tags_named([f"H{NO_WIDTH}ot", f"{RIGHT_TO_LEFT}hot"]) == [tag]


@pytest.mark.parametrize("name", ["leads:tag_create", "accounts:team_create"])
def test_lists_take_no_second_entry_that_looks_the_same(client_of, admin, name):
    browser, data = client_of(admin), {"colour": "grey", "description": ""}
    assert browser.post(reverse(name), {**data, "name": "North"}).status_code == 303
    assert browser.post(reverse(name), {**data, "name": f"No{NO_WIDTH}rth{RIGHT_TO_LEFT}"}).status_code == 422
