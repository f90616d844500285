"""Every door of the product, and who may go through it.

A named URL that is missing here fails the build (`test_every_url_has_a_row`). One block per app; keep the
order of the URL files.
"""

from leadcrm.audit import settings
from tests.permissions.rows import Row, public

WORKERS = ("admin", "manager", "rep", "marketer", "editor")
IMPORTERS = ("admin", "manager", "marketer", "editor")
BULK = ("admin", "manager")
PEOPLE = ("admin", "manager")
ADMIN = ("admin",)
# The administrator's imports: for managers those of their own team exist, for others who may import the own ones.
NOT_THEIRS = {"manager": 404, "marketer": 404, "editor": 404}

EXPORTERS = ("admin", "manager")
ASSIGNERS = ("admin", "manager", "rep", "editor")

CORE: list[Row] = [
    # The stream is served by the events program; here it only says that it is elsewhere.
    Row("core:events", ok=204, staff=204),
    Row("core:palette", staff=200),
    Row("core:help", staff=200),
]

ACCOUNTS: list[Row] = [
    Row("accounts:profile", staff=200),
    # A link is for people without an account; whoever is signed in is asked to sign out first.
    Row("accounts:join", args=("no-such-token",), ok=409, outsider=409, staff=409, anonymous=410),
    Row("accounts:person_list", roles=PEOPLE),
    Row("accounts:invitation_create", roles=PEOPLE),
    Row("accounts:invitation_mail", args=("invitation",), roles=ADMIN, method="post", ok=303),
    Row("accounts:invitation_revocation", args=("invitation",), roles=ADMIN, method="post", ok=303),
    # The colleague is in a team that the manager does not run.
    Row("accounts:person_edit", args=("colleague",), roles=ADMIN),
    Row("accounts:person_activation", args=("colleague",), roles=ADMIN, method="post", data={"active": "no"}, ok=303),
    Row("accounts:team_list", roles=ADMIN),
    Row("accounts:team_create", roles=ADMIN),
    Row("accounts:team_edit", args=("team",), roles=ADMIN),
    Row("accounts:team_deletion", args=("team",), roles=ADMIN, method="post", ok=303),
    Row("accounts:organization", roles=ADMIN),
    Row("accounts:business_profile", roles=ADMIN),
    Row("accounts:options", roles=ADMIN),
    Row("accounts:score_points", roles=ADMIN),
]

AUDIT: list[Row] = [
    Row("audit:entry_list", roles=ADMIN),
    Row("audit:entry_export", roles=ADMIN),
    Row("audit:entry_detail", args=("entry",), roles=ADMIN),
]

FLAGS: list[Row] = [
    # The size of the text is everybody's own, and kept in the browser.
    Row("flags:reading_aids", staff=200, anonymous=200),
]

CALCULATORS: list[Row] = [
    # Calculations and proposals of a lead that the rep owns: whoever sees the lead sees them.
    Row("assessments:lead_calculations", args=("lead",)),
    Row("assessments:roi_create", args=("lead",), roles=WORKERS),
    Row("assessments:estimate_create", args=("lead",), roles=WORKERS),
    Row("assessments:calculation_detail", args=("roi",)),
    Row("assessments:calculation_document", args=("roi",)),
    Row("assessments:proposal_create", args=("estimate",), roles=WORKERS),
    Row("assessments:proposal_detail", args=("proposal",)),
    Row("assessments:proposal_link", args=("proposal",), roles=WORKERS, method="post"),
    Row("assessments:proposal_withdrawal", args=("proposal",), roles=WORKERS, method="post", ok=302),
    Row("assessments:proposal_document", args=("proposal",)),
    Row("assessments:roi_rates", roles=ADMIN),
    Row("assessments:estimate_rates", roles=ADMIN),
    # Everybody, signed in or not; the estimate only where it is switched on.
    Row("assessments:roi_public", args=("acme",), outsider=200, staff=200, anonymous=200),
    Row("assessments:estimate_public", args=("acme",), ok=404, outsider=404, staff=404, anonymous=404),
    Row(
        "assessments:estimate_public",
        args=("acme",),
        outsider=200,
        staff=200,
        anonymous=200,
        prepare=lambda _: settings.change(key="assessments.public_estimate", value=True, actor=None),
    ),
    # Whoever has the link, signed in or not.
    Row("assessments:calculation_public", args=("result-token",), outsider=200, staff=200, anonymous=200),
    Row("assessments:calculation_public_document", args=("result-token",), outsider=200, staff=200, anonymous=200),
    Row("assessments:proposal_public", args=("proposal_token",), outsider=200, staff=200, anonymous=200),
    Row("assessments:proposal_public_document", args=("proposal_token",), outsider=200, staff=200, anonymous=200),
]

MESSAGING: list[Row] = [
    Row("messaging:queued_email_list", roles=ADMIN),
    Row("messaging:queued_email_detail", args=("mail",), roles=ADMIN),
    Row("messaging:queued_email_retry", args=("failed_mail",), roles=ADMIN, method="post", ok=303),
    Row("messaging:queued_email_cancellation", args=("mail",), roles=ADMIN, method="post", ok=303),
    Row(
        "messaging:queued_email_resolution",
        args=("doubtful_mail",),
        roles=ADMIN,
        method="post",
        data={"resolution": "arrived"},
        ok=303,
    ),
    Row("messaging:queued_email_resolution", args=("doubtful_mail",), roles=ADMIN, method="post", ok=422),
]

ANALYTICS: list[Row] = [
    # Without the ticket of a page nothing is believed, whoever sends it.
    Row("analytics:page_timing", method="post", ok=400, outsider=400, staff=400, anonymous=400),
]

LEADS: list[Row] = [
    # Imports. Those of everybody exist for administrators only.
    Row("leads:import_create", roles=IMPORTERS),
    Row("leads:import_list", roles=IMPORTERS),
    Row("leads:import_detail", args=("batch",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_mapping", args=("draft",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_layout", args=("draft",), roles=IMPORTERS, method="post", ok=422, exceptions=NOT_THEIRS),
    Row("leads:import_rules", args=("draft",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_check", args=("draft",), roles=IMPORTERS, method="post", ok=303, exceptions=NOT_THEIRS),
    Row("leads:import_run", args=("draft",), roles=IMPORTERS, method="post", ok=303, exceptions=NOT_THEIRS),
    Row("leads:import_progress", args=("batch",), roles=IMPORTERS, ok=303, exceptions=NOT_THEIRS),
    Row("leads:import_rows", args=("batch",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_refused", args=("batch",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_cancellation", args=("batch",), roles=IMPORTERS, method="post", ok=303, exceptions=NOT_THEIRS),
    Row("leads:import_undo", args=("batch",), roles=IMPORTERS, exceptions=NOT_THEIRS),
    Row("leads:import_undo", args=("batch",), roles=IMPORTERS, method="post", ok=303, exceptions=NOT_THEIRS),
    Row("leads:import_deletion", args=("draft",), roles=IMPORTERS, method="post", ok=303, exceptions=NOT_THEIRS),
]

LEAD_PAGE: list[Row] = [
    Row("leads:lead_create", roles=WORKERS),
    Row("leads:lead_duplicates"),
    Row("leads:lead_detail", args=("lead",)),
    # What is beyond the reach of manager and rep does not exist for them; the rest see all leads.
    Row("leads:lead_detail", args=("unseen_lead",), exceptions={"manager": 404, "rep": 404}),
    Row("leads:lead_edit", args=("lead",), roles=WORKERS),
    Row("leads:lead_edit", args=("unseen_lead",), roles=WORKERS, exceptions={"manager": 404, "rep": 404}),
    Row("leads:lead_facts", args=("lead", "who"), roles=WORKERS),
    # Without htmx the timeline and a reminder lead to the page of the lead, which decides.
    Row("leads:lead_timeline", args=("lead",), ok=302, outsider=302),
    Row("leads:lead_score", args=("lead",)),
    Row("leads:lead_assign", args=("lead",), roles=ASSIGNERS),
    Row("leads:lead_tags", args=("lead",), roles=WORKERS),
    Row("leads:lead_trash", args=("lead",), roles=BULK, method="post", ok=303),
    Row("leads:lead_restore", args=("lead",), roles=BULK, method="post", ok=303),
    Row("leads:note_create", args=("lead",), roles=WORKERS, method="post", data={"content": "Called."}, ok=302),
    # A note of the administrator: others may not rewrite it, and are led back.
    Row("leads:note_edit", args=("note",), roles=WORKERS),
    Row("leads:note_delete", args=("note",), roles=WORKERS, method="post", ok=302),
    Row("leads:activity_create", args=("lead",), roles=WORKERS, method="post", ok=422),
    Row("leads:activity_edit", args=("activity",), roles=WORKERS),
    Row("leads:activity_reschedule", args=("activity",), roles=WORKERS, method="post", ok=302),
    Row("leads:activity_complete", args=("activity",), roles=WORKERS, method="post", ok=302),
    Row("leads:activity_cancel", args=("activity",), roles=WORKERS, method="post", ok=302),
    Row("leads:activity_reopen", args=("activity",), roles=WORKERS, method="post", ok=302),
    Row("leads:activity_reminder", args=("activity",), ok=302),
]

BOARD: list[Row] = [
    # Staff are sent on to the admin.
    Row("leads:home", ok=302, staff=302),
    Row("leads:board"),
    # Without htmx a fragment leads to its page.
    Row("leads:board_figures", ok=302),
    Row("leads:board_column", args=("stage",)),
    Row("leads:lead_card", args=("lead",), ok=302, outsider=302),
    Row("leads:lead_move", args=("lead",), roles=WORKERS, method="post", ok=400),
    Row("leads:lead_move_undo", args=("lead", "lead"), roles=WORKERS, method="post", ok=302),
]

CONFIGURATION: list[Row] = [
    Row("leads:my_day"),
    Row("leads:scoring_run_list", roles=ADMIN),
    Row("leads:scoring_run_create", roles=ADMIN),
    Row("leads:scoring_run_detail", args=("scoring_run",), roles=ADMIN),
    Row("leads:scoring_run_cancel", args=("scoring_run",), roles=ADMIN, method="post", ok=303),
    Row("leads:stage_list", roles=ADMIN),
    Row("leads:stage_create", roles=ADMIN),
    Row("leads:stage_edit", args=("stage",), roles=ADMIN),
    Row("leads:stage_shift", args=("stage",), roles=ADMIN, method="post", ok=303),
    Row("leads:stage_deletion", args=("stage",), roles=ADMIN, method="post", ok=303),
]

EXPORTS: list[Row] = [
    Row("leads:export_list", roles=EXPORTERS),
    Row("leads:export_create", roles=EXPORTERS),
    # The administrator's export: even a manager of the organisation gets none but the own.
    Row("leads:export_progress", args=("export",), roles=EXPORTERS, exceptions={"manager": 404}),
    Row(
        "leads:export_cancellation",
        args=("export",),
        roles=EXPORTERS,
        method="post",
        ok=303,
        exceptions={"manager": 404},
    ),
    Row("leads:export_download", args=("export",), roles=EXPORTERS, ok=404),
    Row("leads:tag_list", roles=ADMIN),
    Row("leads:tag_create", roles=ADMIN),
    Row("leads:tag_edit", args=("tag",), roles=ADMIN),
    Row("leads:tag_merge", args=("tag",), roles=ADMIN, method="post", ok=422),
    Row("leads:tag_deletion", args=("tag",), roles=ADMIN, method="post", ok=303),
]  # fmt: skip

LEAD_LIST: list[Row] = [
    Row("leads:lead_list"),
    Row("leads:lead_count"),
    Row("leads:lead_filters"),
    Row("leads:lead_columns"),
    # An outsider's own list does not hold the lead, so nothing happens to it; the stage is no choice there.
    Row(
        "leads:lead_bulk_owner", roles=BULK, method="post", data={"ids": "@lead", "to": "nobody", "apply": "1"}, ok=303
    ),
    Row("leads:lead_bulk_tags", roles=BULK, method="post", data={"ids": "@lead", "add": "Hot", "apply": "1"}, ok=303),
    Row(
        "leads:lead_bulk_stage", roles=BULK, method="post", data={"ids": "@lead", "stage": "@stage", "apply": "1"},
        ok=303, outsider=422,
    ),
    Row("leads:lead_bulk_trash", roles=BULK, method="post", data={"ids": "@lead"}, ok=303),
    Row("leads:lead_bulk_undo", args=("no-such-token",), roles=BULK, method="post", ok=303, outsider=303),
]  # fmt: skip

# What a lead answered is reached through the lead.
BY_LEAD = {"manager": 404, "rep": 404}
ASSESSMENTS: list[Row] = [
    Row("assessments:assessment_list"),
    Row("assessments:assessment_detail", args=("assessment",)),
    Row("assessments:assessment_detail", args=("unseen_assessment",), exceptions=BY_LEAD),
    Row("assessments:assessment_detail", args=("started",)),
    Row("assessments:assessment_pdf", args=("assessment",)),
    Row("assessments:assessment_pdf", args=("unseen_assessment",), exceptions=BY_LEAD),
    Row("assessments:assessment_pdf", args=("started",), ok=404),
    Row("assessments:lead_assessments", args=("lead",)),
    Row("assessments:lead_assessments", args=("unseen_lead",), exceptions=BY_LEAD),
    # Whoever has the link: nobody has to sign in, and nobody who is signed in gets more or less.
    public("assessments:start", "acme"),
    public("assessments:start", "nobody", ok=404),
    public("assessments:start", "acme", method="post", ok=422),
    public("assessments:resume", "acme", "started-secret", ok=303),
    public("assessments:resume", "acme", "share-secret", ok=404),
    public("assessments:resume", "globex", "started-secret", ok=404),
    public("assessments:step", "acme", "started-secret", "1"),
    public("assessments:step", "acme", "started-secret", "1", method="post", ok=422),
    public("assessments:step", "acme", "resume-secret", "1", method="post", ok=409),
    public("assessments:contact", "acme", "started-secret", ok=303),
    public("assessments:result", "acme", "resume-secret"),
    public("assessments:result", "globex", "resume-secret", ok=404),
    public("assessments:result_pdf", "acme", "resume-secret"),
    public("assessments:result_pdf", "acme", "started-secret", ok=404),
    public("assessments:sharing_create", "acme", "resume-secret", method="post", ok=303),
    public("assessments:sharing_create", "acme", "started-secret", method="post", ok=404),
    public("assessments:sharing_revocation", "acme", "resume-secret", method="post", ok=303),
    public("assessments:shared_result", "acme", "share-secret"),
    public("assessments:shared_result", "acme", "resume-secret", ok=404),
    public("assessments:shared_result", "globex", "share-secret", ok=404),
    public("assessments:shared_result_pdf", "acme", "share-secret"),
]

CONFIGURES_FORMS = ("admin", "marketer")

CAPTURE: list[Row] = [
    Row("assessments:capture_form_list", roles=CONFIGURES_FORMS),
    Row("assessments:capture_form_create", roles=CONFIGURES_FORMS),
    Row("assessments:capture_form_edit", args=("capture_form",), roles=CONFIGURES_FORMS),
    Row("assessments:capture_form_fields", args=("capture_form",), roles=CONFIGURES_FORMS),
    Row("assessments:capture_form_embed", args=("capture_form",), roles=CONFIGURES_FORMS),
    Row("assessments:capture_form_deletion", args=("empty_form",), roles=CONFIGURES_FORMS, method="post", ok=303),
    Row("assessments:submission_list", args=("capture_form",), roles=CONFIGURES_FORMS),
    Row("assessments:submission_detail", args=("submission",), roles=CONFIGURES_FORMS),
    Row("assessments:submission_release", args=("submission",), roles=CONFIGURES_FORMS, method="post", ok=303),
    Row("assessments:submission_rejection", args=("submission",), roles=CONFIGURES_FORMS, method="post", ok=303),
    # For strangers. What names no page that it comes from is not taken.
    public("assessments:capture_page", "form_key"),
    public("assessments:capture_page", "form_key", method="post", ok=403),
    public("assessments:capture_stamp", "form_key"),
    public("assessments:capture_thanks", "form_key"),
    public("assessments:submission_confirmation", "confirm-secret"),
    public("assessments:submission_confirmation", "form_key", ok=404),
]

TABLE = [
    *CORE,
    *ACCOUNTS,
    *AUDIT,
    *FLAGS,
    *ANALYTICS,
    *CALCULATORS,
    *MESSAGING,
    *LEADS,
    *LEAD_PAGE,
    *BOARD,
    *CONFIGURATION,
    *EXPORTS,
    *LEAD_LIST,
    *ASSESSMENTS,
    *CAPTURE,
]

# Doors of libraries, which have tables of their own: the admin is tried model by model in
# `test_admin_doors`, and sign-in pages are open to everybody by their nature.
LIBRARY_PREFIXES = ("admin:", "account_", "mfa_", "usersessions_")
