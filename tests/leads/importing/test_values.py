"""One cell into one value: what is understood, what is refused, and in which words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leads.choices import (
    BookingPotential,
    CompanySize,
    EngagementLevel,
    LeadSource,
    LeadStatus,
    OutreachStatus,
    ServiceTier,
    VerificationStatus,
)
from leads.importing.fields import Kind
from leads.importing.values import (
    BAND_NAMES,
    DateOrder,
    DecimalMark,
    EmailCell,
    ValueProblem,
    check_length,
    clean_block,
    clean_line,
    detect_date_order,
    detect_decimal_mark,
    find_country,
    is_custom_placeholder,
    is_placeholder,
    parse_address,
    parse_boolean,
    parse_choice,
    parse_company_size,
    parse_currency,
    parse_day,
    parse_email,
    parse_integer,
    parse_ip_address,
    parse_link,
    parse_moment,
    parse_money,
    parse_object,
    parse_percentage,
    parse_price_level,
    parse_rating,
    parse_score,
    parse_service_tier,
    parse_tags,
    read_decimal,
    read_outreach_status,
    read_source,
    read_status,
    split_name,
)
from leads.importing.values.countries import BY_CODE
from leads.importing.values.sizes import nearest_band
from leads.importing.values.statuses import STATUS_OF_OUTREACH

INDIA = ZoneInfo("Asia/Kolkata")


def refusal(function, *args, **options) -> str:
    with pytest.raises(ValueProblem) as caught:
        function(*args, **options)
    assert caught.value.message.endswith(".")
    return caught.value.code


# --- text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Acme   Corp ", "Acme Corp"),
        ("Ac\u200bme\ufeff", "Acme"),
        ("A\u00a0B\u3000C\tD\nE", "A B C D E"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\x00b\x07c", "abc"),
        ("Jose\u0301", "José"),
        ("half \ud800 pair", "half pair"),
        ("नि\u200dर्मला", "नि\u200dर्मला"),
        ("Ad\u200cmin", "Admin"),
        ("\u2066hidden\u2069", "hidden"),
    ],
)
def test_lines_lose_what_nobody_sees(raw, clean):
    assert clean_line(raw) == clean


def test_blocks_keep_their_lines():
    assert clean_block(" one \r\n\r\n\r\n\r\ntwo\x00 \r three ") == "one\n\ntwo\nthree"


def test_too_long_a_text_is_refused_with_the_limit():
    assert check_length("x" * 10, 10)
    with pytest.raises(ValueProblem, match="11 characters; at most 10 fit"):
        check_length("x" * 11, 10)


# --- nothing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["", "-", "--", "—", "...", "?", "N/A", "n/a", "#N/A", "null", "NULL", "(null)", "None", "nan", "undefined",
     "Select",
     "-- Select --", "unknown", "Not provided", "(blank)", "#REF!"],
)  # fmt: skip
def test_words_for_nothing_are_nothing(cell):
    assert is_placeholder(cell, Kind.LINE)


@pytest.mark.parametrize("cell", ["Null", "Na", "Nil", "Nan", "Select", "O"])
def test_names_that_look_like_nothing_are_names(cell):
    assert not is_placeholder(cell, Kind.NAME)


@pytest.mark.parametrize("cell", ["None", "null", "NULL", "nan", "N/A", "unknown", "-"])
def test_what_machines_write_is_no_name(cell):
    assert is_placeholder(cell, Kind.NAME)


@pytest.mark.parametrize("cell", ["Selected", "Unknown Worlds", "Nullsoft", "0", "No", "A-", "+1", "N", "@home"])
def test_words_that_only_begin_like_nothing_stay(cell):
    assert not is_placeholder(cell, Kind.LINE)


def test_unknown_is_an_engagement_level_and_none_an_outreach_status():
    assert not is_placeholder("unknown", Kind.CHOICE)
    assert not is_placeholder("none", Kind.OUTREACH_STATUS)


def test_custom_fields_keep_words_that_may_be_answers():
    assert not is_custom_placeholder("Unknown")
    assert not is_custom_placeholder("Not applicable to me")
    assert is_custom_placeholder("Select")
    assert is_custom_placeholder("#N/A")


# --- e-mail -----------------------------------------------------------------------------------------------------


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


# --- links ------------------------------------------------------------------------------------------------------


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


# --- company size -----------------------------------------------------------------------------------------------


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


# --- dates ------------------------------------------------------------------------------------------------------

NOON = datetime(2024, 1, 5, 12, 0, tzinfo=INDIA)
MIDNIGHT = datetime(2024, 1, 5, tzinfo=INDIA)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2024-01-05", MIDNIGHT),
        ("2024-01-05T12:00", NOON),
        ("2024-01-05 06:30:00Z", NOON),
        ("2024-01-05T06:30:00.000+0000", NOON),
        ("2024/1/5", MIDNIGHT),
        ("5.1.2024", MIDNIGHT),
        ("05/01/24", MIDNIGHT),
        ("05-01-2024 12:00", NOON),
        ("5/1/2024 12:00:00 PM", NOON),
        ("5/1/2024 12:00 a.m.", MIDNIGHT),
        ("5 Jan 2024", MIDNIGHT),
        ("5th of January, 2024", MIDNIGHT),
        ("Jan 5, 2024", MIDNIGHT),
        ("5-Jan-24", MIDNIGHT),
        ("Fri, 05 Jan 2024 06:30:00 +0000", NOON),
        ("Fri Jan 05 2024 12:00:00 GMT+0530 (India Standard Time)", NOON),
        ("5. Januar 2024", MIDNIGHT),
        ("5 de enero de 2024", MIDNIGHT),
        ("5 février 2024", datetime(2024, 2, 5, tzinfo=INDIA)),
        ("20240105", MIDNIGHT),
        ("20240105120000", NOON),
        ("45296", MIDNIGHT),
        ("45296.5", NOON),
        ("1704436200", NOON),
        ("1704436200000", NOON),
        ("٢٠٢٤-٠١-٠٥", MIDNIGHT),
    ],
)
def test_moments_are_understood(cell, moment):
    assert parse_moment(cell, order=DateOrder.DAY_FIRST, zone=INDIA) == moment


@pytest.mark.parametrize(
    "cell",
    ["tomorrow", "2024-02-30", "2024-13-01", "31/04/2024", "0000-00-00", "12:30", "2024", "5", "1/2", "32 Jan 2024",
     "25:00", "2024-01-05 25:00", "5 Foo 2024", "1.2.3.4", "9" * 30, "2024-01-05T12:00+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(cell):
    assert refusal(parse_moment, cell, order=DateOrder.AMBIGUOUS, zone=UTC) == "bad_date"


@pytest.mark.parametrize("cell", ["1899-12-31", "2200-01-01", "9999-12-31", "0001-01-01"])
def test_years_that_cannot_be_right_are_refused(cell):
    assert refusal(parse_day, cell, order=DateOrder.AMBIGUOUS) == "date_out_of_range"


def test_the_order_of_a_column_is_decided_from_its_sample():
    assert detect_date_order(["03/04/2024", "25/12/2023"]) is DateOrder.DAY_FIRST
    assert detect_date_order(["03/04/2024", "12/25/2023"]) is DateOrder.MONTH_FIRST
    assert detect_date_order(["03/04/2024", "01/02/2023"]) is DateOrder.AMBIGUOUS
    assert detect_date_order(["13/04/2024", "04/13/2024"]) is DateOrder.MIXED
    assert detect_date_order(["2024-01-02", "n/a"]) is DateOrder.AMBIGUOUS


def test_the_order_decides_what_a_cell_means():
    assert parse_day("03/04/2024", order=DateOrder.DAY_FIRST) == date(2024, 4, 3)
    assert parse_day("03/04/2024", order=DateOrder.MONTH_FIRST) == date(2024, 3, 4)


def test_a_cell_against_the_order_of_its_column_is_refused_rather_than_turned():
    assert refusal(parse_day, "25/12/2024", order=DateOrder.MONTH_FIRST) == "date_order"
    assert refusal(parse_day, "12/25/2024", order=DateOrder.DAY_FIRST) == "date_order"
    assert parse_day("12/25/2024", order=DateOrder.AMBIGUOUS) == date(2024, 12, 25)


def test_a_day_is_the_day_that_is_written_whatever_its_zone():
    assert parse_day("2024-01-05T23:30:00-08:00", order=DateOrder.AMBIGUOUS) == date(2024, 1, 5)


# --- numbers and money ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("1200", "INR", 120_000), ("1,200", "INR", 120_000), ("$1,200.50", "USD", 120_050), ("€1.234,56",
        "EUR", 123_456),
        ("₹1,20,000", "INR", 12_000_000), ("1.2k", "INR", 120_000), ("3 lakh", "INR", 30_000_000), ("₹ 3.5 Cr",
        "INR", 3_500_000_000),
        ("1,5k €", "EUR", 150_000), ("2 Mio. EUR", "EUR", 200_000_000), ("$1.5 million", "USD", 150_000_000),
        ("1 234,56 €", "EUR", 123_456), ("1\u202f234,56\u00a0€", "EUR", 123_456), ("CHF 1'234.50", "CHF", 123_450),
        ("USD 1,200", "USD", 120_000), ("1200 usd", "USD", 120_000), ("¥120,000", "JPY", 120_000), ("KWD 1.234",
        "KWD", 1_234),
        ("Rs. 5,000/-", "INR", 500_000), ("12,-", "INR", 1_200), ("1.234", "INR", 123_400), ("1.234.567,89",
        "INR", 123_456_789),
        ("0", "INR", 0), (".5", "INR", 50), ("0.005", "INR", 1), ("CA$ 5", "CAD", 500),
        ("1 lakh", "INR", 10_000_000),
    ],
)  # fmt: skip
def test_amounts_become_minor_units(cell, currency, minor):
    money = parse_money(cell, currency="INR")
    assert (money.currency, money.minor) == (currency, minor)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("-5", "negative_amount"), ("(1,200)", "negative_amount"), ("€ -5", "negative_amount"), ("10k-20k", "bad_amount"),
     ("about 500", "bad_amount"), ("five", "bad_amount"), ("1,2,3", "bad_amount"), ("$ € 5", "bad_amount"), ("",
     "bad_amount"),
     ("1e400", "bad_amount"), ("9" * 20, "amount_too_large"), ("5 5 k k", "bad_amount")],
)  # fmt: skip
def test_amounts_that_cannot_be_right_are_refused(cell, code):
    assert refusal(parse_money, cell, currency="INR") == code


def test_the_decimal_mark_of_a_column_decides_what_cannot_be_told_from_a_cell():
    assert detect_decimal_mark(["1.234", "5,50", "17"]) is DecimalMark.COMMA
    assert detect_decimal_mark(["1.234", "5.50", "17"]) is DecimalMark.POINT
    assert detect_decimal_mark(["1,234", "1.234", "17"]) is DecimalMark.UNKNOWN
    assert parse_money("1.234", currency="EUR", mark=DecimalMark.POINT).minor == 123
    assert parse_money("1,234", currency="EUR", mark=DecimalMark.COMMA).minor == 123
    assert parse_money("10.005", currency="EUR", mark=DecimalMark.POINT).minor == 1_001
    assert parse_money("1.234", currency="EUR", mark=DecimalMark.COMMA).minor == 123_400
    assert read_decimal("1.234") == Decimal("1.234")


def test_currencies_are_codes_signs_and_words():
    assert [parse_currency(cell) for cell in ("inr", "₹", "EUR", "euros", "A$", "USD - US Dollar")] == [
        "INR", "INR", "EUR", "EUR", "AUD", "USD",
    ]  # fmt: skip
    assert refusal(parse_currency, "ABC") == "bad_currency"


def test_integers_are_whole_and_within_their_limits():
    assert [parse_integer(cell, low=0, high=9_999) for cell in ("12", "12.0", "1,234", "1.234", "1 234")] == [
        12, 12, 1234, 1234, 1234,
    ]  # fmt: skip
    assert refusal(parse_integer, "12.5", low=0, high=100) == "bad_number"
    assert refusal(parse_integer, "many", low=0, high=100) == "bad_number"
    assert refusal(parse_integer, "101", low=0, high=100) == "out_of_range"
    assert refusal(parse_integer, "-1", low=0, high=100) == "out_of_range"


def test_ratings_scores_percentages_and_price_levels():
    assert [parse_rating(cell) for cell in ("4.5", "4,5", "4.5/5", "4.5 stars", "★★★★")] == [
        Decimal("4.50"), Decimal("4.50"), Decimal("4.50"), Decimal("4.50"), Decimal("4.00"),
    ]  # fmt: skip
    assert refusal(parse_rating, "5.1") == "out_of_range"
    assert refusal(parse_rating, "good") == "bad_number"
    assert [parse_score(cell) for cell in ("85", "85 %", "85/100", "84.5")] == [85, 85, 85, 85]
    assert refusal(parse_score, "101") == "out_of_range"
    assert refusal(parse_score, "Might be") == "bad_number"
    assert parse_percentage("45.5 %") == Decimal("45.5")
    assert refusal(parse_percentage, "101") == "out_of_range"
    assert refusal(parse_percentage, "half") == "bad_number"
    assert [parse_price_level(cell) for cell in ("2", "$$", "€€€", "PRICE_LEVEL_MODERATE", "Expensive", "free")] == [
        2, 2, 3, 2, 3, None,
    ]  # fmt: skip
    assert refusal(parse_price_level, "5") == "out_of_range"


@pytest.mark.parametrize("cell", ["yes", "Y", "TRUE", "1", "x", "ja", "Sí", "✓", "on", "oui"])
def test_yes_in_many_forms(cell):
    assert parse_boolean(cell) is True


@pytest.mark.parametrize("cell", ["no", "N", "False", "0", "nein", "✗", "off", "non"])
def test_no_in_many_forms(cell):
    assert parse_boolean(cell) is False


def test_anything_else_is_neither_yes_nor_no():
    assert refusal(parse_boolean, "perhaps") == "bad_boolean"


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status", "outreach"),
    [
        # The table of statuses: one system, then the other.
        ("NEW", "new", None), ("CONTACTED", "contacted", None), ("QUALIFIED", "qualified", None),
        ("UNQUALIFIED", "unqualified", None), ("CONVERTED", "closed_won", None), ("LOST", "closed_lost", None),
        ("follow_up_1", "contacted", "follow_up_1"), ("follow_up_2", "contacted", "follow_up_2"),
        ("responded", "contacted", "responded"), ("interested", "qualified", "interested"),
        ("not_interested", "closed_lost", "not_interested"), ("invalid", "unqualified", "invalid"),
        # Everybody's words.
        ("Won", "closed_won", None), ("Closed Won", "closed_won", None), ("open", "new", None), ("Engaging",
        "contacted", None),
        ("Prospecting", "new", None), ("customer", "closed_won", None), ("dead", "closed_lost", None),
        ("Working - Contacted", "contacted", None), ("nurture", "nurturing", None), ("Closed - Not Converted",
        "closed_lost", None),
        ("Proposal/Price Quote", "proposal", None), ("appointmentscheduled", "contacted", None), ("Junk Lead",
        "unqualified", None),
    ],
)  # fmt: skip
def test_status_words(word, status, outreach):
    found = read_status(word)
    assert found is not None
    assert (found.status, found.outreach_status) == (status, outreach)


@pytest.mark.parametrize("outreach", OutreachStatus.values)
def test_outreach_words_carry_their_status(outreach):
    found = read_outreach_status(outreach)
    assert found is not None
    assert (found.outreach_status, found.status) == (outreach, STATUS_OF_OUTREACH[outreach])


def test_all_words_lead_to_values_that_the_database_accepts():
    from leads.importing.values import statuses

    assert {read_status(status).status for status in LeadStatus.values} == set(LeadStatus.values)
    assert set(statuses._STATUS_OF.values()) == set(LeadStatus.values)
    assert set(statuses._OUTREACH_OF.values()) == set(OutreachStatus.values)
    assert set(STATUS_OF_OUTREACH) == set(OutreachStatus.values)
    assert set(STATUS_OF_OUTREACH.values()) <= set(LeadStatus.values)


def test_an_unknown_status_is_unknown():
    assert read_status("Purple") is None
    assert read_outreach_status("Purple") is None


@pytest.mark.parametrize(
    ("word", "source", "says_more"),
    [("website", "website", False), ("Google Places", "google_places", False), ("LinkedIn", "linkedin", False),
     ("Direct Traffic", "direct", True), ("Referral Sites", "referral", True), ("Facebook", "social", True),
     ("Olark Chat", "website", True), ("trade show", "event", True), ("Carrier pigeon", "other", True)],
)  # fmt: skip
def test_source_words(word, source, says_more):
    assert read_source(word) == (source, says_more)


def test_every_source_is_one_of_ours():
    from leads.importing.values import sources

    assert set(sources._SOURCE_OF.values()) == set(LeadSource.values)


@pytest.mark.parametrize("cell", ["L3", "l3", "Tier 3", "3", "Consulting", "L3 Consulting", "L3_CONSULTING", "Level-3"])
def test_tiers_in_many_forms(cell):
    assert parse_service_tier(cell) == ServiceTier.L3_CONSULTING


def test_choices_in_many_forms():
    assert refusal(parse_service_tier, "L6") == "bad_choice"
    assert refusal(parse_service_tier, "Gold") == "bad_choice"
    assert parse_choice("Very High", "engagement_level") == "very_high"
    assert parse_choice("valid", "verification_status") == "email_verified"
    assert parse_choice("hoch", "booking_potential") == "high"
    assert refusal(parse_choice, "purple", "booking_potential") == "bad_choice"
    for column, choices in (
        ("engagement_level", EngagementLevel),
        ("verification_status", VerificationStatus),
        ("booking_potential", BookingPotential),
    ):
        assert [parse_choice(choice, column) for choice in choices.values] == choices.values


@pytest.mark.parametrize(
    ("cell", "code"),
    [("US", "US"), ("usa", "US"), ("U.S.A.", "US"), ("United States of America", "US"), ("Deutschland", "DE"), ("DEU",
     "DE"),
     ("UK", "GB"), ("England", "GB"), ("Korea", "KR"), ("Philipines", "PH"), ("in", "IN"), ("Bharat", "IN"), ("भारत",
     "IN"),
     ("Türkiye", "TR"), ("The Netherlands", "NL"), ("Côte d’Ivoire", "CI"), ("Germany (DE)", "DE"), ("日本", "JP"),
     ("UAE", "AE")],
)  # fmt: skip
def test_countries_under_many_names(cell, code):
    found = find_country(cell)
    assert found is not None
    assert found == BY_CODE[code]


@pytest.mark.parametrize("cell", ["Atlantis", "Asia/Pacific Region", "Other", "XX", "Nigeriaa"])
def test_what_is_no_country_is_none(cell):
    assert find_country(cell) is None


# --- names, lists, objects --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "first", "last", "sure"),
    [
        ("Ada Lovelace", "Ada", "Lovelace", True), ("Lovelace, Ada", "Ada", "Lovelace", True),
        ("Dr. Ada Lovelace", "Ada", "Lovelace", True), ("John A. Smith", "John A.", "Smith", True),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven", True), ("Maria de la Cruz", "Maria", "de la Cruz", True),
        ("John Smith Jr.", "John", "Smith Jr.", True), ("Jean-Luc Picard", "Jean-Luc", "Picard", True),
        ("M Sharma", "M", "Sharma", True), ("Mary Ann Smith", "Mary Ann", "Smith", False), ("Ada", "Ada", "", False),
        ("Mr. Sharma", "", "Sharma", False), ("王小明", "王小明", "", False), ("Acme Sales 24", "Acme Sales",
        "24", False),
    ],
)  # fmt: skip
def test_full_names_are_split_and_doubt_is_admitted(cell, first, last, sure):
    name = split_name(cell)
    assert (name.first, name.last, name.is_sure) == (first, last, sure)


@pytest.mark.parametrize(
    ("cell", "tags"),
    [("a, b ,a,A", ("a", "b")), ("hot; very, very hot", ("hot", "very, very hot")), ("x|y", ("x", "y")),
     ('["a", "b"]', ("a", "b")),
     ('{a,"b c"}', ("a", "b c")), ("#hot", ("hot",)), ("", ()), ("null", ()), ("{}", ()), ("[broken", ("[broken",))],
)  # fmt: skip
def test_tags_in_many_forms(cell, tags):
    assert parse_tags(cell) == tags


def test_tags_have_limits():
    assert refusal(parse_tags, "x" * 61, limit=60) == "too_long"
    assert refusal(parse_tags, ",".join(map(str, range(60)))) == "too_many_tags"


def test_objects_are_json_that_the_database_can_store():
    assert parse_object('{"a": {"b": ["\\u0000x", 1]}}', limit=100) == {"a": {"b": ["x", 1]}}
    for cell in ("[1]", "x", '{"a": NaN}', "{" * 5_000, '"x"'):
        assert refusal(parse_object, cell, limit=10_000) == "bad_json"
    assert refusal(parse_object, '{"a": ' * 30 + "1" + "}" * 30, limit=10_000) == "bad_json"
    assert refusal(parse_object, '{"a": "' + "x" * 200 + '"}', limit=100) == "too_long"


def test_addresses_are_streets_or_objects():
    assert parse_address("1 High St\nLondon") == {"street": "1 High St, London"}
    assert parse_address('{"street": "1 High St", "postalCode": "N1", "country": "UK", "x": 1}') == {
        "street": "1 High St",
        "postal_code": "N1",
        "country": "UK",
    }
    assert parse_address("{not json") == {"street": "{not json"}


def test_ip_addresses_lose_the_part_that_names_a_connection():
    assert parse_ip_address("203.0.113.77") == "203.0.113.0"
    assert parse_ip_address("2001:db8:1234:5678::1") == "2001:db8:1234::"
    assert refusal(parse_ip_address, "300.1.1.1") == "bad_ip_address"
