"""Whole rows: what ends up in which column, what refuses a row and what is kept beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.choices import CustomFieldType
from leads.exporting.cells import safe_cell
from leads.importing.fields import TARGETS
from leads.importing.mapping import ColumnPlan
from leads.importing.problems import Severity
from leads.importing.rows import RESERVED_CUSTOM_KEYS, BadValue, MapOptions, MappedRow, RowMapper
from leads.importing.values import DateOrder

INDIA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
OPTIONS = MapOptions(zone=INDIA, currency="INR", phone_region="IN", now=NOW)


def mapped(options: MapOptions = OPTIONS, /, **cells: str) -> MappedRow:
    """Map one row whose columns are named by their targets; ``custom_x`` stands for ``custom:x``."""
    plans = [ColumnPlan(number, name, name.replace("custom_", "custom:", 1)) for number, name in enumerate(cells)]
    plans = [replace(plan, target="custom_fields") if plan.header == "custom_fields" else plan for plan in plans]
    return RowMapper(plans, options).map(list(cells.values()))


def codes(row: MappedRow) -> dict[str, str]:
    return {problem.header: f"{problem.severity}:{problem.code}" for problem in row.problems}


def test_a_plain_row_becomes_the_columns_of_a_lead():
    row = mapped(
        first_name=" Ada ",
        last_name="Lovelace",
        email="Ada@Example.COM",
        phone="98123 45678",
        company="Acme  Corp",
        website="example.com",
        country="IN",
        company_size="about 80 people",
        service_tier="L3",
        status="Qualified",
        created_at="2024-01-05",
        google_rating="4,5",
        is_decision_maker="yes",
        emails_sent="12",
        expected_close_on="31/12/2024",
        tags="hot, b2b",
        owner="rep@example.com",
        team="East",
        custom_shoe_size="42",
    )
    assert row.fields == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "Ada@example.com",
        "phone": "+919812345678",
        "company": "Acme Corp",
        "website": "https://example.com",
        "country": "India",
        "company_size": "51-200",
        "service_tier": "L3_CONSULTING",
        "status": "qualified",
        "created_at": datetime(2024, 1, 5, tzinfo=INDIA),
        "google_rating": Decimal("4.50"),
        "is_decision_maker": True,
        "emails_sent": 12,
        "expected_close_on": date(2024, 12, 31),
    }
    assert (row.tags, row.owner_key, row.team_key, row.stage_key) == (("hot", "b2b"), "rep@example.com", "East", "")
    assert row.custom == {"shoe_size": "42"}
    assert row.problems == ()
    assert not row.is_refused


def test_empty_cells_and_placeholders_say_nothing_at_all():
    row = mapped(
        company="Acme", email="", phone="-", city="Select", status="N/A", created_at="null", tags="", custom_x="#N/A"
    )
    assert row.fields == {"company": "Acme"}
    assert row.custom == {}
    assert row.problems == ()


@pytest.mark.parametrize(
    "cells",
    [
        {"email": "a@b.com"},
        {"phone": "+919812345678"},
        {"company": "Acme"},
        {"external_id": "17"},
        {"first_name": "Ada", "last_name": "Lovelace"},
        {"full_name": "Ada Lovelace"},
    ],
)
def test_any_one_identity_is_enough(cells):
    assert not mapped(**cells).is_refused


@pytest.mark.parametrize(
    "cells", [{"first_name": "Ada"}, {"full_name": "Ada"}, {"city": "Rome"}, {"email": "-", "company": "n/a"}]
)
def test_a_row_without_identity_is_refused(cells):
    row = mapped(**cells)
    assert row.is_refused
    assert row.problems[-1].code == "no_identity"
    assert row.problems[-1].column is None


def test_an_unusable_phone_is_forgiven_beside_another_identity_and_kept_as_text():
    row = mapped(company="Acme", phone="12 (ask Bob)")
    assert not row.is_refused
    assert codes(row) == {"phone": "warning:bad_phone"}
    assert row.custom == {"phone_original": "12 (ask Bob)"}
    assert "phone" not in row.fields


def test_a_complaint_can_be_stored_whatever_the_cell_holds():
    problem = mapped(company="Acme", phone="\x00\ud800 call me").problems[0]
    assert problem.value == "\ufffd\ufffd call me"


def test_an_unusable_phone_that_is_the_only_identity_refuses_the_row():
    row = mapped(phone="12", city="Rome")
    assert row.is_refused
    assert codes(row) == {"phone": "error:bad_phone", "": "error:no_identity"}


@pytest.mark.parametrize(
    ("target", "cell", "code"),
    [
        ("email", "nobody", "bad_email"), ("created_at", "soon", "bad_date"), ("created_at", "2031-01-01", "in_future"),
        ("last_contacted_at", "2024-06-03", "in_future"), ("expected_close_on", "2024-02-30", "bad_date"),
        ("emails_sent", "-1", "out_of_range"), ("google_rating", "7", "out_of_range"), ("quality_score", "120",
        "out_of_range"),
        ("price_level", "9", "out_of_range"), ("booking_keyword_score", "11", "out_of_range"), ("is_decision_maker",
        "perhaps", "bad_boolean"),
        ("service_tier", "L9", "bad_choice"), ("engagement_level", "purple", "bad_choice"), ("predicted_value", "-5",
        "negative_amount"),
        ("won_value", "lots", "bad_amount"), ("currency", "doubloons", "bad_currency"), ("job_title",
        "x" * 300, "too_long"),
        ("message", "x" * 10_001, "too_long"), ("tags", "x" * 61, "too_long"), ("communication_preference", "phone",
        "bad_json"),
        ("is_converted", "perhaps", "bad_boolean"), ("postal_code", "9" * 21, "too_long"), ("close_date", "soon",
        "bad_date"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_refuses_the_row_or_is_left_out_as_chosen(target, cell, code):
    refused = mapped(external_id="1", **{target: cell})
    assert refused.is_refused
    assert codes(refused) == {target: f"error:{code}"}
    problem = refused.problems[0]
    assert (problem.column, problem.value) == (1, cell[:200])
    assert problem.message.endswith(".")
    skipped = mapped(replace(OPTIONS, on_bad_value=BadValue.SKIP_VALUE), external_id="1", **{target: cell})
    assert not skipped.is_refused
    assert codes(skipped) == {target: f"warning:{code}"}
    assert skipped.fields == {"external_id": "1"}
    assert skipped.custom == {f"{target}_original": cell[:500]}


@pytest.mark.parametrize(
    ("target", "cell", "code"),
    [
        ("website", "javascript:alert(1)", "bad_link"),
        ("linkedin_url", "ada on linkedin", "bad_link"),
        ("ip_address", "home", "bad_ip_address"),
    ],
)
def test_links_that_are_none_are_kept_as_text_beside_the_lead(target, cell, code):
    row = mapped(company="Acme", **{target: cell})
    assert not row.is_refused
    assert codes(row) == {target: f"warning:{code}"}
    assert row.fields == {"company": "Acme"}
    assert row.custom == {f"{target}_original": cell}


def test_every_key_that_is_used_beside_a_lead_has_a_label_and_fits():
    assert all(len(key) <= 60 and key == key.lower() for key in RESERVED_CUSTOM_KEYS)


def test_an_unknown_country_is_kept_and_reported():
    row = mapped(company="Acme", country="Atlantis")
    assert row.fields["country"] == "Atlantis"
    assert codes(row) == {"country": "warning:unknown_country"}


def test_the_country_of_the_row_decides_how_its_phone_is_read():
    assert mapped(phone="030 123456", country="Germany").fields["phone"] == "+4930123456"
    assert mapped(phone="98123 45678").fields["phone"] == "+919812345678"


def test_na_is_namibia_only_among_codes():
    plans = [ColumnPlan(0, "c", "company"), ColumnPlan(1, "country", "country", has_codes=True)]
    assert RowMapper(plans, OPTIONS).map(["Acme", "NA"]).fields["country"] == "Namibia"
    assert "country" not in mapped(company="Acme", country="NA").fields


def test_the_null_family_has_a_name():
    assert mapped(first_name="Jennifer", last_name="Null").fields["last_name"] == "Null"
    assert mapped(first_name="Jennifer", last_name="NULL").is_refused


def test_further_addresses_and_numbers_are_kept_beside_the_lead():
    row = mapped(email="a@b.com; c@d.com", phone="98123 45678 ext. 9 / 98123 45679")
    assert (row.fields["email"], row.fields["phone"]) == ("a@b.com", "+919812345678")
    assert row.custom == {"other_emails": "c@d.com", "phone_extension": "9", "other_phones": "+919812345679"}


def test_a_full_name_is_split_and_kept_whole_when_unsure():
    assert mapped(full_name="Ada Lovelace").custom == {}
    row = mapped(full_name="Mary Ann Smith")
    assert (row.fields["first_name"], row.fields["last_name"]) == ("Mary Ann", "Smith")
    assert row.custom == {"contact_name": "Mary Ann Smith"}
    row = mapped(full_name="Somebody Else", first_name="Ada", last_name="Lovelace")
    assert (row.fields["first_name"], row.fields["last_name"]) == ("Ada", "Lovelace")


def test_an_address_fills_the_street_and_columns_of_their_own_win():
    assert mapped(company="A", address="1 High St\nLondon").fields["street"] == "1 High St, London"
    row = mapped(company="A", address='{"street": "1 High St", "city": "Paris"}', city="London")
    assert (row.fields["street"], row.fields["city"]) == ("1 High St", "London")
    assert mapped(company="A", address="x" * 300).is_refused


def test_a_source_that_says_more_than_ours_is_kept():
    row = mapped(company="A", source="Google Ads")
    assert (row.fields["source"], row.custom) == ("website", {"source_original": "Google Ads"})
    row = mapped(company="A", source="Carrier pigeon")
    assert (row.fields["source"], row.custom) == ("other", {"source_original": "Carrier pigeon"})
    assert mapped(company="A", source="linkedin").custom == {}


def test_an_unknown_status_is_kept_and_reported_and_can_be_translated():
    row = mapped(company="A", status="Purple phase")
    assert "status" not in row.fields
    assert row.custom == {"status_original": "Purple phase"}
    assert codes(row) == {"status": "warning:unknown_status"}
    options = replace(OPTIONS, status_words={"purplephase": "proposal"})
    assert mapped(options, company="A", status="Purple phase").fields["status"] == "proposal"


def test_outreach_words_set_both_and_a_status_of_its_own_wins():
    row = mapped(company="A", outreach_status="contacted")
    assert (row.fields["outreach_status"], row.fields["status"]) == ("contacted", "contacted")
    row = mapped(company="A", outreach_status="contacted", status="Qualified")
    assert (row.fields["outreach_status"], row.fields["status"]) == ("contacted", "qualified")
    row = mapped(company="A", status="interested")
    assert (row.fields["outreach_status"], row.fields["status"]) == ("interested", "qualified")
    assert codes(mapped(company="A", outreach_status="purple")) == {"outreach_status": "warning:unknown_status"}


def test_a_stage_leads_and_its_status_follows():
    options = replace(OPTIONS, stage_statuses={"firstcall": "contacted", "won": "closed_won"})
    row = mapped(options, company="A", stage="First call", status="Won")
    assert (row.fields["status"], row.stage_key) == ("contacted", "First call")
    row = mapped(options, company="A", stage="Nowhere", status="Won")
    assert (row.fields["status"], row.stage_key) == ("closed_won", "")
    assert row.custom == {"stage_original": "Nowhere"}
    assert codes(row) == {"stage": "warning:unknown_stage"}
    assert mapped(company="A", stage="Anything").stage_key == "Anything"


def test_a_converted_lead_is_won_whatever_its_stage():
    options = replace(OPTIONS, stage_statuses={"firstcall": "contacted", "won": "closed_won"})
    assert mapped(company="A", is_converted="1").fields["status"] == "closed_won"
    assert "status" not in mapped(company="A", is_converted="0").fields
    row = mapped(options, company="A", is_converted="yes", stage="First call")
    assert (row.fields["status"], row.stage_key) == ("closed_won", "")
    assert mapped(options, company="A", is_converted="yes", stage="Won").stage_key == "Won"


def test_amounts_carry_their_currency():
    row = mapped(company="A", predicted_value="€1.234,56")
    assert (row.fields["predicted_value_minor"], row.fields["currency"]) == (123_456, "EUR")
    row = mapped(company="A", predicted_value="1,200", currency="JPY")
    assert (row.fields["predicted_value_minor"], row.fields["currency"]) == (1_200, "JPY")
    row = mapped(company="A", predicted_value="1,200")
    assert (row.fields["predicted_value_minor"], "currency" in row.fields) == (120_000, False)


def test_two_currencies_in_one_row_are_not_mixed():
    row = mapped(company="A", currency="EUR", predicted_value="$ 1,200")
    assert "predicted_value_minor" not in row.fields
    assert row.custom == {"predicted_value_original": "$ 1,200"}
    assert codes(row) == {"predicted_value": "warning:two_currencies"}


def test_a_deal_value_goes_where_the_status_wants_it():
    assert mapped(company="A", deal_value="100", status="won").fields["won_value_minor"] == 10_000
    assert mapped(company="A", deal_value="100", status="new").fields["predicted_value_minor"] == 10_000
    assert mapped(company="A", deal_value="100").fields["predicted_value_minor"] == 10_000
    assert set(mapped(company="A", deal_value="0", status="lost").fields) == {"company", "status"}


def test_a_won_value_of_a_lead_that_is_not_won_is_kept_as_expected():
    row = mapped(company="A", won_value="100", status="qualified")
    assert row.fields["predicted_value_minor"] == 10_000
    assert "won_value_minor" not in row.fields
    assert codes(row) == {"won_value": "warning:not_won"}
    assert codes(mapped(company="A", won_value="0", status="qualified")) == {}


def test_a_close_date_means_what_the_status_says():
    assert mapped(company="A", close_date="2024-03-01", status="won").fields["closed_at"] == datetime(
        2024, 3, 1, tzinfo=INDIA
    )
    assert mapped(company="A", close_date="2024-03-01", status="open").fields["expected_close_on"] == date(2024, 3, 1)
    assert mapped(company="A", close_date="2024-09-01").fields["expected_close_on"] == date(2024, 9, 1)
    row = mapped(company="A", close_date="2024-09-01", status="won")
    assert "closed_at" not in row.fields
    assert row.fields["expected_close_on"] == date(2024, 9, 1)


def test_a_day_of_closing_without_a_closed_lead_is_kept_beside_it():
    assert mapped(company="A", closed_on="2024-03-01", status="lost").fields["closed_at"] == datetime(
        2024, 3, 1, tzinfo=INDIA
    )
    row = mapped(company="A", closed_on="2024-03-01", status="open")
    assert row.custom == {"closed_on_original": "2024-03-01"}
    assert codes(row) == {"closed_on": "warning:not_closed"}


def test_custom_fields_keep_their_types_and_what_does_not_fit():
    plans = [
        ColumnPlan(0, "Company", "company"),
        ColumnPlan(1, "Visits", "custom:visits", CustomFieldType.NUMBER),
        ColumnPlan(2, "Born", "custom:born", CustomFieldType.DATE, DateOrder.MONTH_FIRST),
        ColumnPlan(3, "VIP", "custom:vip", CustomFieldType.BOOLEAN),
        ColumnPlan(4, "Blog", "custom:blog", CustomFieldType.URL),
        ColumnPlan(5, "Essay", "custom:essay"),
    ]
    mapper = RowMapper(plans, OPTIONS)
    row = mapper.map(["A", "1.5", "3/4/2024", "yes", "x.com", " a\n b "])
    assert row.custom == {"visits": 1.5, "born": "2024-03-04", "vip": True, "blog": "https://x.com", "essay": "a\nb"}
    row = mapper.map(["A", "many", "x", "x?", "x", "Select"])
    assert row.custom == {"visits_original": "many", "born_original": "x", "vip_original": "x?", "blog_original": "x"}
    assert not row.is_refused
    assert {problem.severity for problem in row.problems} == {Severity.WARNING}
    assert mapper.map(["A", "", "", "", "", "x" * 5_001]).is_refused


def test_an_object_of_custom_fields_is_spread():
    row = mapped(company="A", custom_fields='{"Shoe size": 42, "vip": true, "none": null, "list": [1, 2]}')
    assert row.custom == {"shoe_size": 42, "vip": True, "list": "[1, 2]"}


def test_json_columns_are_stored_as_objects():
    assert mapped(company="A", optimal_contact_time='{"day": "Mon"}').fields["optimal_contact_time"] == {"day": "Mon"}
    assert "optimal_contact_time" not in mapped(company="A", optimal_contact_time="{}").fields


def test_an_ip_address_is_stored_without_its_last_part():
    assert mapped(company="A", ip_address="203.0.113.77").fields["ip_address"] == "203.0.113.0"


def test_guards_of_an_export_come_off_again():
    for text in ("=SUM(A1)", "@home", "-Acme-", "'quoted", "+cmd|x"):
        assert mapped(company=safe_cell(text)).fields["company"] == text
    row = mapped(
        company="A", phone=safe_cell("+919812345678"), notes=safe_cell("- one\n- two"), custom_x=safe_cell("=1")
    )
    assert (row.fields["phone"], row.fields["notes"], row.custom["x"]) == ("+919812345678", "- one\n- two", "=1")


def test_a_formula_in_a_file_is_text_like_any_other():
    assert mapped(company='=HYPERLINK("http://x")').fields["company"] == '=HYPERLINK("http://x")'


def test_the_cells_of_one_row_do_not_leak_into_the_next():
    mapper = RowMapper(
        [ColumnPlan(0, "c", "company"), ColumnPlan(1, "t", "tags"), ColumnPlan(2, "x", "custom:x")], OPTIONS
    )
    first = mapper.map(["A", "hot", "1"])
    second = mapper.map(["B", "", ""])
    assert (second.fields, second.tags, second.custom) == ({"company": "B"}, (), {})
    assert first.fields == {"company": "A"}


def test_results_are_columns_of_the_lead_table():
    from leads.models import Lead

    columns = {field.name for field in Lead._meta.concrete_fields}
    limits = {field.name: field.max_length for field in Lead._meta.concrete_fields if field.max_length}
    renamed = {"closed_on": "closed_at", "predicted_value": "predicted_value_minor", "won_value": "won_value_minor"}
    for target in TARGETS.values():
        if target.virtual or target.name in {"tags", "team", "stage"}:
            continue
        name = renamed.get(target.name, target.name)
        assert name in columns
        if name in limits and target.kind in {
            "line",
            "name",
            "key",
            "email",
            "phone",
            "link",
            "country",
            "company_size",
        }:
            assert target.limit <= limits[name], name


CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["a@b.com", "+919812345678", "Won", "1,200", "2024-01-05", "yes", "{}", "India", "L3", "'=1", "€ 5", "unknown"]
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(CELL, min_size=len(TARGETS) + 1, max_size=len(TARGETS) + 1), st.sampled_from(BadValue))
def test_no_row_crashes_the_mapper_and_every_refusal_has_a_reason(cells, on_bad_value):
    plans = [ColumnPlan(number, name, name) for number, name in enumerate(TARGETS)]
    plans.append(ColumnPlan(len(TARGETS), "x", "custom:x"))
    row = RowMapper(plans, replace(OPTIONS, on_bad_value=on_bad_value)).map(cells)
    assert row.is_refused == any(problem.severity is Severity.ERROR for problem in row.problems)
    if on_bad_value is BadValue.SKIP_VALUE:
        assert not row.is_refused or row.problems[-1].code == "no_identity"
    for text in (value for value in (*row.fields.values(), *row.custom.values()) if isinstance(value, str)):
        assert text
        assert "\0" not in text
        text.encode("utf-8")
    assert set(row.custom).isdisjoint({""})
