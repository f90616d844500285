"""E-mail addresses, links and company sizes: what is understood and what is refused."""

import pytest

from leads.choices import (
    CompanySize,
)
from leads.importing.values import (
    BAND_NAMES,
    EmailCell,
    parse_company_size,
    parse_email,
    parse_link,
)
from leads.importing.values.sizes import nearest_band
from tests.leads.importing.samples import refusal


@pytest.mark.parametrize(
    ("cell", "address", "others"),
    [
        ("Ada.Byron@Example.COM", "Ada.Byron@example.com", ()),
        ("mailto:ada@example.com", "ada@example.com", ()),
        ("mailto:ada@example.com?subject=Hi", "ada@example.com", ()),
        ("Ada Byron <ada@example.com>", "ada@example.com", ()),
        ("ada@example.com.", "ada@example.com", ()),
        ("<ada@example.com>;", "ada@example.com", ()),
        ("a@x.com; b@y.com, A@X.com c@z.com", "a@x.com", ("b@y.com", "c@z.com")),
        ("a@x.com / b@y.com", "a@x.com", ("b@y.com",)),
        ("not-one, b@y.com", "b@y.com", ()),
        ("info@müller.de", "info@xn--mller-kva.de", ()),
        ("o'brien+crm@mail.co.uk", "o'brien+crm@mail.co.uk", ()),
    ],
)
def test_addresses_are_found(cell, address, others):
    assert parse_email(cell) == EmailCell(address, others)


@pytest.mark.parametrize(
    "cell",
    ["ada", "ada@", "@example.com", "ada@example", "a..b@example.com", "a.@example.com", "a@-x.com", "a b@example",
     "a@b@c.com",
     "jürgen@example.com", "a@x.c", "x" * 65 + "@example.com", "a@" + "x" * 260 + ".com", "\x00"],
)  # fmt: skip
def test_what_is_no_address_is_refused(cell):
    assert refusal(parse_email, cell) in {"bad_email", "too_long"}


@pytest.mark.parametrize(
    ("cell", "link"),
    [
        ("example.com", "https://example.com"),
        ("HTTP://Example.COM/Path?a=B", "http://example.com/Path?a=B"),
        ("//example.com/x", "https://example.com/x"),
        ("example.com:8080/x", "https://example.com:8080/x"),
        ("https://a.com, https://b.com", "https://a.com"),
        ("www.münchen.de", "https://www.münchen.de"),
        ("linkedin.com/in/ada", "https://linkedin.com/in/ada"),
    ],
)
def test_links_get_a_scheme(cell, link):
    assert parse_link(cell) == link


@pytest.mark.parametrize(
    "cell",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x01javascript:alert(1)", "java\tscript:alert(1)",
     "java\u200bscript:alert(1)",
     "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://example.com", "mailto:a@b.com", "nothing",
     "https://",
     "https://user:secret@example.com", "http://[::1", "https://exa mple", "http://a..b.com", "https://x.com:99999"],
)  # fmt: skip
def test_links_that_are_none_or_run_code_are_refused(cell):
    assert refusal(parse_link, cell) == "bad_link"


def test_a_link_beyond_the_limit_is_refused():
    assert refusal(parse_link, "https://example.com/" + "x" * 500, limit=255) == "too_long"


def test_the_bands_are_those_of_the_score():
    assert tuple(CompanySize.values) == BAND_NAMES


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        ("about 80 people", "51-200"), ("350", "201-500"), ("11 to 50", "11-50"), ("1,000+", "1000+"), ("1000+",
        "1000+"),
        ("1", "1-10"), ("10", "1-10"), ("11", "11-50"), ("50", "11-50"), ("51", "51-200"), ("200", "51-200"),
        ("201", "201-500"), ("500", "201-500"), ("501", "501-1000"), ("1000", "501-1000"), ("1001", "1000+"),
        ("51–200 employees", "51-200"), ("201 - 500", "201-500"), ("between 11 and 50", "11-50"), ("~80", "51-200"),
        ("10-49", "11-50"), ("50-249", "51-200"), ("2-10 employees", "1-10"), ("1001-5,000", "1000+"),
        ("1.000-5.000", "1000+"), ("5.000", "1000+"), ("10 000+", "1000+"), ("10,001+ employees", "1000+"), ("2.5k",
        "1000+"),
        ("1-5k", "1000+"), ("<10", "1-10"), ("under 50", "11-50"), ("more than 500", "501-1000"), ("500+", "501-1000"),
        ("10+", "11-50"), ("up to 200", "51-200"), ("ca. 120 Mitarbeiter", "51-200"), ("350.0", "201-500"),
        ("Self-employed", "1-10"), ("Myself only", "1-10"), ("10-Jan", "1-10"), ("Nov-50", "11-50"), ("50 - 11",
        "11-50"),
        ("Founded 1998, 80 people", "51-200"), ("1,20,000", "1000+"), ("2822", "1000+"),
    ],
)  # fmt: skip
def test_sizes_become_bands(cell, band):
    assert parse_company_size(cell).band == band
    assert parse_company_size(cell).stored == band


@pytest.mark.parametrize(
    "cell",
    [
        "Small",
        "Enterprise",
        "0",
        "-5",
        "many",
        "$500k",
        "10 %",
        "99999999999",
        "three of us",
        "12 or 400",
        "1998/1999/2000",
    ],
)
def test_sizes_that_cannot_be_read_are_kept_without_a_band(cell):
    size = parse_company_size(cell)
    assert (size.band, size.stored) == (None, cell)


def test_a_range_over_bands_goes_where_most_of_it_lies():
    assert nearest_band(40, 60) == "11-50"
    assert nearest_band(40, 61) == "11-50"
    assert nearest_band(40, 62) == "51-200"
