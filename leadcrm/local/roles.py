"""The roles and rights that a database of leadcrm needs before its first migration.

========================  ==========================================================================
``leadcrm_owner``         migrates and owns everything; web and worker never use it
``leadcrm_app``           web and worker: owns nothing, row level security binds it
``leadcrm_staff``         no login; the application takes it on for one transaction of audited work
                          across organisations, and has none of its rights otherwise
``leadcrm_search``        no login; owns the SECURITY DEFINER search functions
========================  ==========================================================================

Everything here can run again on a server that is in use: it only changes what differs.
"""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from leadcrm.local.errors import LocalError

OWNER, APP, STAFF, SEARCH = "leadcrm_owner", "leadcrm_app", "leadcrm_staff", "leadcrm_search"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "btree_gist", "citext")
OLDEST_VERSION = 150000
# Serialises two set-ups on one server; any number does, as long as nothing else uses it.
LOCK = 5_323_276

ATTRIBUTES: dict[str, LiteralString] = {
    OWNER: "LOGIN INHERIT",
    APP: "LOGIN NOINHERIT",
    STAFF: "NOLOGIN NOINHERIT",
    SEARCH: "NOLOGIN NOINHERIT",
}
TIME_OUTS = {
    # A migration that waits for a lock blocks everybody who comes after it.
    OWNER: {"lock_timeout": "10s"},
    # A job that needs longer says so in its own transaction.
    APP: {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "5min"},
}


@dataclass(frozen=True)
class Passwords:
    """Passwords of the two roles that log in; an empty one is left as it is."""

    owner: str = ""
    app: str = ""


def is_administrator(connection: psycopg.Connection) -> bool:
    """Tell whether the connected role may create roles and databases."""
    row = connection.execute(
        "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def check_version(connection: psycopg.Connection) -> None:
    """Refuse a server that is too old.

    Raises: LocalError.
    """
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise LocalError(
            f"The server is PostgreSQL {version // 10000}; leadcrm needs {OLDEST_VERSION // 10000} or newer."
        )


def prepare_database(admin_url: str, name: str, *, passwords: Passwords | None = None, template: str = "") -> None:
    """Create the roles, the database and the rights, each only where it is missing.

    ``admin_url`` is any database of the server, under a role that may create roles and databases.
    ``template`` copies another database that is already prepared.

    Raises: LocalError.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            check_version(connection)
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            _prepare_roles(connection, passwords or Passwords())
            _create_database(connection, name, template)
        with psycopg.connect(admin_url, dbname=name, autocommit=True) as connection:
            _prepare_rights(connection, name)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise LocalError(f"The database '{name}' could not be prepared: {reason}.") from error


def drop_database(admin_url: str, name: str) -> None:
    """Remove a database, ending the sessions that are open on it."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _prepare_roles(connection: psycopg.Connection, passwords: Passwords) -> None:
    existing = {
        name: (can_login, inherits, powerful)
        for name, can_login, inherits, powerful in connection.execute(
            "SELECT rolname, rolcanlogin, rolinherit, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = ANY (%s)",
            [list(ATTRIBUTES)],
        )
    }
    for role, attributes in ATTRIBUTES.items():
        wanted = ("NOLOGIN" not in attributes, "NOINHERIT" not in attributes, False)
        if role not in existing:
            connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes)))
        elif existing[role][:2] != wanted[:2]:
            connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes)))
        if role in existing and existing[role][2]:
            # Only a superuser may take these away; anybody else gets PostgreSQL's own refusal.
            connection.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role)))
    for role, password in ((OWNER, passwords.owner), (APP, passwords.app)):
        if password:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    for role, time_outs in TIME_OUTS.items():
        _set_time_outs(connection, role, time_outs)
    _grant_memberships(connection)


def _set_time_outs(connection: psycopg.Connection, role: str, time_outs: dict[str, str]) -> None:
    row = connection.execute(
        "SELECT setconfig FROM pg_db_role_setting WHERE setrole = %s::regrole AND setdatabase = 0", [role]
    ).fetchone()
    present = set(row[0]) if row else set()
    for setting, value in time_outs.items():
        if f"{setting}={value}" not in present:
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
                )
            )


def _grant_memberships(connection: psycopg.Connection) -> None:
    # Since PostgreSQL 16 each grant says for itself whether it is inherited; before, the role does.
    says_it = connection.info.server_version >= 160000
    without = sql.SQL(" WITH INHERIT FALSE, SET TRUE" if says_it else "")
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(STAFF), sql.Identifier(APP)) + without)
    # The owner hands its search functions over, and replaces them in later migrations.
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(SEARCH), sql.Identifier(OWNER)))
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser and not superuser[0]:
        # An administrator who is not a superuser needs this to create things that the owner owns.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))


def _create_database(connection: psycopg.Connection, name: str, template: str) -> None:
    owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [name]).fetchone()
    if owner is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template or "template0")
            )
        )
    elif owner[0] != OWNER:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(OWNER)))


def _prepare_rights(connection: psycopg.Connection, name: str) -> None:
    owner, app, staff, search = (sql.Identifier(role) for role in (OWNER, APP, STAFF, SEARCH))
    # Other roles of a shared server could call the functions that run with the rights of the search role.
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    # Imports copy into temporary tables.
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(name), app))
    connection.execute(sql.SQL("SET ROLE {}").format(owner))
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(extension)))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}, {}").format(app, staff, search))
    # The new owner of a function must be allowed to create in its schema.
    connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(search))
    defaults = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT ").format(owner)
    for right in (
        sql.SQL("SELECT, INSERT, UPDATE, DELETE ON TABLES"),
        sql.SQL("USAGE ON SEQUENCES"),
        sql.SQL("EXECUTE ON FUNCTIONS"),
    ):
        connection.execute(defaults + right + sql.SQL(" TO {}, {}").format(app, staff))
    connection.execute("RESET ROLE")
