"""What rows become: leads with stage, owner, score, timeline, tags and next step."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from leadcrm.audit.models import ActivityLog, DomainEvent
from leads.choices import JobState, JourneyEventType, LeadSource, LeadStatus
from leads.intelligence import rules as score_rules
from leads.models import Activity, CustomField, JourneyEvent, Lead, LeadScore, PipelineStage, StageTotal
from leads.services import capture
from tests.leads.imports.conftest import counts

HEAD = "Name,E-mail,Company,Phone,Status,Created,Deal value,Close date\n"


def the_lead(**conditions):
    return Lead.objects.get(**conditions)


def test_a_row_becomes_a_lead(imports):
    batch = imports.run(
        "First name,Last name,E-mail,Company,Phone,Industry,Employees,Created,Favourite colour\n"
        "Greta,Weber,Greta@Weber.Example,Weber GmbH,+49 30 901820,Software,120,2025-03-04 10:00,blue\n"
    )

    assert (batch.state, batch.error, counts(batch)) == (JobState.DONE, "", {"new": 1})
    with imports.scope():
        lead = the_lead()
        assert (lead.first_name, lead.last_name, lead.email) == ("Greta", "Weber", "Greta@weber.example")
        assert (lead.company, lead.phone, lead.industry, lead.company_size) == (
            "Weber GmbH", "+4930901820", "Software", "51-200",
        )  # fmt: skip
        # The file names no zone, so the organisation's counts: 10:00 in India.
        assert lead.created_at == datetime(2025, 3, 4, 4, 30, tzinfo=UTC)
        assert lead.custom_fields == {"favourite_colour": "blue"}
        assert CustomField.objects.get().label == "Favourite colour"
        assert (lead.batch_id, lead.created_by, lead.source) == (batch.pk, imports.actor, LeadSource.CSV_IMPORT)
        assert (lead.version, lead.currency) == (1, "INR")


def test_a_status_word_puts_the_lead_into_the_stage_that_stands_for_it(imports):
    imports.run(HEAD + "Ana Costa,ana@costa.example,,,Proposal/Price Quote,,,\nBo Dahl,bo@dahl.example,,,,,,\n")

    with imports.scope():
        assert the_lead(last_name="Costa").stage.name == "Proposal"
        assert the_lead(last_name="Costa").status == LeadStatus.PROPOSAL
        assert the_lead(last_name="Dahl").stage.name == "New"


def test_a_won_lead_keeps_its_value_and_the_day_it_was_won(imports):
    imports.run(HEAD + "Ana Costa,ana@costa.example,,,Closed Won,2024-01-05,1054.50,2024-03-01\n")

    with imports.scope():
        lead = the_lead()
        assert (lead.status, lead.won_value) == (LeadStatus.CLOSED_WON, Decimal("1054.50"))
        assert timezone.localtime(lead.closed_at, imports.organization.tzinfo).date() == date(2024, 3, 1)
        assert lead.last_activity_at == lead.closed_at


def test_an_open_lead_has_an_expected_value_and_an_expected_day(imports):
    imports.run(HEAD + "Ana Costa,ana@costa.example,,,Negotiation,,500,2027-03-01\n")

    with imports.scope():
        lead = the_lead()
        assert (lead.predicted_value, lead.won_value, lead.closed_at) == (Decimal(500), None, None)
        assert lead.expected_close_on == date(2027, 3, 1)


def test_a_status_without_a_stage_starts_in_the_first_one(imports):
    with imports.scope():
        PipelineStage.objects.filter(status=LeadStatus.NURTURING).delete()
    imports.run(HEAD + "Ana Costa,ana@costa.example,,,On hold,,,\n")

    with imports.scope():
        lead = the_lead()
        assert (lead.stage.name, lead.status) == ("New", LeadStatus.NEW)


def test_a_word_that_a_person_has_translated_counts(imports):
    imports.run(
        HEAD + "Ana Costa,ana@costa.example,,,Zonked,,,\nBo Dahl,bo@dahl.example,,,Won,,,\n",
        words={"status": {"Zonked": "qualified", "Won": "default"}}, targets={"Status": "status"}, qualify=False,
    )  # fmt: skip

    with imports.scope():
        assert the_lead(last_name="Costa").stage.name == "Qualified"
        assert the_lead(last_name="Dahl").stage.name == "New", "“default” means: as if the cell were empty"


def test_a_word_that_nobody_knows_is_kept_and_reported(imports):
    batch = imports.run(HEAD + "Ana Costa,ana@costa.example,,,Zonked,,,\n", targets={"Status": "status"})

    assert (counts(batch), imports.problems(batch)) == ({"new": 1, "warned": 1}, {2: ["unknown_status"]})
    assert batch.report["unknown"] == {"status": {"Zonked": 1}}
    with imports.scope():
        assert the_lead().custom_fields == {"status_original": "Zonked"}
        assert CustomField.objects.get().label == "Status as imported"


def test_owners_are_found_by_address_and_by_name(imports, rep, manager):
    imports.run(
        "E-mail,Owner\na@one.example,rep@acme.example\nb@two.example,meera IYER\nc@three.example,Nobody Known\n"
    )

    with imports.scope():
        assert the_lead(email="a@one.example").assigned_to == rep
        assert the_lead(email="a@one.example").team == rep.team
        assert the_lead(email="b@two.example").assigned_to == manager
        lost = the_lead(email="c@three.example")
        assert (lost.assigned_to, lost.custom_fields) == (None, {"owner_original": "Nobody Known"})
        assert CustomField.objects.get().label == "Owner as imported"


def test_an_owner_can_be_chosen_for_a_name(imports, rep):
    imports.run("E-mail,Owner\na@one.example,Old Hand\n", words={"owner": {"Old Hand": str(rep.pk)}})

    with imports.scope():
        assert the_lead().assigned_to == rep


def test_defaults_fill_what_the_file_does_not_say(imports, rep, team):
    with imports.scope():
        stage = PipelineStage.objects.get(status=LeadStatus.CONTACTED)
    imports.run(
        "E-mail\na@one.example\n",
        stage=str(stage.pk), owner=str(rep.pk), source="event", tags=("Fair", "2026"), qualify=False,
    )  # fmt: skip

    with imports.scope():
        lead = the_lead()
        assert (lead.stage, lead.assigned_to, lead.team, lead.source) == (stage, rep, team, "event")
        assert sorted(tag.name for tag in lead.tags.all()) == ["2026", "Fair"]


def test_tags_of_rows_are_created_once_whatever_their_case(imports):
    imports.run("E-mail,Tags\na@one.example,Hot; New York\nb@two.example,hot\n")

    with imports.scope():
        assert sorted(tag.name for tag in the_lead(email="a@one.example").tags.all()) == ["Hot", "New York"]
        assert [tag.name for tag in the_lead(email="b@two.example").tags.all()] == ["Hot"]


def test_the_sources_of_other_systems_are_translated(imports):
    imports.run(
        "E-mail,Source\na@one.example,Organic Search\nb@two.example,Cold moon\nc@three.example,referral\n",
        words={"source": {"Cold moon": "event"}},
    )

    with imports.scope():
        sources = dict(Lead.objects.values_list("email", "source"))
        assert sources == {"a@one.example": "website", "b@two.example": "event", "c@three.example": "referral"}
        assert the_lead(email="b@two.example").custom_fields == {"source_original": "Cold moon"}


def test_an_address_of_the_internet_is_truncated(imports):
    imports.run("E-mail,IP address\na@one.example,203.0.113.77\n")

    with imports.scope():
        assert the_lead().ip_address == "203.0.113.0"


def test_amounts_take_the_currency_that_the_file_names(imports):
    imports.run("E-mail,Deal value\na@one.example,€1.250\nb@two.example,1250\n", currency="USD")

    with imports.scope():
        assert [(lead.currency, lead.predicted_value) for lead in Lead.objects.order_by("email")] == [
            ("EUR", Decimal(1250)),
            ("USD", Decimal(1250)),
        ]


def test_a_next_step_in_the_file_becomes_a_planned_activity(imports, rep):
    moment = (timezone.now() + timedelta(days=9)).replace(microsecond=0)
    imports.run(f"E-mail,Next follow-up,Owner\na@one.example,{moment.isoformat()},{rep.email}\n")

    with imports.scope():
        activity = Activity.objects.get()
        assert (activity.scheduled_at, activity.user, activity.type) == (moment, rep, "follow_up")
        lead = the_lead()
        assert (lead.next_follow_up_at, lead.next_step) == (moment, "follow_up")


FACTS = {
    "email": "greta@weber.example", "phone": "+4930901820", "company": "Weber GmbH", "industry": "Software",
    "company_size": "51-200",
}  # fmt: skip
GOOD = "E-mail,Phone,Company,Industry,Company size\n" + ",".join(FACTS.values()) + "\n"


def test_a_lead_is_scored_with_reasons_as_one_entered_by_hand(imports):
    imports.run(GOOD, qualify=False)

    with imports.scope():
        by_hand = capture.create_lead(actor=imports.actor, **{**FACTS, "email": "other@weber.example"})
        imported = the_lead(email=FACTS["email"])
        mine, theirs = LeadScore.objects.get(lead=imported), LeadScore.objects.get(lead=by_hand)
        same = ("score", "confidence", "explanation", "recommendations", "demographic_score", "model_version",
                "rate_version", "behavioral_score", "conversational_score", "temporal_score")  # fmt: skip
        assert {name: getattr(mine, name) for name in same} == {name: getattr(theirs, name) for name in same}
        assert (imported.score, imported.score_confidence) == (mine.score, mine.confidence)
        assert imported.score == score_rules.score_facts(score_rules.LeadFacts(**FACTS)).score
        assert imported.scored_at is not None


def test_a_high_score_qualifies_and_is_told_on_the_timeline(imports):
    imports.run(GOOD)

    with imports.scope():
        lead = the_lead()
        assert (lead.status, lead.stage.name) == (LeadStatus.QUALIFIED, "Qualified")
        told = JourneyEvent.objects.get(lead=lead, event_type=JourneyEventType.LEAD_QUALIFIED)
        assert (told.description, told.user) == (f"Score {lead.score}", None)
        assert not Activity.objects.exists(), "a list must not fill everybody's tomorrow"


def test_follow_ups_are_planned_when_they_are_asked_for(imports):
    imports.run(GOOD, follow_ups=True)

    with imports.scope():
        activity, lead = Activity.objects.get(), the_lead()
        assert activity.subject == "Follow up on a newly qualified lead"
        assert activity.scheduled_at == lead.next_follow_up_at
        assert timezone.localtime(activity.scheduled_at, imports.organization.tzinfo).hour == 9


@pytest.mark.parametrize("status", ["Won", "Lost", "Unqualified", "Negotiation"])
def test_a_lead_that_is_further_on_is_not_qualified(imports, status):
    imports.run(GOOD.replace("E-mail,", "Status,E-mail,").replace("greta@", f"{status},greta@"))

    with imports.scope():
        assert the_lead().status != LeadStatus.QUALIFIED


def test_qualification_can_be_left_out(imports):
    imports.run(GOOD, qualify=False)

    with imports.scope():
        assert the_lead().status == LeadStatus.NEW


def test_every_lead_has_its_import_on_the_timeline(imports):
    batch = imports.run("E-mail\na@one.example\nb@two.example\n", qualify=False)

    with imports.scope():
        events = JourneyEvent.objects.filter(event_type=JourneyEventType.LEAD_IMPORTED).order_by("lead__email")
        assert [(event.lead.email, event.properties) for event in events] == [
            ("a@one.example", {"batch": str(batch.pk), "row": 2}),
            ("b@two.example", {"batch": str(batch.pk), "row": 3}),
        ]
        assert {event.user for event in events} == {imports.actor}


def test_an_import_is_one_entry_of_the_audit_log_and_one_event(imports):
    with imports.scope():
        before = ActivityLog.objects.count(), DomainEvent.objects.count()
    batch = imports.run(GOOD + "b@two.example,,,,\nbroken,,,,\n")

    with imports.scope():
        assert (ActivityLog.objects.count(), DomainEvent.objects.count()) == (before[0] + 1, before[1] + 1)
        entry = ActivityLog.objects.order_by("-created_at").first()
        assert (entry.action, entry.entity_id, entry.actor) == ("import.finished", batch.pk, imports.actor)
        assert (entry.metadata["successful_imports"], entry.metadata["failed_imports"]) == (2, 1)
        assert entry.metadata["rules"]["on_duplicate"] == "skip"
        event = DomainEvent.objects.order_by("-created_at").first()
        assert (event.name, event.payload["successful_imports"]) == ("import.finished", 2)


def test_the_first_row_lies_on_top_of_the_board(imports):
    imports.run("E-mail\n" + "".join(f"lead{number}@one.example\n" for number in range(5)), qualify=False)

    with imports.scope():
        order = list(Lead.objects.order_by("board_position").values_list("email", flat=True))
        assert order == [f"lead{number}@one.example" for number in range(5)]


def test_the_totals_of_the_board_follow(imports):
    imports.run("E-mail,Deal value\na@one.example,100\nb@two.example,200\n", qualify=False)

    with imports.scope():
        totals = StageTotal.objects.values_list("lead_count", "value_minor")
        assert (sum(count for count, _ in totals), sum(value for _, value in totals)) == (2, 30_000)


def test_an_uploaded_file_is_removed_once_everything_is_in(imports, media, django_capture_on_commit_callbacks):
    batch = imports.check(imports.choose(imports.upload("E-mail\na@one.example\n")))
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1
    with django_capture_on_commit_callbacks(execute=True):
        imports.carry_out(batch)

    assert [path for path in media.rglob("*") if path.is_file()] == []
