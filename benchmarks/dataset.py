# ruff: noqa: E501, SIM905 — SQL reads better whole, and so do lists of words
"""Invented leads, made inside PostgreSQL: one large organisation, one of 10,000, and eighteen of 2,000."""

from __future__ import annotations

import time

import psycopg
from django.db import connection

from leadcrm.accounts.choices import Role
from leadcrm.accounts.models import Organization, Team, User
from leadcrm.accounts.services import organizations
from leadcrm.core import tenancy
from leads.services import totals

CHUNK = 100_000
SMALL = 10_000
OTHERS = 2_000

WORDS = """Amber Anchor Apex Arbor Aspen Atlas Aurora Beacon Birch Blue Bright Cedar Cobalt Copper Coral Crest Crystal
Delta Eagle Echo Ember Falcon Fern Frost Garnet Golden Granite Harbor Hazel Horizon Indigo Iron Ivory Jade Juniper Lark
Linden Lotus Lunar Maple Marble Meridian Nimbus North Oak Olive Onyx Opal Orchid Pearl Pine Quartz Raven River Ruby Sable
Silver Solar Spruce Sterling Summit Timber Vertex Willow""".split()
TRADES = """Analytics Apparel Automation Biotech Builders Capital Catering Chemicals Clinics Components Consulting
Controls Data Design Dynamics Education Electronics Energy Engineering Farms Finance Foods Freight Furniture Health
Holdings Imaging Insurance Labs Logistics Machines Media Motors Networks Optics Packaging Pharma Robotics Software
Textiles""".split()
FIRST = "Ada Amir Ana Arjun Bianca Carla Chen Dana Diego Elena Emma Fatima Greta Hana Ines Jonas Kira Lara Maja".split()
LAST = (
    "Abbott Bauer Castro Dahl Evans Fischer Garcia Gupta Horvat Ito Jensen Kumar Larsen Meyer Novak Patel Rossi".split()
)

INSERT = """
INSERT INTO leads_lead (id, organization_id, first_name, last_name, email, phone, company, job_title, website, linkedin_url,
    linkedin_sales_nav_data, street, city, state, postal_code, country, industry, business_type, company_size, budget,
    timeframe, message, service_tier, source, source_type, external_id, external_source, campaign, utm_source, utm_medium,
    utm_campaign, user_agent, referrer, consent, status, stage_id, stage_changed_at, board_position, assigned_to_id,
    team_id, outreach_status, follow_up_stage, last_activity_at, next_follow_up_at, next_step, currency, lost_reason,
    predicted_value_minor, won_value_minor, closed_at, score, score_confidence, booking_potential, engagement_level,
    emails_sent, emails_opened, emails_clicked, communication_preference, optimal_contact_time, verification_status,
    response_time, current_booking_tool, custom_fields, notes, do_not_contact, version, created_at, updated_at)
SELECT new_uuid7(), %(organization)s, first, last,
    lower(first || '.' || last || '.' || i || '@' || replace(company, ' ', '') || '.example'),
    '+9198' || lpad((i %% 100000000)::text, 8, '0'), company, 'Head of operations', '', '', '{}', '',
    (ARRAY['Pune','Mumbai','Delhi','Chennai','Kochi','Jaipur','Goa','Surat'])[1 + i %% 8], '', '', 'India',
    (ARRAY['software','manufacturing','retail','finance','education','logistics','healthcare'])[1 + i %% 7], '', '51-200',
    '', '', CASE WHEN i %% 3 = 0 THEN 'asked for a quote on the annual plan and wants a demo for the whole team' ELSE '' END,
    '', (ARRAY['website','website','website','referral','event','direct','social','csv_import'])[1 + (h >> 4) %% 8],
    'manual_import', '', '', '', '', '', '', '', '', '{}', stage.status, stage.id, moment,
    -(extract(epoch FROM moment) * 1000000)::bigint * 1024 - i, owner, %(team)s, 'none', '', moment,
    CASE WHEN i %% 4 = 0 AND stage.position < 5 THEN now() + ((h %% 30) - 6) * interval '1 day' END,
    CASE WHEN i %% 4 = 0 AND stage.position < 5 THEN 'call' ELSE '' END, 'INR',
    CASE WHEN stage.status = 'closed_lost' THEN 'No budget' ELSE '' END, (10000 + h %% 990000) * 100::bigint,
    CASE WHEN stage.status = 'closed_won' THEN (10000 + h %% 990000) * 100::bigint END,
    CASE WHEN stage.position BETWEEN 5 AND 6 THEN moment END,
    40 + h %% 61, 0.5, '', 'unknown', 0, 0, 0, '{}', '{}', 'unverified', '', '', '{}', '', false, 1, moment, moment
FROM (
    SELECT i, h, (%(first)s::text[])[1 + h %% 19] AS first, (%(last)s::text[])[1 + (h >> 5) %% 17] AS last,
        CASE WHEN i %% 5000 = 0 THEN 'Zephyrine' ELSE (%(words)s::text[])[1 + (h >> 3) %% 64] END || ' ' ||
        (%(trades)s::text[])[1 + (h >> 9) %% 40] || ' ' || (ARRAY['Inc','Ltd','GmbH','LLC'])[1 + h %% 4] AS company,
        (%(people)s::uuid[])[1 + h %% array_length(%(people)s::uuid[], 1)] AS owner,
        now() - (h %% 63072000) * interval '1 second' AS moment,
        (ARRAY[0,0,0,0,0,0,1,1,1,1,1,2,2,2,3,4,5,6,6,7,8])[1 + (h >> 7) %% 21] AS place
    FROM (SELECT i, abs(hashint8(i)) AS h FROM generate_series(%(start)s::bigint, %(stop)s::bigint) i) numbers
) made JOIN leads_pipelinestage stage ON stage.organization_id = %(organization)s AND stage.position = made.place
"""
SCORES = """
INSERT INTO leads_leadscore (id, organization_id, lead_id, score, confidence, model_version, explanation, recommendations,
    rate_version, created_at)
SELECT new_uuid7(), l.organization_id, l.id, l.score, 0.5, 'rules-1',
    jsonb_build_array(jsonb_build_object('factor', 'base', 'label', 'Every lead starts here', 'points', 40, 'value', ''),
                      jsonb_build_object('factor', 'company', 'label', 'Company is known', 'points', l.score - 40,
                                         'value', l.company)), '[]', 0, l.created_at
FROM leads_lead l
"""
JOURNEY = """
INSERT INTO leads_journeyevent (id, organization_id, lead_id, event_type, event_name, description, properties, session_id,
    user_agent, occurred_at, created_at)
SELECT new_uuid7(), l.organization_id, l.id, 'lead_created', 'Lead created', '', '{}', '', '', l.created_at, l.created_at
FROM leads_lead l
"""


def fill(*, large: int, admin_url: str) -> None:
    """Make twenty organisations; print how long it took."""
    began = time.monotonic()
    sizes = [("Large", large), ("Small", SMALL), *((f"Other {n}", OTHERS) for n in range(18))]
    for number, (name, count) in enumerate(sizes):
        organization = organizations.create_organization(actor=None, name=name, slug=f"bench-{number}")
        make_people(organization)
        make_leads(organization, count)
        print(f"  {name}: {count:,} leads at {time.monotonic() - began:.0f} s", flush=True)
    totals.fold_all()  # as the scheduler does twice a minute
    with psycopg.connect(admin_url, autocommit=True) as administrator:
        administrator.execute("VACUUM ANALYZE")
    print(f"  filled in {time.monotonic() - began:.0f} s", flush=True)


def make_people(organization: Organization) -> None:
    with tenancy.organization_scope(organization.pk):
        team = Team.objects.create(organization=organization, name="North")
        for role in (Role.ADMIN, Role.MANAGER):
            User.objects.create_user(
                f"{role}@{organization.slug}.example", "bench", full_name=role, role=role, organization=organization,
                team=team,
            )  # fmt: skip
        for number in range(20):
            User.objects.create_user(
                f"rep{number}@{organization.slug}.example", "bench", full_name=f"Rep {number}", role=Role.SALES_REP,
                organization=organization, team=team,
            )  # fmt: skip


def make_leads(organization: Organization, count: int) -> None:
    people = list(User.objects.filter(organization=organization, role=Role.SALES_REP).values_list("pk", flat=True))
    with tenancy.organization_scope(organization.pk):
        team_id = Team.objects.values_list("pk", flat=True).get()
    for start in range(1, count + 1, CHUNK):
        with tenancy.organization_scope(organization.pk), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(
                INSERT,
                {
                    "organization": organization.pk, "team": team_id, "people": people, "words": WORDS, "trades": TRADES,
                    "first": FIRST, "last": LAST, "start": start, "stop": min(start + CHUNK - 1, count),
                },
            )  # fmt: skip
    with tenancy.organization_scope(organization.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(SCORES)
        cursor.execute(JOURNEY)
