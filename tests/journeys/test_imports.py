"""Bring real files into leadcrm through the browser, as a manager does on the first day."""

import os
import threading
from pathlib import Path

import pytest
from django.db import connections
from django.urls import reverse

from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import Lead, LeadBatch
from leads.services import jobs
from leads.services.importing import work
from tests.journeys.test_pages import check

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("LEADCRM_DATA") or ROOT.parent / "shared" / "data")
needs_data = pytest.mark.skipif(
    not (DATA / "x_education" / "Leads.csv").exists(),
    reason=f"The files of other people are not in {DATA}; LEADCRM_DATA names another folder.",
)
MESSY = (
    "Name,E-mail,Company,Status,Owner,Created,Colour\n"
    "Greta Weber,greta@weber.example,Weber GmbH,Won,Ravi Menon,2025-03-04,blue\n"
    "Jo Dahl,jo@dahl.example,Dahl AS,Zonked,Nobody Known,2025-03-05,red\n"
    "Bo Costa,broken,,New,,2025-13-45,\n"
)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def worker(site):
    """Do beside the test what the worker does: look for due imports and carry them out."""
    stopped = threading.Event()

    def run():
        try:
            while not stopped.wait(0.1):
                jobs.sweep(
                    LeadBatch, "leads.run_import", run=lambda _task, organization, pk: work.run(organization, pk)
                )
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopped.set()
    thread.join(30)


def upload(page, site, path):
    page.goto(site + reverse("leads:import_create"))
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/mapping/")


def to_the_dry_run(page):
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rules/")
    page.get_by_role("button", name="Start the dry run").click()
    page.get_by_text("This is what the import would do").wait_for(timeout=90_000)


def import_it(page):
    page.get_by_role("button", name="Import ").click()
    page.get_by_role("link", name="See these leads").wait_for(timeout=180_000)


@needs_data
def test_a_manager_imports_the_leads_of_another_system(open_page, site, demo, worker):
    page = open_page("manager")
    upload(page, site, DATA / "x_education" / "Leads.csv")
    assert page.get_by_label("Prospect ID").input_value() == "external_id"
    assert page.get_by_label("Converted", exact=True).input_value() == "is_converted"
    to_the_dry_run(page)
    page.get_by_role("button", name="Import 9,240 new leads").wait_for()
    import_it(page)

    with tenancy.organization_scope(demo.organization.pk):
        leads = Lead.objects.filter(batch__isnull=False)
        assert (leads.count(), leads.won().count()) == (9_240, 3_561)
        assert leads.exclude(external_id="").count() == 9_240


@needs_data
def test_a_manager_imports_accounts_and_their_pipeline(open_page, site, demo, worker):
    page = open_page("manager")
    upload(page, site, DATA / "maven_crm" / "accounts.csv")
    to_the_dry_run(page)
    import_it(page)
    upload(page, site, DATA / "maven_crm" / "sales_pipeline.csv")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rules/")
    page.get_by_label("Darcel Schlecht").select_option(label="Ravi Menon")
    page.get_by_role("button", name="Start the dry run").click()
    page.get_by_role("button", name="Import 8,800 new leads").wait_for(timeout=90_000)
    import_it(page)

    with tenancy.organization_scope(demo.organization.pk):
        deals = Lead.objects.filter(batch__isnull=False).exclude(external_id="")
        assert (deals.count(), deals.won().count()) == (8_800, 4_238)
        assert deals.filter(status=LeadStatus.CLOSED_LOST).count() == 2_473
        assert deals.filter(assigned_to=demo.people["rep@demo.example"]).count() == 747
        won = deals.get(external_id="1C1I7A6R")
        assert (won.company, won.won_value_minor, won.created_at.year) == ("Cancity", 105_400, 2016)
        assert won.closed_at is not None
        account = Lead.objects.get(company="Cancity", external_id="", batch__isnull=False)
        assert (won.industry, won.company_size) == (account.industry, account.company_size)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_every_page_of_an_import_is_accessible(open_page, site, demo, worker, tmp_path, scheme, width):
    path = tmp_path / "leads.csv"
    path.write_text(MESSY)
    page = open_page("manager", scheme=scheme, width=width)
    upload(page, site, path)
    check(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rules/")
    check(page)
    page.get_by_role("button", name="Start the dry run").click()
    page.get_by_text("This is what the import would do").wait_for(timeout=60_000)
    check(page)
    page.get_by_role("link", name="Refused: 1").click()
    page.wait_for_url("**/rows/**")
    check(page)
    page.go_back()
    import_it(page)
    check(page)
    page.get_by_role("link", name="Undo this import").click()
    page.wait_for_url("**/undo/")
    check(page)
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_text("The import is undone").wait_for(timeout=60_000)
    check(page)
