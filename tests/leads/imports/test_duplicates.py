"""Which rows are new, and what happens to those that are not."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from leads.choices import JourneyEventType, LeadStatus
from leads.models import JourneyEvent, Lead, LeadBatchChange, LeadScore, Tag
from leads.services import capture, pipeline
from tests.factories.leads import LeadFactory
from tests.leads.imports.conftest import counts


@pytest.fixture
def there(imports):
    """Return a function that makes a lead in the organisation of the imports."""

    def make(**values):
        blank = {"first_name": "", "last_name": "", "company": "", "email": ""}
        return LeadFactory(organization=imports.organization, **{**blank, **values})

    return make


@pytest.mark.parametrize(
    ("identity", "lead", "file"),
    [
        ("email", {"email": "Greta@Weber.example"}, "E-mail\ngreta@weber.EXAMPLE\n"),
        ("phone", {"phone": "+4930901820"}, "Phone\n030 901820\n"),
        ("company", {"company": "Weber GmbH"}, "Company\nWEBER GmbH\n"),
        (
            "person",
            {"company": "Weber GmbH", "first_name": "Greta", "last_name": "Weber"},
            "Company,First name,Last name\nWeber gmbh,GRETA,weber\n",
        ),
        ("external_id", {"external_id": "A-7", "external_source": "HubSpot"}, "Record ID\nA-7\n"),
    ],
)
def test_a_row_is_recognised_by(imports, there, identity, lead, file):
    there(**lead)
    batch = imports.run(file, identity=(identity,), external_source="HubSpot", region="DE")

    assert (counts(batch), imports.problems(batch)) == ({"skipped": 1}, {2: ["exists"]})


@pytest.mark.parametrize(
    ("identity", "file"),
    [
        ("email", "E-mail,Phone\nother@weber.example,+49 30 901820\n"),
        ("person", "Company,First name,Last name\nWeber GmbH,Gerda,Weber\n"),
        ("external_id", "Record ID,E-mail\nA-8,greta@weber.example\n"),
    ],
)
def test_only_what_was_chosen_identifies(imports, there, identity, file):
    there(
        email="greta@weber.example", phone="+4930901820", company="Weber GmbH", first_name="Greta",
        last_name="Weber", external_id="A-7", external_source="HubSpot",
    )  # fmt: skip
    batch = imports.run(file, identity=(identity,), external_source="HubSpot")

    assert counts(batch) == {"new": 1}


def test_identities_are_asked_in_their_order(imports, there):
    by_email, by_phone = there(email="greta@weber.example"), there(phone="+4930901820")
    imports.run(
        "E-mail,Phone,City\ngreta@weber.example,+49 30 901820,Kiel\n", identity=("email", "phone"), on_duplicate="fill"
    )

    by_email = imports.fresh(by_email)
    by_phone = imports.fresh(by_phone)
    assert (by_email.city, by_phone.city) == ("Kiel", "")


def test_two_identifiers_of_one_system_are_two_records_whatever_else_they_share(imports, there):
    there(email="office@weber.example", external_id="A-1", external_source="HubSpot")
    batch = imports.run(
        "Record ID,E-mail\nA-2,office@weber.example\nA-3,office@weber.example\n",
        identity=("external_id", "email"), external_source="HubSpot",
    )  # fmt: skip

    assert counts(batch) == {"new": 2}


def test_a_record_of_another_system_is_found_by_its_address(imports, there):
    there(email="greta@weber.example", external_id="77", external_source="Zoho")
    batch = imports.run(
        "Record ID,E-mail\nA-2,greta@weber.example\n", identity=("external_id", "email"), external_source="HubSpot"
    )

    assert counts(batch) == {"skipped": 1}


@pytest.mark.parametrize("chunk_rows", [1, 2, 1000])
def test_the_first_row_of_a_file_wins_over_those_that_repeat_it(imports, monkeypatch, chunk_rows):
    monkeypatch.setattr("leads.services.importing.engine.CHUNK_ROWS", chunk_rows)
    batch = imports.run(
        "E-mail,Phone,City\na@one.example,+49 30 901820,first\nA@ONE.example,,second\n"
        "b@two.example,+49 30 901820,third\nc@three.example,,fourth\n",
        identity=("email", "phone"),
    )

    assert (counts(batch), batch.report["details"]["repeated"]) == ({"new": 2, "skipped": 2}, 2)
    assert imports.problems(batch) == {3: ["repeated"], 4: ["repeated"]}
    with imports.scope():
        assert sorted(Lead.objects.values_list("city", flat=True)) == ["first", "fourth"]


def test_a_row_that_repeats_a_refused_one_is_new(imports):
    batch = imports.run(
        "E-mail,Created\na@one.example,2025-99-99\na@one.example,2025-01-01\n", targets={"Created": "created_at"}
    )

    assert counts(batch) == {"new": 1, "refused": 1}


def test_filling_leaves_alone_what_is_there(imports, there):
    lead = there(email="a@one.example", city="Kiel", company="One", custom_fields={"colour": "red"})
    batch = imports.run(
        "E-mail,City,Company,Industry,Colour,Size\na@one.example,Bonn,Other,Software,blue,XL\n", on_duplicate="fill"
    )

    assert counts(batch) == {"updated": 1}
    lead = imports.fresh(lead)
    assert (lead.city, lead.company, lead.industry) == ("Kiel", "One", "Software")
    assert lead.custom_fields == {"colour": "red", "size": "XL"}


def test_overwriting_takes_what_the_file_says_and_nothing_from_empty_cells(imports, there):
    lead = there(email="a@one.example", city="Kiel", company="One", custom_fields={"colour": "red", "size": "XL"})
    batch = imports.run("E-mail,City,Company,Colour\na@one.example,Bonn,,blue\n", on_duplicate="overwrite")

    assert counts(batch) == {"updated": 1}
    lead = imports.fresh(lead)
    assert (lead.city, lead.company) == ("Bonn", "One")
    assert lead.custom_fields == {"colour": "blue", "size": "XL"}
    assert lead.version == 2, "an open form must notice"


def test_a_row_that_changes_nothing_is_no_update(imports, there):
    lead = there(email="a@one.example", city="Kiel")
    batch = imports.run("E-mail,City\na@one.example,Kiel\n", on_duplicate="overwrite")

    assert (counts(batch), batch.report["details"]["unchanged"]) == ({}, 1)
    lead = imports.fresh(lead)
    assert lead.version == 1
    with imports.scope():
        assert not LeadBatchChange.objects.exists()


def test_what_was_overwritten_is_kept(imports, there):
    lead = there(email="a@one.example", city="Kiel", created_at=datetime(2020, 1, 1, tzinfo=UTC))
    batch = imports.run("E-mail,City,Created\na@one.example,Bonn,2024-01-01\n", on_duplicate="overwrite")

    with imports.scope():
        change = LeadBatchChange.objects.get()
        assert (change.batch, change.lead, change.before, change.after) == (
            batch, lead, {"city": "Kiel"}, {"city": "Bonn"},
        )  # fmt: skip
        event = JourneyEvent.objects.get(lead=lead, event_type=JourneyEventType.LEAD_UPDATED)
        assert event.properties == {"batch": str(batch.pk), "fields": ["city"]}


def test_an_update_scores_again_and_may_qualify(imports):
    with imports.scope():
        lead = capture.create_lead(actor=imports.actor, email="a@one.example")
        assert lead.status == LeadStatus.NEW
    imports.run("E-mail,Company,Phone\na@one.example,One,+49 30 901820\n", on_duplicate="fill")

    lead = imports.fresh(lead)
    assert (lead.score, lead.status) == (85, LeadStatus.QUALIFIED)
    with imports.scope():
        assert LeadScore.objects.filter(lead=lead).newest_first().first().score == 85
        assert JourneyEvent.objects.filter(lead=lead, event_type=JourneyEventType.LEAD_QUALIFIED).count() == 1


def test_a_lead_is_qualified_by_its_score_once_in_its_life(imports):
    with imports.scope():
        lead = capture.create_lead(actor=imports.actor, email="a@one.example", company="One")
        assert lead.status == LeadStatus.QUALIFIED
        pipeline.move_lead(lead=lead, stage=pipeline.first_stage(), actor=imports.actor)
    imports.run("E-mail,Phone\na@one.example,+49 30 901820\n", on_duplicate="fill")

    lead = imports.fresh(lead)
    assert (lead.score, lead.status) == (85, LeadStatus.NEW)


def test_overwriting_moves_a_lead_and_closes_it(imports, there):
    lead = there(email="a@one.example", predicted_value_minor=10_000)
    imports.run("E-mail,Status,Deal value,Close date\na@one.example,Won,250,2024-05-01\n", on_duplicate="overwrite")

    lead = imports.fresh(lead)
    assert (lead.status, lead.stage.name, lead.won_value_minor) == (LeadStatus.CLOSED_WON, "Won", 25_000)
    assert timezone.localtime(lead.closed_at, imports.organization.tzinfo).date().isoformat() == "2024-05-01"


def test_filling_moves_no_lead(imports, there):
    lead = there(email="a@one.example")
    imports.run("E-mail,Status,Deal value\na@one.example,Won,250\n", on_duplicate="fill")

    lead = imports.fresh(lead)
    assert (lead.status, lead.won_value_minor, lead.predicted_value_minor) == (LeadStatus.NEW, None, 25_000)


def test_an_import_never_takes_back_do_not_contact(imports, there):
    kept, set_now = there(email="a@one.example", do_not_contact=True), there(email="b@two.example")
    imports.run("E-mail,Do not contact\na@one.example,no\nb@two.example,yes\n", on_duplicate="overwrite")

    kept = imports.fresh(kept)
    set_now = imports.fresh(set_now)
    assert (kept.do_not_contact, set_now.do_not_contact) == (True, True)


def test_an_update_adds_tags_and_an_owner_where_there_is_none(imports, there, rep, manager):
    free, owned = there(email="a@one.example"), there(email="b@two.example", assigned_to=manager)
    batch = imports.run(
        f"E-mail,Owner,Tags\na@one.example,{rep.email},Hot\nb@two.example,{rep.email},Hot\n", on_duplicate="fill"
    )

    assert counts(batch) == {"updated": 2}
    free = imports.fresh(free)
    owned = imports.fresh(owned)
    assert (free.assigned_to, owned.assigned_to) == (rep, manager)
    with imports.scope():
        assert Tag.objects.get(name="Hot").leads.count() == 2


def test_the_identifier_of_a_lead_stays_its_own(imports, there):
    mine = there(email="a@one.example", external_id="77", external_source="Zoho")
    bare = there(email="b@two.example")
    imports.run(
        "Record ID,E-mail,City\nA-1,a@one.example,Bonn\nA-2,b@two.example,Bonn\n",
        identity=("external_id", "email"), external_source="HubSpot", on_duplicate="overwrite",
    )  # fmt: skip

    mine = imports.fresh(mine)
    bare = imports.fresh(bare)
    assert (mine.external_id, mine.external_source, mine.city) == ("77", "Zoho", "Bonn")
    assert (bare.external_id, bare.external_source) == ("A-2", "HubSpot")


def test_a_lead_in_the_trash_keeps_its_identifier(imports, there):
    there(external_id="A-1", external_source="HubSpot", deleted_at=timezone.now())
    there(email="b@two.example", deleted_at=timezone.now())
    batch = imports.run(
        "Record ID,E-mail\nA-1,a@one.example\nA-2,b@two.example\n",
        identity=("external_id", "email"), external_source="HubSpot",
    )  # fmt: skip

    assert (counts(batch), imports.problems(batch)) == ({"new": 1, "skipped": 1}, {2: ["trashed"]})


def test_a_lead_beyond_the_persons_reach_is_not_changed(driver_of, manager, there, imports):
    lead = there(email="a@one.example")
    theirs = driver_of(manager)
    batch = theirs.run("E-mail,City\na@one.example,Bonn\n", on_duplicate="overwrite")

    assert (counts(batch), theirs.problems(batch)) == ({"skipped": 1}, {2: ["hidden"]})
    lead = imports.fresh(lead)
    assert lead.city == ""


def test_a_lead_of_another_organisation_is_no_duplicate(imports, other_organization):
    LeadFactory(organization=other_organization, email="a@one.example")
    batch = imports.run("E-mail\na@one.example\n")

    assert counts(batch) == {"new": 1}


def test_importing_the_same_file_again_brings_nothing(imports):
    content = "Record ID,E-mail,Company\n" + "".join(f"{n},lead{n}@one.example,One {n}\n" for n in range(30))
    assert counts(imports.run(content)) == {"new": 30}
    assert counts(imports.run(content, name="leads (2).csv")) == {"skipped": 30}
