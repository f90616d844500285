"""Every door of the product, and who may go through it.

A named URL that is missing here fails the build (`test_every_url_has_a_row`). One block per app; keep the
order of the URL files.
"""

from tests.permissions.rows import Row

WORKERS = ("admin", "manager", "rep", "marketer", "editor")
IMPORTERS = ("admin", "manager", "marketer", "editor")
BULK = ("admin", "manager")

CORE: list[Row] = []

ACCOUNTS: list[Row] = []

AUDIT: list[Row] = []

LEADS: list[Row] = []

TABLE = [*CORE, *ACCOUNTS, *AUDIT, *LEADS]

# Doors of libraries, which have tables of their own: the admin is tried model by model in
# `test_admin_doors`, and sign-in pages are open to everybody by their nature.
LIBRARY_PREFIXES = ("admin:", "account_", "mfa_", "usersessions_")
