"""Every door of the product, and who may go through it.

A named URL that is missing here fails the build (`test_every_url_has_a_row`). One block per app; keep the
order of the URL files.
"""

from tests.permissions.rows import Row

WORKERS = ("admin", "manager", "rep", "marketer", "editor")
IMPORTERS = ("admin", "manager", "marketer", "editor")
BULK = ("admin", "manager")
PEOPLE = ("admin", "manager")
ADMIN = ("admin",)
# Imports of others do not exist for those who may import but not manage.
NOT_THEIRS = {"marketer": 404, "editor": 404}

CORE: list[Row] = []

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

LEADS: list[Row] = [
    # Imports. Those of others exist for managers and administrators only.
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

TABLE = [*CORE, *ACCOUNTS, *AUDIT, *LEADS, *LEAD_LIST]

# Doors of libraries, which have tables of their own: the admin is tried model by model in
# `test_admin_doors`, and sign-in pages are open to everybody by their nature.
LIBRARY_PREFIXES = ("admin:", "account_", "mfa_", "usersessions_")
