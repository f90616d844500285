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

LEADS: list[Row] = []

TABLE = [*CORE, *ACCOUNTS, *AUDIT, *LEADS]

# Doors of libraries, which have tables of their own: the admin is tried model by model in
# `test_admin_doors`, and sign-in pages are open to everybody by their nature.
LIBRARY_PREFIXES = ("admin:", "account_", "mfa_", "usersessions_")
