"""The tags of the components, the sidebar, the forms: what they write, and that none of it asks the database.

No test here may use a database, so any query fails it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import time_machine
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from leadcrm.core import charts, formatting, navigation
from leadcrm.core.context_processors import Shell, shell
from leadcrm.core.navigation import NavItem
from leadcrm.flags import services as flags

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def rendered(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


class Outline(HTMLParser):
    """Collect the elements of a page and refuse one that is closed in the wrong place."""

    VOID = {"meta", "link", "input", "hr", "br", "img", "path", "rect", "circle", "line", "polyline", "ellipse"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def person():
    return SimpleNamespace(
        pk="u1",
        full_name="Mia Keller",
        email="mia@example.com",
        is_authenticated=True,
        is_staff=False,
        organization=None,
        preferences={},
        get_role_display=lambda: "Manager",
        has_right=lambda right: right != "leads.export",
    )


@pytest.fixture
def request_of(person, monkeypatch):
    monkeypatch.setattr(flags, "_read", (float("inf"), {}))  # no database here, and so no flags
    here = SimpleNamespace(name="Northwind", slug="northwind", pk="o1")

    def make(path: str = "/help/", cookies: dict | None = None, **headers):
        request = RequestFactory().get(path, headers=headers)
        request.COOKIES = cookies or {}
        details = SimpleNamespace(boosted=False, history_restore_request=False)
        vars(request).update(user=person, organization=here, htmx=details if headers else None)
        return request

    return make


@pytest.fixture
def places():
    """Put places into an otherwise empty navigation."""
    before = dict(navigation._registry)
    navigation._registry.clear()
    yield navigation.register
    navigation._registry.clear()
    navigation._registry.update(before)


# --- tags ---------------------------------------------------------------------------------------


def test_an_icon_is_hidden_from_screen_readers():
    (svg,) = Outline(rendered('{% icon "plus" 20 "big" %}')).of("svg")
    assert svg["aria-hidden"] == "true"
    assert (svg["width"], svg["class"]) == ("20", "icon big")


def test_an_avatar_says_the_whole_name_and_escapes_it():
    html = rendered("{% avatar user %}", user=SimpleNamespace(pk=1, full_name="<b>Ann</b> Lee", email=""))
    assert "<b>" not in html
    assert "&lt;b&gt;Ann&lt;/b&gt; Lee" in html


def test_a_person_keeps_the_colour_of_the_avatar():
    user = SimpleNamespace(pk="7f", full_name="Ann Lee", email="")
    first = rendered("{% avatar user %}", user=user)
    user.full_name = "Ann Miller"
    assert re.findall(r"avatar--\d", first) == re.findall(r"avatar--\d", rendered("{% avatar user %}", user=user)) != []


def test_nobody_is_shown_as_unassigned():
    assert "Unassigned" in rendered("{% avatar user %}", user=None)


@pytest.mark.parametrize(
    ("value", "band"), [(100, "hot"), (70, "hot"), (69, "warm"), (40, "warm"), (39, "cold"), (0, "cold")]
)
def test_a_score_says_its_band_in_words(value, band):
    html = rendered("{% score value %}", value=value)
    assert f"score--{band}" in html
    assert f", {band}" in html


def test_a_missing_score_is_not_shown_as_zero():
    html = rendered("{% score value %}", value=None)
    assert "Not scored yet" in html
    assert "0" not in re.sub(r"<[^>]+>", "", html)


def test_a_score_with_reasons_is_a_button_that_opens_them():
    (button,) = Outline(rendered('{% score 82 "/leads/1/score/?a=1&b=2" %}')).of("button")
    assert button["popovertarget"] == "score-why"
    assert button["hx-get"] == "/leads/1/score/?a=1&b=2"
    assert button["aria-label"] == "Score 82, hot. Why?"


def test_money_is_written_in_full_and_short():
    assert rendered("{{ minor|money:'INR' }} {{ minor|money_short:'EUR' }}", minor=123_456_700) == "₹12,34,567 €1.2m"
    assert rendered("{{ minor|money:'INR' }}", minor=None) == ""
    assert rendered("{% money minor 'USD' %}", minor=1050) == "$10.50"


def test_an_unknown_hue_is_grey():
    assert rendered("{{ 'amber'|hue }} {{ 'url(x)'|hue }}") == "hue-amber hue-grey"


@time_machine.travel(NOW, tick=False)
def test_what_is_due_has_words_and_not_only_a_colour():
    html = rendered("{% due at 'Call' %}", at=NOW - timedelta(days=2))
    assert "due--overdue" in html
    assert "Call 2 days late" in html
    assert "No next step" in rendered("{% due at 'Call' %}", at=None)
    assert "&lt;i&gt;" in rendered("{% due at label %}", at=NOW, label="<i>")


def test_the_query_string_changes_only_what_it_is_told_to():
    request = RequestFactory().get("/leads/", {"stage": ["a", "b"], "q": "x & y", "page": "3", "empty": ""})
    html = rendered('{% query_set sort="-score" page=None %}', request=request)
    assert html == "?stage=a&amp;stage=b&amp;q=x+%26+y&amp;sort=-score"


@pytest.mark.parametrize(
    ("current", "state", "link"),
    [("-score", "descending", "sort=score"), ("score", "ascending", "sort=-score"), ("name", "none", "sort=score")],
)
def test_a_sorted_column_says_so_and_turns_around(current, state, link):
    request = RequestFactory().get("/leads/", {"q": "a", "after": "cursor"})
    outline = Outline(rendered('{% sort_th "score" "Score" current "#t" %}', request=request, current=current))
    assert outline.of("th")[0]["aria-sort"] == state
    anchor = outline.of("a")[0]
    assert anchor["href"] == anchor["hx-get"] == f"?q=a&{link}"


def test_the_first_click_on_a_figure_shows_the_largest():
    request = RequestFactory().get("/leads/")
    html = rendered('{% sort_th "value" "Value" "name" "" "num" "desc" %}', request=request)
    assert 'href="?sort=-value"' in html


# --- words for times ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=4), "4 days ago"),
        (timedelta(days=20), "18 Feb"),
        (timedelta(days=400), "3 Feb 2025"),
    ],
)
def test_ago_is_said_in_the_words_people_use(back, words):
    assert formatting.ago(NOW - back, now=NOW) == words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NOW - timedelta(days=3), ("overdue", "3 days late")),
        (NOW - timedelta(days=1), ("overdue", "1 day late")),
        (NOW - timedelta(hours=2), ("overdue", "late since 10:00")),
        (NOW + timedelta(hours=2), ("today", "today 14:00")),
        (date(2026, 3, 10), ("today", "today")),
        (date(2026, 3, 11), ("soon", "tomorrow")),
        (date(2026, 3, 14), ("later", "in 4 days")),
        (date(2026, 4, 2), ("later", "2 Apr")),
    ],
)
def test_due_is_said_in_the_words_people_use(value, expected):
    assert formatting.due(value, now=NOW) == expected


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mia Keller", "MK"), ("Cher", "C"), ("ann.lee@example.com", "AL"), ("", "?"), ("(x) Bo", "B")],
)
def test_initials_come_from_any_name(name, letters):
    assert formatting.initials(name) == letters


@pytest.mark.parametrize(
    ("days", "words"), [(14, "14 d"), (99, "99 d"), (100, "3 mo"), (729, "24 mo"), (730, "2 y"), (3670, "10 y")]
)
def test_a_length_of_time_stays_short(days, words):
    assert formatting.span(days) == words


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136 Safari/537.36 Edg/136",
         "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
         "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("curl/8.0", "curl/8.0"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_has_a_name_that_its_owner_knows(user_agent, words):
    assert formatting.device(user_agent) == words


# --- navigation and shell -----------------------------------------------------------------------


def test_a_place_shows_only_when_it_exists_and_is_allowed(places, request_of):
    places(
        NavItem("Help", "core:help", "info"),
        NavItem("Nowhere", "core:not_there", "info"),
        NavItem("Exports", "core:help", "info", permission="leads.export"),
        NavItem("Other help", "core:help", "info", permission="leads.view"),
    )
    (section,) = navigation.sections(request_of())
    assert [item.label for item in section.items] == ["Help", "Other help"]


def test_somebody_without_rights_gets_no_guarded_place(places, request_of):
    places(NavItem("Exports", "core:help", "info", permission="leads.view"))
    request = request_of()
    request.user = SimpleNamespace(is_authenticated=False)
    assert navigation.sections(request) == []


def test_the_current_place_is_marked_also_on_the_pages_below_it(places, request_of):
    places(NavItem("Help", "core:help", "info"))
    (section,) = navigation.sections(request_of("/help/shortcuts/"))
    assert section.items[0].is_current
    (section,) = navigation.sections(request_of("/elsewhere/"))
    assert not section.items[0].is_current


def test_a_page_whose_address_starts_elsewhere_marks_the_place_it_belongs_to(places, request_of):
    places(NavItem("Board", "core:palette", "info"), NavItem("Lead", "core:events", "info", also=("core:help",)))
    (section,) = navigation.sections(request_of("/help/"))
    assert [item.label for item in section.items if item.is_current] == ["Lead"]


def test_the_palette_finds_places_by_every_word_also_those_outside_the_sidebar(places, request_of):
    places(
        NavItem("New lead", "core:help", "plus", section=None, keywords="add person"),
        NavItem("Leads", "core:help", "table-2"),
    )
    assert [item.label for item in navigation.commands(request_of(), "lead new")] == ["New lead"]
    assert [item.label for item in navigation.commands(request_of(), "add")] == ["New lead"]
    assert [item.label for item in navigation.commands(request_of())] == ["Leads", "New lead"]
    assert navigation.commands(request_of(), "nothing like it") == []


def test_a_place_in_an_unknown_section_is_refused(places):
    with pytest.raises(ValueError, match="no section 'attic'"):
        places(NavItem("Help", "core:help", "info", section="attic"))


def test_a_fragment_gets_no_shell(request_of):
    assert shell(request_of(**{"HX-Request": "true"})) == {}
    assert isinstance(shell(request_of())["shell"], Shell)


@pytest.mark.parametrize(
    ("cookies", "preferences", "expected"),
    [
        ({}, {}, "on"),
        ({}, {"shortcuts": False}, "off"),
        ({"shortcuts": "on"}, {"shortcuts": False}, "on"),
        ({"shortcuts": "off"}, {}, "off"),
        ({"shortcuts": '"><script>'}, {}, "on"),
    ],
)
def test_single_key_shortcuts_can_be_switched_off(request_of, person, cookies, preferences, expected):
    person.preferences = preferences
    assert Shell(request_of(cookies=cookies)).shortcuts == expected


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", ""), ('"><script>', "")])
def test_the_theme_is_in_the_first_byte_and_nothing_else_gets_there(request_of, cookie, theme):
    assert Shell(request_of(cookies={"theme": cookie})).theme == theme


def full_page(request, **context) -> str:
    return render_to_string("core/help.html", context, request=request)


def test_the_page_is_whole_and_needs_no_query(places, request_of):
    places(NavItem("Help", "core:help", "info", shortcut="g h", badge=lambda _: 3))
    html = full_page(request_of(cookies={"theme": "dark"}))
    outline = Outline(html)
    assert outline.of("html")[0] == {"lang": "en", "data-theme": "dark", "data-shortcuts": "on"}
    assert len(outline.of("h1")) == len(outline.of("main")) == 1
    (link,) = [a for a in outline.of("a") if a.get("aria-current") == "page"]
    assert link["data-key"] == "g h"
    assert "Northwind" in html
    assert "Manager" in html


def test_the_page_has_nothing_inline(places, request_of):
    outline = Outline(full_page(request_of()))
    assert [attrs for attrs in outline.of("script") if not attrs.get("src")] == []
    assert outline.of("style") == []
    forbidden = [
        key for _, attrs in outline.elements for key in attrs if key == "style" or key.startswith(("on", "hx-on"))
    ]
    assert forbidden == []


def test_every_id_of_the_page_is_used_once(places, request_of):
    ids = [attrs["id"] for _, attrs in Outline(full_page(request_of())).elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_signing_out_is_a_post(places, request_of):
    forms_of_page = Outline(full_page(request_of())).of("form")
    (sign_out,) = [form for form in forms_of_page if form.get("action") == "/accounts/logout/"]
    assert sign_out["method"] == "post"


def test_news_become_toasts_and_warnings_stay_on_the_page(places, request_of):
    messages = [
        Message(constants.SUCCESS, "Lead <b>saved</b>", extra_tags="undo:/undo/7/"),
        Message(constants.WARNING, "Two columns have one name"),
    ]
    html = full_page(request_of(), messages=messages)
    assert '<div class="toast" data-undo="/undo/7/"><span>Lead &lt;b&gt;saved&lt;/b&gt;</span></div>' in html
    assert re.search(r'banner--warn" role="alert">.*?Two columns have one name', html, re.S)
    assert html.count("Two columns have one name") == html.count("&lt;b&gt;saved") == 1


# --- forms --------------------------------------------------------------------------------------


class SampleForm(forms.Form):
    email = forms.EmailField(help_text="Used to find duplicates.")
    agreed = forms.BooleanField(label="I agree", required=False)
    kinds = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=False)
    upload = forms.FileField(required=False)
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("These do not fit together.")


def test_every_control_has_a_label():
    outline = Outline(str(SampleForm()))
    labels = {label.get("for") for label in outline.of("label")}
    controls = [attrs for attrs in outline.of("input") if attrs["type"] != "hidden"]
    assert len(controls) == 4
    assert {control["id"] for control in controls} <= labels


def test_a_hint_and_an_error_are_read_out_with_the_control():
    outline = Outline(str(SampleForm({"email": "not one"})))
    (email,) = [attrs for attrs in outline.of("input") if attrs.get("name") == "email"]
    assert email["aria-invalid"] == "true"
    ids = {attrs["id"] for _, attrs in outline.elements if "id" in attrs}
    described = (email["aria-describedby"] or "").split()
    assert described == ["id_email_helptext", "id_email_error"]
    assert set(described) <= ids


def test_the_summary_names_every_error_and_links_to_its_field():
    html = str(SampleForm({"email": "not one"}))
    outline = Outline(html)
    (summary,) = [attrs for attrs in outline.of("div") if attrs.get("role") == "alert"]
    assert "data-autofocus" in summary
    assert [a["href"] for a in outline.of("a")] == ["#id_email"]
    assert "These do not fit together." in html
    assert html.count("This field is required.") == 1  # the hidden field, which has nowhere else to say it


def test_a_form_without_errors_has_no_summary():
    assert 'role="alert"' not in str(SampleForm())


def test_a_file_can_be_dropped():
    outline = Outline(str(SampleForm()))
    assert len(outline.of("file-drop")) == 1


# --- charts -------------------------------------------------------------------------------------


def numbers(path: str) -> list[float]:
    return [float(value) for value in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_a_line_never_swings_beyond_its_figures():
    ys = numbers(charts.smooth([(0, 0), (10, 100), (20, 100), (30, 0)]))[1::2]
    assert min(ys) >= 0
    assert max(ys) <= 100


def test_a_spark_needs_two_figures():
    assert charts.spark([1]) is None
    flat = charts.spark([5, 5, 5])
    assert flat is not None
    assert set(numbers(flat.line)[1::2]) == {14.0}


def test_ticks_are_round_and_reach_the_highest():
    assert charts.ticks(87) == [0, 25, 50, 75, 100]
    assert charts.ticks(0) == [0.0, 1.0]


def test_charts_say_their_figures_in_words_and_stand_zero():
    funnel = charts.funnel([("New", 200, "sky"), ("Won", 50, "green"), ("Paid", 0, "green")])
    assert funnel.summary == "New: 200, Won: 50 (25 %), Paid: 0 (0 %)"
    assert charts.histogram([("0", 0, "sky"), ("10", 0, "sky")]).summary == "0: 0, 10: 0"
    assert charts.histogram([]).bars == []
