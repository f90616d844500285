"""Imports at every point of their way. Call them inside ``tenancy.organization_scope`` or pass ``organization``."""

from factory.declarations import SubFactory, Trait

from leads.choices import JobState
from leads.importing.keys import header_fingerprint
from leads.importing.layout import FileLayout, Quoting
from leads.importing.mapping import ColumnPlan
from leads.models import LeadBatch, LeadBatchRow
from leads.services.importing.rules import Rules
from leads.services.importing.states import Phase
from tests.factories.accounts import OrganizationFactory, TenantFactory

HEADERS = ["Company", "E-mail"]
SHAPE = {
    "kind": "text",
    "choice": {},
    "layout": FileLayout("utf-8", ",", Quoting.DOUBLED, 1, 2, 2).as_json(),
    "headers": HEADERS,
    "fingerprint": header_fingerprint(HEADERS),
    "sample": [["Weber GmbH", "greta@weber.example"], ["Fjord AS", "jonas@fjord.example"]],
    "row_estimate": 2,
    "notices": [],
}
CHOSEN = {
    "columns": [ColumnPlan(0, "Company", "company").as_json(), ColumnPlan(1, "E-mail", "email").as_json()],
    "rules": Rules(identity=("email",), currency="INR").as_json(),
    "words": {},
}


class LeadBatchFactory(TenantFactory):
    """A file that was uploaded; ``ready`` has its columns and rules, ``checked`` and ``imported`` are further on.

    The file itself is not on the disk.
    """

    class Meta:
        model = LeadBatch

    class Params:
        ready = Trait(import_settings=CHOSEN)
        checked = Trait(
            import_settings=CHOSEN, phase=Phase.CHECK, state=JobState.DONE, total_leads=2, successful_imports=2
        )
        imported = Trait(
            import_settings=CHOSEN, phase=Phase.IMPORT, state=JobState.DONE, total_leads=2, successful_imports=1,
            failed_imports=1,
        )  # fmt: skip

    organization = SubFactory(OrganizationFactory)
    name = "leads.csv"
    source_file = "leads.csv"
    stored_file = "imports/nowhere/leads.upload"
    phase = Phase.MAPPING
    state = JobState.DRAFT
    shape = SHAPE


class LeadBatchRowFactory(TenantFactory):
    """A refused row."""

    class Meta:
        model = LeadBatchRow

    organization = SubFactory(OrganizationFactory)
    row_number = 3
    cells = ("", "broken")
    problems = (
        {
            "column": 1, "header": "E-mail", "value": "broken", "code": "bad_email",
            "message": "This is not an e-mail address.", "severity": "error",
        },
    )  # fmt: skip
