"""Staff in the admin: they see the rows of every organisation, and every look is written down."""

import re

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leadcrm.audit.models import ActivityLog, FieldChange
from leadcrm.core import admin_lists, tenancy
from leadcrm.core.admin import BigTableAdmin
from leads.choices import LeadStatus
from leads.models import JourneyEvent, Lead, LeadScore, PipelineStage, StageTotal, Tag
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ActivityFactory, LeadFactory, LeadNoteFactory, TagFactory, stage_of

MODELS = [model for model in django_admin.site._registry if model._meta.app_label in {"accounts", "audit", "leads"}]

EMPTY = {"custom_fields": "{}", "communication_preference": "{}", "optimal_contact_time": "{}"}


@pytest.fixture
def leads(organization, other_organization):
    return [
        LeadFactory(organization=organization, company="Acme Customer"),
        LeadFactory(organization=other_organization, company="Globex Customer"),
    ]


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def url(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def entries(organization, **conditions):
    with tenancy.organization_scope(organization.pk):
        return list(ActivityLog.objects.filter(action__startswith="staff.", **conditions).order_by("created_at"))


def test_every_model_of_ours_is_in_the_admin():
    ours = {model for model in apps.get_models() if model._meta.app_label in {"accounts", "audit", "leads"}}
    assert ours - set(MODELS) == set()


def test_the_list_shows_rows_of_two_organizations_and_tells_each_of_them_only_about_its_own(
    desk, leads, organization, other_organization
):
    page = desk.get(url(Lead)).content.decode()
    assert "Acme Customer" in page and "Globex Customer" in page
    for one in (organization, other_organization):
        [entry] = entries(one)
        assert entry.action == "staff.access" and entry.actor_name == "Sam Staff"
        assert entry.metadata["rows"] == 1 and entry.metadata["kind"] == "list"


def test_the_list_of_one_organization_leaves_no_entry_at_the_other(desk, leads, organization, other_organization):
    page = desk.get(url(Lead), {"organization": str(organization.pk)}).content.decode()
    assert "Acme Customer" in page and "Globex Customer" not in page
    assert entries(other_organization) == []
    assert entries(organization)[0].metadata["filter"] == {"organization": str(organization.pk)}


def test_a_lead_that_is_looked_at_has_an_entry_in_its_organization(desk, leads, organization, other_organization):
    lead = leads[0]
    assert desk.get(url(Lead, "change", lead.pk)).status_code == 200
    [entry] = entries(organization, entity_id=lead.pk)
    assert (entry.action, entry.entity_type) == ("staff.access", "lead")
    assert entries(other_organization) == []


def test_a_change_goes_through_the_service_and_has_its_entries(desk, leads, organization):
    lead = leads[0]
    form = desk.get(url(Lead, "change", lead.pk)).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None and name in form.fields}
    data |= {"company": "Acme Renamed", "phone": "+919812345678", **EMPTY}
    response = desk.post(url(Lead, "change", lead.pk), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenancy.organization_scope(organization.pk):
        saved = Lead.objects.get(pk=lead.pk)
        assert saved.company == "Acme Renamed" and saved.version > lead.version
        assert saved.score > 0  # the service scored it
        actions = set(ActivityLog.objects.filter(entity_id=lead.pk).values_list("action", flat=True))
        assert {"lead.updated", "staff.changed"} <= actions
        assert FieldChange.objects.filter(entity_id=lead.pk).exists()


def test_a_lead_added_by_staff_belongs_to_the_organization_they_chose(desk, organization, other_organization):
    data = {"organization": str(organization.pk), "company": "Made By Staff", "source": "manual", "currency": "INR",
            "outreach_status": "none", "verification_status": "unverified", **EMPTY}  # fmt: skip
    response = desk.post(url(Lead, "add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    with tenancy.organization_scope(organization.pk):
        lead = Lead.objects.get(company="Made By Staff")
        assert lead.status == LeadStatus.NEW and LeadScore.objects.filter(lead=lead).exists()
        assert ActivityLog.objects.filter(action="staff.added", entity_id=lead.pk).exists()


def test_an_add_form_without_an_organization_is_refused(desk, db):
    response = desk.post(url(Tag, "add"), {"name": "Loose", "colour": "grey"})
    assert response.status_code == 200
    assert "organization" in response.context["adminform"].form.errors


def test_references_to_another_organization_are_refused(desk, organization, other_organization):
    foreign = UserFactory(manager=True, organization=other_organization)
    team = TeamFactory(organization=organization)
    data = {"name": team.name, "manager": str(foreign.pk), "settings": "{}"}
    response = desk.post(reverse("admin:accounts_team_change", args=[team.pk]), data)
    assert "another organization" in str(response.context["adminform"].form.errors["manager"])


def test_names_that_must_be_unique_are_refused_in_words(desk, organization):
    TagFactory(organization=organization, name="Hot")
    data = {"organization": str(organization.pk), "name": "hot", "colour": "grey"}
    response = desk.post(url(Tag, "add"), data)
    assert response.status_code == 200 and response.context["adminform"].form.errors


def test_the_history_of_a_lead_shows_the_log_and_what_triggers_saw(desk, leads, organization):
    lead = leads[0]
    with tenancy.organization_scope(organization.pk):
        Lead.objects.filter(pk=lead.pk).update(city="Pune")  # past every service
    page = desk.get(url(Lead, "history", lead.pk)).content.decode()
    assert "Pune" in page and "city" in page


def test_trash_and_restore_are_actions(desk, leads, organization):
    lead = leads[0]
    for action, in_trash in (("move_to_trash", True), ("restore", False)):
        desk.post(url(Lead), {"action": action, "_selected_action": [str(lead.pk)]})
        with tenancy.organization_scope(organization.pk):
            assert (Lead.objects.get(pk=lead.pk).deleted_at is not None) is in_trash
    with tenancy.organization_scope(organization.pk):
        assert JourneyEvent.objects.filter(lead=lead, event_type__in=["lead_deleted", "lead_restored"]).count() == 2


def test_a_lead_cannot_be_deleted(desk, leads):
    assert desk.post(url(Lead, "delete", leads[0].pk), {"post": "yes"}).status_code == 403


def test_history_is_read_only_whatever_the_permissions(desk, rf, staff):
    request = rf.get("/")
    request.user = staff
    for model in (ActivityLog, FieldChange, JourneyEvent, LeadScore, StageTotal):
        model_admin = django_admin.site._registry[model]
        assert isinstance(model_admin, BigTableAdmin)
        assert not model_admin.has_add_permission(request)
        assert not model_admin.has_change_permission(request)
        assert not model_admin.has_delete_permission(request)


def test_a_stage_with_leads_keeps_its_status_and_stays(desk, leads, organization):
    with tenancy.organization_scope(organization.pk):
        stage = stage_of(organization)
    page = desk.get(url(PipelineStage, "change", stage.pk))
    assert "status" not in page.context["adminform"].form.fields
    assert desk.post(url(PipelineStage, "delete", stage.pk), {"post": "yes"}).status_code == 403


def test_search_finds_parts_of_names_and_ids(desk, leads):
    assert "Globex Customer" in desk.get(url(Lead), {"q": "lobex cust"}).content.decode()
    page = desk.get(url(Lead), {"q": str(leads[0].pk)}).content.decode()
    assert "Acme Customer" in page and "Globex Customer" not in page
    assert "Acme Customer" not in desk.get(url(Lead), {"q": "100%_"}).content.decode()


def test_the_search_can_use_the_index_of_the_stored_text(leads):
    with tenancy.staff_scope(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM leads_lead WHERE search_text LIKE '%customer%'")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "leads_lead_search_text" in plan, plan


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_page_opens_within_a_dozen_queries_more_or_less_rows(desk, leads, organization, model):
    for _ in range(3):
        lead = LeadFactory(organization=organization)
        ActivityFactory(lead=lead, organization=organization)
        LeadNoteFactory(lead=lead, organization=organization)
        TagFactory(organization=organization)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = desk.get(url(model))
    assert response.status_code == 200
    ours = [q["sql"] for q in queries if not re.match(r"(SAVEPOINT|RELEASE|SET LOCAL|RESET|INSERT)", q["sql"])]
    assert len(ours) <= 12, "\n".join(ours)
    row = next(iter(response.context["cl"].result_list), None)
    if row is not None:
        assert desk.get(url(model, "change", row.pk)).status_code == 200
        assert desk.get(url(model, "history", row.pk)).status_code == 200
    if django_admin.site._registry[model].has_add_permission(response.wsgi_request):
        assert desk.get(url(model, "add")).status_code == 200


def test_counting_stops_at_the_cap(desk, organization, monkeypatch):
    monkeypatch.setattr(admin_lists, "MOST_ROWS", 3)
    for _ in range(5):
        TagFactory(organization=organization)
    page = desk.get(url(Tag)).content.decode()
    assert "more than 3 tags" in page


@pytest.mark.parametrize("role", ["admin", "manager", "rep", "marketer", "editor", "viewer"])
def test_members_have_no_admin(request, client_of, role, leads):
    desk = client_of(request.getfixturevalue(role))
    for address in ("/admin/", url(Lead), url(Lead, "change", leads[0].pk)):
        response = desk.get(address, follow=True)
        assert response.status_code == 403
        assert b"Globex Customer" not in response.content


def test_djangos_permissions_decide_what_staff_may_do(client_of, leads, db):
    helper = UserFactory(staff=True, is_superuser=False)
    desk = client_of(helper)
    assert desk.get(url(Lead)).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="view_lead"))
    assert desk.get(url(Lead)).status_code == 200
    assert desk.post(url(Lead, "change", leads[0].pk), {"company": "No"}).status_code == 403
    assert desk.get(url(Tag)).status_code == 403
