"""Files of the real world, where they are at hand: nothing in them is refused that a person would accept."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from leads.choices import CustomFieldType
from leads.importing.columns import suggest
from leads.importing.mapping import check_mapping
from leads.importing.reading import preview, read_rows
from leads.importing.rows import MapOptions, MappedRow, RowMapper
from tests.leads.importing.samples import data_folder

DATA = data_folder()
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason=f"The data sets of LEADCRM_DATA are not here ({DATA}); they may not be published with the code.",
)


def imported(name: str) -> tuple[dict[str, str], list[MappedRow]]:
    """Return the suggested target of each header and all rows under that mapping."""
    with (DATA / name).open("rb") as file:
        shape = preview(file)
        found = suggest(shape.headers, shape.sample_rows)
        plans = [suggestion.plan for suggestion in found.values() if suggestion.plan]
        check_mapping(plans, width=shape.layout.width)
        mapper = RowMapper(plans, MapOptions(zone=UTC, phone_region="IN"))
        rows = []
        for _, cells in read_rows(file, shape.layout):
            assert isinstance(cells, list)
            rows.append(mapper.map(cells))
    assert shape.row_estimate == len(rows)
    return {header: found[number].target for number, header in enumerate(shape.headers)}, rows


def test_the_leads_of_x_education_come_in_whole():
    targets, rows = imported("x_education/Leads.csv")
    assert {
        header: targets[header] for header in ("Prospect ID", "Lead Source", "Country", "City", "Tags", "Converted")
    } == {
        "Prospect ID": "external_id",
        "Lead Source": "source",
        "Country": "country",
        "City": "city",
        "Tags": "tags",
        "Converted": "is_converted",
    }
    assert targets["Do Not Email"] == "do_not_contact"
    assert targets["Lead Quality"] == "custom:lead_quality"
    assert all(targets.values()), "No column of this file is empty, so none may be left out."
    assert len(rows) == 9_240
    assert not any(row.is_refused for row in rows)
    assert sum(row.fields.get("status") == "closed_won" for row in rows) == 3_561
    assert sum(bool(row.fields["do_not_contact"]) for row in rows) == 734
    assert len({row.fields["external_id"] for row in rows}) == 9_240
    sources = Counter(row.fields.get("source") for row in rows)
    assert sources["website"] > 5_000
    assert sources["direct"] > 2_500
    assert sum("country" in row.fields for row in rows) == 9_240 - 2_461 - 5  # empty or "unknown"
    assert not any("Select" in row.fields.values() or "Select" in row.custom.values() for row in rows)
    assert {problem.code for row in rows for problem in row.problems} == {"unknown_country"}
    assert all(isinstance(row.custom["lead_number"], int) for row in rows)


def test_the_accounts_of_maven_come_in_whole():
    targets, rows = imported("maven_crm/accounts.csv")
    assert targets == {
        "account": "company",
        "sector": "industry",
        "year_established": "custom:year_established",
        "revenue": "custom:revenue",
        "employees": "company_size",
        "office_location": "country",
        "subsidiary_of": "custom:subsidiary_of",
    }
    assert len(rows) == 85
    assert [row.problems for row in rows if row.problems] == []
    assert {row.fields["country"] for row in rows} >= {"Philippines", "South Korea", "United States"}
    assert Counter(row.fields["company_size"] for row in rows)["1000+"] > 40
    assert rows[0].fields == {
        "company": "Acme Corporation",
        "industry": "technolgy",
        "company_size": "1000+",
        "country": "United States",
    }
    assert rows[0].custom == {"year_established": 1996, "revenue": 1100.04}


def test_the_opportunities_of_maven_come_in_whole():
    targets, rows = imported("maven_crm/sales_pipeline.csv")
    assert targets == {
        "opportunity_id": "external_id",
        "sales_agent": "owner",
        "product": "custom:product",
        "account": "company",
        "deal_stage": "status",
        "engage_date": "created_at",
        "close_date": "close_date",
        "close_value": "deal_value",
    }
    assert len(rows) == 8_800
    assert [row.problems for row in rows if row.problems] == []
    assert Counter(row.fields["status"] for row in rows) == {
        "closed_won": 4_238,
        "closed_lost": 2_473,
        "contacted": 1_589,
        "new": 500,
    }
    won = [row for row in rows if row.fields["status"] == "closed_won"]
    values: list[Any] = [row.fields["won_value_minor"] for row in won]
    assert sum(values) == 1_000_553_400
    assert all("closed_at" in row.fields for row in rows if row.fields["status"] in {"closed_won", "closed_lost"})
    assert not any("won_value_minor" in row.fields for row in rows if row.fields["status"] != "closed_won")
    first = rows[0]
    assert (first.owner_key, first.fields["external_id"], first.fields["won_value_minor"]) == (
        "Moses Frase",
        "1C1I7A6R",
        105_400,
    )
    assert first.fields["closed_at"] == datetime(2017, 3, 1, tzinfo=UTC)
    assert first.fields["created_at"] == datetime(2016, 10, 20, tzinfo=UTC)


def test_the_people_of_febrl_come_in_with_the_spaces_of_their_cells_gone():
    targets, rows = imported("febrl/dataset1.csv")
    assert {header.strip(): target for header, target in targets.items()} | {"x": "y"} == {
        "rec_id": "external_id",
        "given_name": "first_name",
        "surname": "last_name",
        "street_number": "custom:street_number",
        "address_1": "street",
        "address_2": "custom:address_2",
        "suburb": "city",
        "postcode": "postal_code",
        "state": "state",
        "date_of_birth": "custom:date_of_birth",
        "soc_sec_id": "custom:soc_sec_id",
        "x": "y",
    }
    assert len(rows) == 1_000
    assert not any(row.is_refused for row in rows)
    assert all(value == value.strip() for row in rows for value in row.fields.values() if isinstance(value, str))


def test_custom_fields_of_real_files_are_typed():
    with (DATA / "x_education/Leads.csv").open("rb") as file:
        shape = preview(file)
    found = suggest(shape.headers, shape.sample_rows)
    kinds = {suggestion.plan.header: suggestion.plan.custom_type for suggestion in found.values() if suggestion.plan}
    assert kinds["TotalVisits"] is CustomFieldType.NUMBER
    assert kinds["Magazine"] is CustomFieldType.BOOLEAN
    assert kinds["Specialization"] is CustomFieldType.TEXT
