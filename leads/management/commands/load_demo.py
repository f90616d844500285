"""Fill an empty installation with a demo organisation: people of every role, and leads at every stage.

Everything is invented. The words say so, and every domain ends in ``.example``.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import BusinessProfile, Organization, Team, User
from leadcrm.accounts.signals import organization_created
from leadcrm.core import tenancy
from leads import signals
from leads.choices import ActivityType, CompanySize, LeadSource, LeadStatus, ServiceTier
from leads.models import Lead, PipelineStage
from leads.services import activities, capture, notes, pipeline, tagging

PASSWORD = "leadcrm-demo-2026"  # noqa: S105 — printed by `make run`, for local trial only

DEMO_LOGINS: list[tuple[str, str, str]] = [
    ("Administrator", "admin@demo.example", PASSWORD),
    ("Manager", "manager@demo.example", PASSWORD),
    ("Sales rep", "rep@demo.example", PASSWORD),
    ("Marketing", "marketing@demo.example", PASSWORD),
    ("Editor", "editor@demo.example", PASSWORD),
    ("Viewer", "viewer@demo.example", PASSWORD),
    ("Staff (admin site)", "staff@demo.example", PASSWORD),
]

PEOPLE = [
    ("admin@demo.example", "Asha Verma", Role.ADMIN, None),
    ("manager@demo.example", "Mia Keller", Role.MANAGER, "North"),
    ("rep@demo.example", "Ravi Menon", Role.SALES_REP, "North"),
    ("rep2@demo.example", "Jonas Dahl", Role.SALES_REP, "North"),
    ("marketing@demo.example", "Carla Nunes", Role.MARKETING, None),
    ("editor@demo.example", "Eva Lindqvist", Role.EDITOR, None),
    ("viewer@demo.example", "Tom Akande", Role.VIEWER, None),
]

COMPANIES = [
    ("Northwind Logistics", "logistics", "Pune"), ("Helio Foods", "manufacturing", "Chennai"),
    ("Bright Dental Group", "healthcare", "Mumbai"), ("Quarry & Sons", "construction", "Jaipur"),
    ("Arclight Energy", "engineering", "Bengaluru"), ("Pomona Retail", "retail", "Delhi"),
    ("Kestrel Insurance", "finance", "Mumbai"), ("Fjord Marine", "manufacturing", "Kochi"),
    ("Tallow Studio", "architecture", "Goa"), ("Meridian Health", "healthcare", "Hyderabad"),
    ("Oakline Homes", "real_estate", "Gurugram"), ("Sable Mining", "manufacturing", "Ranchi"),
    ("Lumen Schools", "education", "Pune"), ("Velo Parts", "manufacturing", "Chennai"),
    ("Saffron Software", "software", "Bengaluru"), ("Banyan Textiles", "manufacturing", "Surat"),
    ("Monsoon Media", "technology", "Mumbai"), ("Copper Lane Hotels", "hospitality", "Udaipur"),
    ("Indus Robotics", "technology", "Hyderabad"), ("Teak & Stone", "construction", "Kolkata"),
    ("Civic Data Office", "government", "Delhi"), ("Lotus Clinics", "healthcare", "Lucknow"),
    ("Harbour Freight Lines", "logistics", "Visakhapatnam"), ("Open Hands Trust", "nonprofit", "Bhopal"),
]  # fmt: skip
FIRST = ["Maja", "Sunita", "Eirik", "Greta", "Priya", "Henk", "Ines", "Omar", "Lena", "Arjun", "Bea", "Paul", "Amara"]
LAST = ["Rao", "Shah", "Weber", "Dahl", "Nair", "Costa", "Mulder", "Okafor", "Iyer", "Vogt", "Hennessy", "Khanna"]
TITLES = ["COO", "Head of Operations", "Founder", "IT Director", "CFO", "Practice lead", "Plant manager", "CEO"]
MESSAGES = [
    "We run three sites on spreadsheets and want to see what automation could save us within a year.",
    "Please call me about the assessment.",
    "",
    "Our planners spend two days a week copying figures between systems; we would like a proposal for that.",
]
REASONS = ["Chose a competitor", "No budget this year", "No answer"]
PLACES = [
    (LeadStatus.NEW, 7), (LeadStatus.CONTACTED, 4), (LeadStatus.QUALIFIED, 4), (LeadStatus.PROPOSAL, 3),
    (LeadStatus.NEGOTIATION, 2), (LeadStatus.CLOSED_WON, 2), (LeadStatus.CLOSED_LOST, 1), (LeadStatus.NURTURING, 1),
]  # fmt: skip


EARLY = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.NURTURING)


class Command(BaseCommand):
    help = "Load the demo organisation, once."

    def handle(self, *args: Any, **options: Any) -> None:
        if Organization.objects.exists():
            self.stdout.write("Demo data: there is an organisation already, nothing was loaded.")
            return
        # One transaction: a demo that was interrupted leaves nothing, so the next start loads all of it.
        with transaction.atomic():
            organization = create_organization()
            with tenancy.organization_scope(organization.pk):
                people = create_people(organization)
                create_leads(people)
                signals.demo_loading.send(sender=Command, organization=organization, people=people)
        self.stdout.write(f"Demo data: {organization} with {len(PEOPLE)} people and {len(COMPANIES)} leads.")


def create_organization() -> Organization:
    organization = Organization.objects.create(
        name="Demo Consultancy", slug="demo", domain="demo.example", industry="technology", size="small"
    )
    User.objects.create_user(
        "staff@demo.example", PASSWORD, full_name="Staff of the consultancy", is_staff=True, is_superuser=True
    )
    verify("staff@demo.example")
    with tenancy.organization_scope(organization.pk):
        organization_created.send(sender=Organization, organization=organization, actor=None)
    return organization


def verify(email: str) -> None:
    """Count the address as proven, so that the demo logins work at once."""
    user = User.objects.get(email=email)
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})


def create_people(organization: Organization) -> dict[str, User]:
    pipeline.seed_default_pipeline(organization=organization)
    teams = {name: Team.objects.create(name=name, organization=organization) for name in ("North", "South")}
    people = {}
    for email, name, role, team in PEOPLE:
        people[email] = User.objects.create_user(
            email, PASSWORD, full_name=name, role=role, organization=organization, team=teams.get(team or "")
        )
        verify(email)
    teams["North"].manager = people["manager@demo.example"]
    teams["North"].save()
    BusinessProfile.objects.create(
        organization=organization,
        ideal_customer={
            "industries": ["manufacturing", "logistics", "healthcare"],
            "company_sizes": ["51-200", "201-500"],
            "countries": ["India"],
            "job_titles": ["COO", "Head of Operations"],
            "notes": "",
        },
        brand_voice="Plain, warm, exact. No buzzwords.",
        goals="Twelve new consulting clients this year.",
        value_proposition="We find the hours your teams lose between systems, and give them back.",
        links=[{"label": "Website", "url": "https://demo.example"}],
    )
    return people


def create_leads(people: dict[str, User]) -> None:
    dice = random.Random(2026)  # noqa: S311 — invented data, the same every time
    stages = {stage.status: stage for stage in PipelineStage.objects.of_default_pipeline()}
    owners = [people["rep@demo.example"], people["rep2@demo.example"], people["rep@demo.example"], None]
    manager = people["manager@demo.example"]
    places = [status for status, count in PLACES for _ in range(count)]
    for number, (company, industry, city) in enumerate(COMPANIES):
        domain = "".join(letter for letter in company.lower() if letter.isalnum()) + ".example"
        first, last = dice.choice(FIRST), dice.choice(LAST)
        owner = owners[number % len(owners)]
        lead = capture.create_lead(
            actor=manager,
            assigned_to=owner,
            first_name=first,
            last_name=last,
            job_title=dice.choice(TITLES),
            company=company,
            website=f"https://{domain}",
            city=city,
            country="India",
            **known_facts(number, places[number], f"{first}.{last}@{domain}".lower(), industry, dice),
            source=dice.choice([LeadSource.WEBSITE, LeadSource.REFERRAL, LeadSource.EVENT, LeadSource.ASSESSMENT]),
            predicted_value_minor=dice.randrange(8, 200) * 10_000_00,
            team_id=manager.team_id,
        )
        place(lead, stages[places[number]], dice=dice, actor=owner or manager)
        tagging.set_tags(lead=lead, names=dice.sample(["Priority", "Pilot", "Fair 2026", "Partner"], 1), actor=manager)
        work_on(lead, number, actor=owner or manager)
    age_leads(dice)


def known_facts(number: int, status: str, email: str, industry: str, dice: random.Random) -> dict[str, Any]:
    """Return what is known of a lead: little of a new one, so that its score is low and asks for more."""
    phone = f"+9198{dice.randrange(10**7, 10**8)}"
    if status in EARLY:
        return {"phone": phone} if number % 2 else {"message": MESSAGES[0]}
    facts: dict[str, Any] = {"email": email, "industry": industry, "message": MESSAGES[number % len(MESSAGES)]}
    if number % 3:
        facts |= {"phone": phone, "company_size": dice.choice(CompanySize.values)}
    if number % 4 == 0:
        facts["service_tier"] = dice.choice(ServiceTier.values)
    return facts


def place(lead: Lead, stage: PipelineStage, *, dice: random.Random, actor: User) -> None:
    pipeline.move_lead(
        lead=lead,
        stage=stage,
        actor=actor,
        won_value=lead.predicted_value if stage.is_won else None,
        lost_reason=dice.choice(REASONS) if stage.is_lost else "",
    )


def work_on(lead: Lead, number: int, *, actor: User) -> None:
    for activity in lead.activities.all():
        activities.cancel_activity(activity=activity, actor=actor)
    lead.refresh_from_db()
    if lead.is_closed:
        return
    kinds = [ActivityType.CALL, ActivityType.EMAIL, ActivityType.DEMO, ActivityType.MEETING, ActivityType.FOLLOW_UP]
    if number % 6 != 4:
        due = timezone.now() + timedelta(days=(number % 7) - 2, hours=number % 5)
        activities.plan_activity(
            lead=lead, type=kinds[number % len(kinds)], subject="", scheduled_at=due, user=lead.assigned_to, actor=actor
        )
    if number % 2:
        notes.add_note(
            lead=lead, content="Met at the fair in Pune; wants figures before the board meeting.", actor=actor
        )
    if number % 4 == 1:
        activities.log_activity(
            lead=lead,
            type=ActivityType.CALL,
            subject="First call",
            outcome="Interested, asked for references",
            actor=actor,
        )


def age_leads(dice: random.Random) -> None:
    """Spread the leads over the last weeks, so that idle days and dates look like life."""
    now = timezone.now()
    for number, lead in enumerate(Lead.objects.order_by("created_at")):
        age = timedelta(days=dice.randrange(1, 40))
        touched = now - (
            timedelta(days=dice.randrange(15, 25)) if number % 5 == 0 else timedelta(days=dice.randrange(0, 9))
        )
        Lead.objects.filter(pk=lead.pk).update(
            created_at=now - age, last_activity_at=max(touched, now - age), stage_changed_at=max(touched, now - age)
        )
