"""A running site with the demo organisation, and browsers of its people that report what they must not do."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from assessments.preferences import PUBLIC_ESTIMATE
from assessments.services import proposals
from leadcrm.accounts.models import Organization, Team, User
from leadcrm.audit import settings as settings_of_organization
from leadcrm.audit.models import ActivityLog
from leadcrm.core import tenancy
from leadcrm.local.sockets import inner_socket, port_of
from leadcrm.settings.env import BASE_DIR
from leads.choices import JobState, LeadStatus
from leads.management.commands import load_demo
from leads.models import Lead, ScoringRun, Tag
from messaging.services.queued_emails import queue_email
from tests.factories.accounts import InvitationFactory
from tests.factories.assessments import AssessmentFactory, answers_of
from tests.factories.calculations import make_proposal, save_estimate, save_roi
from tests.factories.capture import make_answer, make_form, make_unconfirmed
from tests.factories.imports import LeadBatchFactory, LeadBatchRowFactory
from tests.factories.leads import LeadFactory, LeadNoteFactory
from tests.factories.messaging import QueuedEmailFactory
from tests.journeys.pages import WITH_CODE
from tests.journeys.signing_in import sign_in
from tests.personas import BACKEND

pytestmark = pytest.mark.browser

# A browser, a server and a database share two processors with the other half of the suite.
expect.set_options(timeout=15_000)

# Responses that a page provokes on purpose appear in Chromium's console as errors.
EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "Response Status Error Code 4",
    # Leaving a page ends the request that it was waiting for; htmx names both events of that.
    "htmx:sendAbort",
    "htmx:afterRequest",
)


@pytest.fixture
def demo(transactional_db):
    """Load the demo organisation, as `make run` does."""
    organization = load_demo.create_organization()
    with tenancy.organization_scope(organization.pk):
        people = load_demo.create_people(organization)
        load_demo.create_leads(people)
    return SimpleNamespace(organization=Organization.objects.get(pk=organization.pk), people=people)


@pytest.fixture
def site(live_server, demo):
    """Return the address of the running site."""
    return live_server.url


@pytest.fixture
def live_site(live_server, site, streams):
    """Return the address of the site with live updates: pages and event streams under one origin, as in `make run`.

    A test asks for it before ``open_page``, so that the browsers are gone when the streams end.
    """
    with inner_socket() as listening:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "leadcrm.local.front", "--socket", str(listening.fileno())),
                *("--web", str(live_server.thread.port), "--events", str(streams.port)),
            ],
            cwd=BASE_DIR,
            pass_fds=[listening.fileno()],
        )
        yield f"http://localhost:{port_of(listening)}"
        process.terminate()
        process.wait(10)


@pytest.fixture
def world(demo):
    """Return the demo organisation with one of everything that has a page, in ``things``."""
    rep, admin, manager = (demo.people[f"{name}@demo.example"] for name in ("rep", "admin", "manager"))
    own = {"organization": demo.organization}
    InvitationFactory(**own, email="new@demo.example", token="open-link")
    imported = LeadBatchFactory(**own, imported=True, requested_by=manager)
    LeadBatchRowFactory(**own, batch=imported)
    with tenancy.organization_scope(demo.organization.pk):
        mine = Lead.objects.filter(assigned_to=rep).select_related("stage")
        lead = (
            mine.filter(activities__completed_at=None, activities__cancelled_at=None).exclude(activities=None).first()
        )
        trashed = LeadFactory(**own, assigned_to=rep, deleted_at=timezone.now())
        demo.things = SimpleNamespace(
            rep=rep,
            team=Team.objects.first(),
            lead=lead,
            trashed=trashed,
            won=Lead.objects.filter(status=LeadStatus.CLOSED_WON).first(),
            stage=lead.stage,
            activity=lead.activities.filter(completed_at=None, cancelled_at=None).first(),
            note=LeadNoteFactory(**own, lead=lead, author=admin),
            tag=Tag.objects.first(),
            draft=LeadBatchFactory(**own, ready=True, requested_by=manager),
            checked=LeadBatchFactory(**own, checked=True, requested_by=manager),
            imported=imported,
            entry=ActivityLog.objects.first(),
            assessment=AssessmentFactory(
                **own, completed=True, lead=lead, token="result-secret", share_token="share-secret"
            ),
            started=AssessmentFactory(**own, token="started-secret"),
            answered=AssessmentFactory(
                **own, token="answered-secret", answers=answers_of(demo.organization), answered_count=10
            ),
            run=ScoringRun.objects.create(**own, requested_by=admin, state=JobState.DONE),
            mail=queue_email(template="welcome", to=["greta@x.example"], data={"name": "Greta Weber"}, lead=lead),
            doubtful_mail=QueuedEmailFactory(**own, state="unknown", last_error="The connection ended."),
        )

    things = demo.things
    things.roi, things.estimate = (
        save_roi(lead, actor=rep, label="Small", token="result-token"),
        save_estimate(lead, actor=rep, token="estimate-token"),
    )
    save_roi(lead, actor=rep, label="With a loss", inefficiency_percent=0)
    things.proposal, things.proposal_token = make_proposal(lead, actor=rep, introduction="As we agreed.")
    accepted, things.accepted_token = make_proposal(lead, actor=rep)
    with tenancy.organization_scope(demo.organization.pk):
        proposals.accept(proposal=accepted, name="Greta Weber", address="203.0.113.0")
        settings_of_organization.change(key=PUBLIC_ESTIMATE, value=True, actor=admin)

    asked = [{"purpose": "marketing", "text": "Send me news. I can end this at any time.", "required": False}]
    things.capture_form = make_form(demo.organization, consents=asked)
    things.guarded_form = make_form(demo.organization, name="Guarded", guard="always")
    things.form_key, things.guarded_key = things.capture_form.key, things.guarded_form.key
    things.submission = make_answer(things.capture_form, reasons=["links"], message="http://pills.example")
    things.answer = make_answer(things.capture_form, email="ines@costa.example", page="shown")
    make_unconfirmed(demo.organization)

    def add_second_step():
        """Give one person a second step of signing in; whoever is signed in already, stays so."""
        person = demo.people[f"{WITH_CODE}@demo.example"]
        if not Authenticator.objects.filter(user=person).exists():
            TOTP.activate(person, "JBSWY3DPEHPK3PXP")
            RecoveryCodes.activate(person)

    demo.add_second_step = add_second_step
    return demo


class Watch:
    """What a browser page did that it must not: console errors, policy reports, requests elsewhere."""

    def __init__(self, page, base):
        self.errors, self.foreign = [], []
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._request(request, base))

    def _console(self, message):
        if "Content Security Policy" in message.text or (
            message.type == "error" and not message.text.startswith(EXPECTED)
        ):
            self.errors.append(message.text)

    def _request(self, request, base):
        if not request.url.startswith((base, "data:", "blob:", "about:")):
            self.foreign.append(request.url)


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a browser signed in as a demo person: ``open_page("rep", width=390)``.

    ``at`` is the address of the site, where it is another one than ``site``.
    At the end no page may have reported a broken policy, a script error, or a request to elsewhere.
    """
    opened = []

    def open_as(person, *, at=site, width=1440, height=900, scheme="light", touch=False, by_password=False):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", has_touch=touch
        )
        if person and not by_password:
            client = Client()
            user = User.objects.get(email=f"{person}@demo.example")
            client.force_login(user, backend=BACKEND)
            session = client.session
            # As if the password had just been asked for again, as some pages do.
            session["account_authentication_methods_user"] = str(user.pk)
            session["account_authentication_methods"] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]
            session.save()
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": at}])
        page = context.new_page()
        opened.append((context, Watch(page, at)))
        if by_password:
            sign_in(page, at, person)
        return page

    yield open_as
    for context, watch in opened:
        context.close()
        assert (watch.errors, watch.foreign) == ([], [])
