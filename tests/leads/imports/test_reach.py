"""An import shows and changes leads, so it reaches no further than the person does."""

import pytest
from django.urls import reverse

from leadcrm.audit import settings
from leadcrm.core import tenancy
from leads.models import Lead, LeadBatch
from leads.services import assignment, capture
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import LeadFactory
from tests.leads.imports.conftest import counts

FILE = "E-mail,Company\na@one.example,One\nb@two.example,Two\nbroken,\n"


@pytest.fixture
def elsewhere(organization):
    """Return a manager of another team."""
    return UserFactory(manager=True, organization=organization, team=TeamFactory(organization=organization))


@pytest.fixture
def theirs(driver_of, elsewhere):
    return driver_of(elsewhere)


DOORS = [
    ("get", "import_detail"), ("get", "import_rows"), ("get", "import_refused"), ("get", "import_undo"),
    ("post", "import_undo"), ("post", "import_cancellation"), ("post", "import_run"), ("post", "import_deletion"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "name"), DOORS)
def test_an_import_of_another_team_does_not_exist_for_a_manager(theirs, client_of, manager, method, name):
    batch = theirs.run(FILE)
    answer = getattr(client_of(manager), method)(reverse(f"leads:{name}", args=[batch.pk]))
    assert answer.status_code == 404
    with theirs.scope():
        assert Lead.objects.count() == 2
        assert LeadBatch.objects.get(pk=batch.pk).phase == "import"


def test_a_manager_lists_and_undoes_the_imports_of_the_own_team(driver_of, theirs, client_of, manager, team):
    colleague = driver_of(UserFactory(manager=True, organization=manager.organization, team=team))
    ours, other = colleague.run(FILE), theirs.run(FILE.replace("example", "test"), name="secret-plans.csv")
    client = client_of(manager)

    page = client.get(reverse("leads:import_list")).content.decode()
    assert reverse("leads:import_detail", args=[ours.pk]) in page
    assert reverse("leads:import_detail", args=[other.pk]) not in page
    assert "secret-plans" not in page + client.get(reverse("leads:lead_filters")).content.decode()
    assert client.post(reverse("leads:import_undo", args=[ours.pk])).status_code == 303


def test_where_managers_see_all_leads_they_see_all_imports(theirs, client_of, manager, admin):
    batch = theirs.run(FILE)
    with tenancy.organization_scope(admin.organization_id):
        settings.change(key="leads.manager_reach", value="all", actor=admin)
    assert client_of(manager).get(reverse("leads:import_detail", args=[batch.pk])).status_code == 200


def test_undo_leaves_leads_alone_that_have_gone_to_another_team(driver_of, manager, elsewhere, admin):
    imports = driver_of(manager)
    batch = imports.run(FILE)
    with imports.scope():
        assignment.assign_lead(lead=Lead.objects.get(company="One"), to=elsewhere, actor=admin)
    undone = imports.undo(batch, with_changed=True)

    assert (undone.report["undo"]["removed"], undone.report["undo"]["kept"]) == (1, 1)
    with imports.scope():
        assert Lead.objects.get().company == "One"


def test_undo_does_not_restore_what_has_gone_to_another_team(driver_of, manager, elsewhere, admin):
    imports = driver_of(manager)
    with imports.scope():
        lead = capture.create_lead(actor=manager, email="a@one.example", company="One")
    batch = imports.run("E-mail,City,Tags\na@one.example,Bonn,Fair\n", on_duplicate="overwrite")
    assert counts(batch) == {"updated": 1}
    with imports.scope():
        assignment.assign_lead(lead=lead, to=elsewhere, actor=admin)
    undone = imports.undo(batch)

    assert (undone.report["undo"]["restored"], undone.report["undo"]["not_restored"]) == (0, 1)
    with imports.scope():
        lead = Lead.objects.get()
        assert (lead.city, [str(tag) for tag in lead.tags.all()]) == ("Bonn", ["Fair"])


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": False}])
def test_an_import_that_waits_is_not_carried_out_for_somebody_who_lost_the_right(driver_of, editor, change):
    imports = driver_of(editor)
    batch = imports.check(imports.choose(imports.upload(FILE)))
    type(editor).objects.filter(pk=editor.pk).update(**change)
    done = imports.carry_out(batch)

    assert done.state == "failed"
    assert "may not import any more" in done.error
    with imports.scope():
        assert not Lead.objects.exists()


def test_an_undo_that_waits_is_not_carried_out_for_somebody_who_lost_the_right(driver_of, editor):
    imports = driver_of(editor)
    batch = imports.run(FILE)
    type(editor).objects.filter(pk=editor.pk).update(role="viewer")
    undone = imports.undo(batch)

    assert undone.state == "failed"
    with imports.scope():
        assert Lead.objects.count() == 2


def test_the_page_of_a_lead_links_only_to_an_import_that_opens(theirs, client_of, manager, admin):
    batch = theirs.run(FILE)
    with theirs.scope():
        lead = Lead.objects.get(company="One")
        assignment.assign_lead(lead=lead, to=manager, actor=admin)
    link = reverse("leads:import_detail", args=[batch.pk])
    page = reverse("leads:lead_detail", args=[lead.pk])
    assert link not in client_of(manager).get(page).content.decode()
    assert link in client_of(admin).get(page).content.decode()


@pytest.fixture
def lead_elsewhere(organization, elsewhere):
    return LeadFactory(
        organization=organization, email="a@one.example", assigned_to=elsewhere, team=elsewhere.team, city=""
    )


@pytest.mark.parametrize("persona", ["manager", "marketer"])
def test_a_file_takes_no_lead_from_a_team_that_the_person_could_not_take_it_from(
    request, driver_of, persona, lead_elsewhere, rep, team, admin
):
    imports = driver_of(request.getfixturevalue(persona))
    with imports.scope():
        settings.change(key="leads.manager_reach", value="all", actor=admin)
    batch = imports.run(
        f"E-mail,City,Owner,Team\na@one.example,Bonn,{rep.email},{team.name}\n", on_duplicate="overwrite"
    )

    assert counts(batch)["updated"] == 1
    lead = imports.fresh(lead_elsewhere)
    assert (lead.city, lead.assigned_to_id, lead.team_id) == (
        "Bonn", lead_elsewhere.assigned_to_id, lead_elsewhere.team_id,
    )  # fmt: skip


def test_a_file_of_somebody_who_assigns_to_everybody_hands_leads_over(imports, lead_elsewhere, rep):
    imports.run(f"E-mail,Owner\na@one.example,{rep.email}\n", on_duplicate="overwrite")
    assert imports.fresh(lead_elsewhere).assigned_to == rep
