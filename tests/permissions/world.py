"""The persons and things that the permission table speaks of."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from leadcrm.accounts.models import Organization, Team, User
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leads.choices import LeadStatus
from leads.models import ScoringRun
from tests.factories.accounts import InvitationFactory, OrganizationFactory, TeamFactory, UserFactory
from tests.factories.assessments import AssessmentFactory
from tests.factories.calculations import make_proposal, save_estimate, save_roi
from tests.factories.capture import make_answer, make_form, make_unconfirmed
from tests.factories.imports import LeadBatchFactory
from tests.factories.leads import ActivityFactory, LeadExportFactory, LeadFactory, LeadNoteFactory, TagFactory, stage_of
from tests.factories.messaging import QueuedEmailFactory

ROLES = ("admin", "manager", "rep", "marketer", "editor", "viewer")
TRAITS = {"admin": "admin", "manager": "manager", "rep": "rep", "marketer": "marketer", "editor": "editor",
          "viewer": "viewer"}  # fmt: skip


@dataclass
class World:
    """One organisation with one of everything, and people of every role.

    ``lead`` is the rep's; ``unseen_lead`` belongs to a team that neither the manager nor the rep is in. The
    outsider is an administrator of another organisation; staff belong to none.
    """

    organization: Organization
    team: Team
    people: dict[str, User | None]
    things: SimpleNamespace

    def value(self, name: str) -> Any:
        """Return the primary key of a thing, or the word itself when nothing has that name."""
        thing = getattr(self.things, name, None)
        return getattr(thing, "pk", thing) if thing is not None else name


def make_world() -> World:
    organization = OrganizationFactory(name="Acme Design", slug="acme")
    team, other_team = TeamFactory(organization=organization, name="North"), TeamFactory(organization=organization)
    teams = {"manager": team, "rep": team}
    people: dict[str, User | None] = {
        role: UserFactory(organization=organization, team=teams.get(role), **{TRAITS[role]: True}) for role in ROLES
    }
    people["outsider"] = UserFactory(organization=OrganizationFactory(name="Globex", slug="globex"), admin=True)
    people["staff"] = UserFactory(staff=True)
    people["anonymous"] = None
    colleague = UserFactory(organization=organization, team=other_team, rep=True)
    lead = LeadFactory(organization=organization, assigned_to=people["rep"], team=team)
    things = SimpleNamespace(
        organization=organization,
        team=team,
        colleague=colleague,
        invitation=InvitationFactory(organization=organization),
        lead=lead,
        unseen_lead=LeadFactory(organization=organization, assigned_to=colleague, team=other_team),
        activity=ActivityFactory(lead=lead, organization=organization, user=people["rep"]),
        note=LeadNoteFactory(lead=lead, organization=organization, author=people["admin"]),
        tag=TagFactory(organization=organization),
        draft=LeadBatchFactory(organization=organization, ready=True, requested_by=people["admin"]),
        export=LeadExportFactory(organization=organization, requested_by=people["admin"]),
        batch=LeadBatchFactory(organization=organization, imported=True, requested_by=people["admin"]),
        mail=QueuedEmailFactory(organization=organization, lead=lead),
        failed_mail=QueuedEmailFactory(organization=organization, state="failed_perm", last_error="550 No such person"),
        doubtful_mail=QueuedEmailFactory(organization=organization, state="unknown"),
    )
    own = {"organization": organization}
    things.started = AssessmentFactory(**own, token="started-secret")
    things.assessment = AssessmentFactory(
        **own, completed=True, lead=lead, token="resume-secret", share_token="share-secret"
    )
    things.unseen_assessment = AssessmentFactory(**own, completed=True, lead=things.unseen_lead)
    with tenancy.organization_scope(organization.pk):
        things.stage = stage_of(organization, LeadStatus.CONTACTED)
        things.first_stage = stage_of(organization)
        things.scoring_run = ScoringRun.objects.create(organization=organization, requested_by=people["admin"])
        things.entry = ActivityLog.objects.first()
    things.roi, things.estimate = save_roi(lead, token="result-token"), save_estimate(lead)
    things.proposal, things.proposal_token = make_proposal(lead, actor=people["admin"])
    things.capture_form = make_form(organization)
    things.form_key = things.capture_form.key
    things.empty_form = make_form(organization, name="Not answered")
    things.submission = make_answer(things.capture_form, reasons=["trap"])
    make_unconfirmed(organization)
    return World(organization, team, people, things)
