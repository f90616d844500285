"""Every page of the product, and every door that is no page, with the reason."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

NOBODY = None
# Sign in with the password, because their pages ask for a fresh sign-in; the second one has a second step as well.
FRESH, WITH_CODE = "viewer", "editor"


@dataclass(frozen=True)
class Page:
    """A page as one person opens it. ``args`` are things of the world, or the words themselves."""

    person: str | None
    name: str
    args: tuple[str, ...] = ()
    query: str = ""

    def address(self, things: Any) -> str:
        values = [getattr(things, name, name) for name in self.args]
        return reverse(self.name, args=[getattr(value, "pk", value) for value in values]) + self.query

    def __str__(self) -> str:
        return f"{self.name}{self.query} as {self.person or 'nobody'}"


PAGES = [
    # Leads
    Page("rep", "leads:my_day"),
    Page("viewer", "leads:my_day"),
    Page("admin", "leads:board"),
    Page("rep", "leads:board"),
    Page("viewer", "leads:board"),
    Page("rep", "leads:board", query="?owner=me"),
    Page("rep", "leads:board_column", ("stage",)),
    Page("admin", "leads:lead_list"),
    Page("viewer", "leads:lead_list"),
    Page("rep", "leads:lead_list", query="?q=no+such+lead"),
    Page("rep", "leads:lead_list", query="?owner=me&sort=-score&status=new"),
    Page("rep", "leads:lead_filters"),
    Page("rep", "leads:lead_columns"),
    Page("rep", "leads:lead_create"),
    Page("rep", "leads:lead_duplicates", query="?email=somebody@example.com"),
    Page("rep", "leads:lead_detail", ("lead",)),
    Page("admin", "leads:lead_detail", ("trashed",)),
    Page("viewer", "leads:lead_detail", ("won",)),
    Page("rep", "leads:lead_edit", ("lead",)),
    Page("rep", "leads:lead_facts", ("lead", "who")),
    Page("rep", "leads:lead_score", ("lead",)),
    Page("manager", "leads:lead_assign", ("lead",)),
    Page("rep", "leads:lead_tags", ("lead",)),
    Page("rep", "leads:note_create", ("lead",)),
    Page("admin", "leads:note_edit", ("note",)),
    Page("rep", "leads:activity_create", ("lead",)),
    Page("rep", "leads:activity_create", ("lead",), "?done=1"),
    Page("rep", "leads:activity_edit", ("activity",)),
    Page("rep", "leads:activity_complete", ("activity",)),
    # Imports, exports, tags
    Page("manager", "leads:import_create"),
    Page("manager", "leads:import_list"),
    Page("manager", "leads:import_mapping", ("draft",)),
    Page("manager", "leads:import_rules", ("draft",)),
    Page("manager", "leads:import_detail", ("checked",)),
    Page("manager", "leads:import_detail", ("imported",)),
    Page("manager", "leads:import_rows", ("imported",)),
    Page("manager", "leads:import_undo", ("imported",)),
    Page("manager", "leads:export_list"),
    Page("manager", "leads:export_create"),
    Page("admin", "leads:tag_list"),
    Page("admin", "leads:tag_create"),
    Page("admin", "leads:tag_edit", ("tag",)),
    Page("admin", "leads:scoring_run_list"),
    Page("admin", "leads:scoring_run_create"),
    Page("admin", "leads:scoring_run_detail", ("run",)),
    Page("admin", "leads:stage_list"),
    Page("admin", "leads:stage_create"),
    Page("admin", "leads:stage_edit", ("stage",)),
    # Calculators and proposals
    Page("rep", "assessments:lead_calculations", ("lead",)),
    Page("rep", "assessments:roi_create", ("lead",)),
    Page("rep", "assessments:estimate_create", ("lead",)),
    Page("rep", "assessments:calculation_detail", ("roi",)),
    Page("viewer", "assessments:calculation_detail", ("estimate",)),
    Page("rep", "assessments:proposal_create", ("estimate",)),
    Page("rep", "assessments:proposal_detail", ("proposal",)),
    Page("admin", "assessments:roi_rates"),
    Page("admin", "assessments:estimate_rates"),
    Page(NOBODY, "assessments:roi_public", ("demo",)),
    Page(NOBODY, "assessments:roi_public", ("demo",), "?employees=0&average_annual_salary=1e308&tier=L9"),
    Page(NOBODY, "assessments:estimate_public", ("demo",)),
    Page(NOBODY, "assessments:calculation_public", ("result-token",)),
    Page(NOBODY, "assessments:calculation_public", ("estimate-token",), "?kept"),
    Page(NOBODY, "assessments:proposal_public", ("proposal_token",)),
    Page(NOBODY, "assessments:proposal_public", ("accepted_token",)),
    # Platform
    Page("rep", "core:help"),
    Page("rep", "accounts:profile"),
    Page("admin", "accounts:person_list"),
    Page("admin", "accounts:person_list", query="?q=nobody+at+all"),
    Page("admin", "accounts:person_edit", ("rep",)),
    Page("admin", "accounts:invitation_create"),
    Page("admin", "accounts:team_list"),
    Page("admin", "accounts:team_create"),
    Page("admin", "accounts:team_edit", ("team",)),
    Page("admin", "accounts:organization"),
    Page("admin", "accounts:business_profile"),
    Page("admin", "accounts:options"),
    Page("admin", "accounts:score_points"),
    Page("admin", "audit:entry_list"),
    Page("admin", "audit:entry_detail", ("entry",)),
    # Assessments
    Page("rep", "assessments:assessment_list"),
    Page("viewer", "assessments:assessment_list", query="?status=abandoned"),
    Page("rep", "assessments:assessment_detail", ("assessment",)),
    Page("rep", "assessments:assessment_detail", ("started",)),
    Page("rep", "assessments:lead_assessments", ("lead",)),
    Page(NOBODY, "assessments:start", ("demo",)),
    Page(NOBODY, "assessments:step", ("demo", "started-secret", "1")),
    Page(NOBODY, "assessments:step", ("demo", "answered-secret", "4")),
    Page(NOBODY, "assessments:contact", ("demo", "answered-secret")),
    Page(NOBODY, "assessments:result", ("demo", "result-secret")),
    Page(NOBODY, "assessments:shared_result", ("demo", "share-secret")),
    # Sign-in
    Page(NOBODY, "flags:reading_aids"),
    Page(NOBODY, "account_login"),
    Page(NOBODY, "account_signup"),
    Page(NOBODY, "account_inactive"),
    Page(NOBODY, "account_reset_password"),
    Page(NOBODY, "account_reset_password_done"),
    Page(NOBODY, "account_reset_password_from_key", ("1", "no-such-key")),
    Page(NOBODY, "account_reset_password_from_key_done"),
    Page(NOBODY, "account_email_verification_sent"),
    Page(NOBODY, "account_confirm_email", ("no-such-key",)),
    Page(NOBODY, "accounts:join", ("open-link",)),
    Page(NOBODY, "accounts:join", ("no-such-link",)),
    Page("rep", "accounts:join", ("open-link",)),
    Page("rep", "account_logout"),
    Page("rep", "account_reauthenticate"),
    Page(FRESH, "account_email"),
    Page(FRESH, "account_change_password"),
    Page(FRESH, "usersessions_list"),
    Page(FRESH, "mfa_index"),
    Page(FRESH, "mfa_activate_totp"),
    Page(WITH_CODE, "mfa_index"),
    Page(WITH_CODE, "mfa_reauthenticate"),
    Page(WITH_CODE, "mfa_deactivate_totp"),
    Page(WITH_CODE, "mfa_view_recovery_codes"),
    Page(WITH_CODE, "mfa_generate_recovery_codes"),
]

_POST = "answers POST only"
_FRAGMENT = "answers htmx with a piece of a page, and everybody else with a redirect"
NO_PAGES = {
    "leads:home": "redirects to the board",
    "leads:board_figures": "a piece of the board, which replaces figures in place",
    "core:palette": "a piece of every page: what the palette found",
    "leads:lead_count": "a piece of the list: the number of leads",
    "leads:lead_card": _FRAGMENT,
    "leads:lead_timeline": _FRAGMENT,
    "leads:activity_reminder": _FRAGMENT,
    "leads:import_progress": _FRAGMENT,
    "leads:export_progress": _FRAGMENT,
    "leads:import_refused": "a download",
    "leads:export_download": "a download",
    "audit:entry_export": "a download",
    "mfa_download_recovery_codes": "a download",
    "assessments:calculation_document": "a download",
    "assessments:proposal_document": "a download",
    "assessments:proposal_public_document": "a download",
    "assessments:calculation_public_document": "a download",
    "core:events": "a stream of events",
    "account_set_password": "redirects: everybody has a password from the start",
    "account_confirm_login_code": "redirects: nobody signs in with a code by mail",
    "mfa_authenticate": "the second step of signing in, which only follows the first: tried by signing in",
    "analytics:page_timing": _POST,
    "assessments:proposal_link": _POST,
    "assessments:proposal_withdrawal": _POST,
    "assessments:resume": "redirects to where somebody left off",
    "assessments:result_pdf": "a download",
    "assessments:shared_result_pdf": "a download",
    "assessments:assessment_pdf": "a download",
    "assessments:sharing_create": _POST,
    "assessments:sharing_revocation": _POST,
    "leads:lead_bulk_owner": _POST,
    "leads:lead_bulk_tags": _POST,
    "leads:lead_bulk_stage": _POST,
    "leads:lead_bulk_trash": _POST,
    "leads:lead_bulk_undo": _POST,
    "leads:lead_trash": _POST,
    "leads:lead_restore": _POST,
    "leads:lead_move": _POST,
    "leads:lead_move_undo": _POST,
    "leads:note_delete": _POST,
    "leads:activity_reschedule": _POST,
    "leads:activity_cancel": _POST,
    "leads:activity_reopen": _POST,
    "leads:import_layout": _POST,
    "leads:import_check": _POST,
    "leads:import_run": _POST,
    "leads:import_cancellation": _POST,
    "leads:import_deletion": _POST,
    "leads:export_cancellation": _POST,
    "leads:scoring_run_cancel": _POST,
    "leads:stage_shift": _POST,
    "leads:stage_deletion": _POST,
    "leads:tag_merge": _POST,
    "leads:tag_deletion": _POST,
    "accounts:invitation_mail": _POST,
    "accounts:invitation_revocation": _POST,
    "accounts:person_activation": _POST,
    "accounts:team_deletion": _POST,
    "messaging:queued_email_retry": _POST,
    "messaging:queued_email_cancellation": _POST,
    "messaging:queued_email_resolution": _POST,
}
# The admin site is Django's: its pages must keep our policy, but its accessibility is not ours to judge.
ADMIN_SITE = (
    "admin:index", "admin:leads_lead_changelist", "admin:leads_lead_change", "admin:accounts_user_changelist",
    "admin:flags_featureflag_changelist", "admin:flags_featureflag_add", "admin:analytics_page_speed",
    "admin:messaging_queuedemail_changelist",
)  # fmt: skip
