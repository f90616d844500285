"""Which database this installation uses: one of our own, or a server that the environment names."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from leadcrm.local import roles
from leadcrm.local.cluster import Cluster
from leadcrm.local.errors import LocalError
from leadcrm.local.state import StateFolder

DEFAULT_NAME = "leadcrm"
# Databases that belong to the server itself: a URL that ends in one names the server, not a database for us.
SERVER_OWN = {"", "postgres", "template0", "template1"}


@dataclass(frozen=True)
class Connections:
    """The URLs of one database, by role; without administrator where nobody gave us one."""

    app: str
    owner: str
    admin: str = ""


def own_database(cluster: Cluster, name: str = DEFAULT_NAME) -> Connections:
    """Prepare a database in a cluster of our own, which must be running."""
    roles.prepare_database(cluster.admin_url, name)
    return Connections(app=cluster.url(roles.APP, name), owner=cluster.url(roles.OWNER, name), admin=cluster.admin_url)


def named_database(url: str, owner_url: str, state: StateFolder, name: str = "") -> Connections:
    """Prepare the database of ``DATABASE_URL``, or take both URLs as they are.

    A role that may create roles and databases is taken as the administrator of the server: the roles of
    leadcrm are made, and the application never connects as the administrator.

    Raises: LocalError.
    """
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise LocalError("DATABASE_URL must start with postgres://; leadcrm needs PostgreSQL 15 or newer.")
    path = urlsplit(url).path.lstrip("/")
    name = name or (DEFAULT_NAME if path in SERVER_OWN else path)
    with _connect(url) as connection:
        roles.check_version(connection)
        administrator = roles.is_administrator(connection)
        user = connection.info.user
        admin = _with(url, database=connection.info.dbname)
    if administrator:
        return prepare_as_administrator(admin, name, state)
    if not owner_url:
        raise LocalError(
            f"The role '{user}' of DATABASE_URL may not create roles and databases: give an administrator's URL, or "
            "have the administrator run `manage.py prepare_database` and set both DATABASE_URL (leadcrm_app) "
            "and OWNER_DATABASE_URL (leadcrm_owner)."
        )
    _check_role(url, roles.APP, "DATABASE_URL")
    _check_role(owner_url, roles.OWNER, "OWNER_DATABASE_URL")
    return Connections(app=url, owner=owner_url)


def prepare_as_administrator(admin_url: str, name: str, state: StateFolder) -> Connections:
    """Make roles, passwords and database with an administrator's URL.

    The passwords are set only when the ones of this installation do not open the database already, because
    roles belong to the whole server and another installation may be using them.

    Raises: LocalError.
    """
    passwords = roles.Passwords(owner=state.secret("owner_password"), app=state.secret("app_password"))
    result = Connections(
        app=_with(admin_url, user=roles.APP, password=passwords.app, database=name),
        owner=_with(admin_url, user=roles.OWNER, password=passwords.owner, database=name),
        admin=admin_url,
    )
    roles.prepare_database(admin_url, name)
    if not (_opens(result.app) and _opens(result.owner)):
        roles.prepare_database(admin_url, name, passwords=passwords)
    return result


def at(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return _with(url, database=database)


def _connect(url: str) -> psycopg.Connection:
    # The database may not exist yet; the server's own one does.
    try:
        return psycopg.connect(url, connect_timeout=10, autocommit=True)
    except psycopg.Error as first:
        try:
            return psycopg.connect(_with(url, database="postgres"), connect_timeout=10, autocommit=True)
        except psycopg.Error:
            reason = str(first).strip().splitlines()[0]
            raise LocalError(f"The server of DATABASE_URL cannot be used: {reason}.") from first


def _opens(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _check_role(url: str, expected: str, variable: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            user, strong = connection.execute(
                "SELECT current_user::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone() or ("", False)
            missing = connection.execute(
                "SELECT name FROM unnest(%s::text[]) name WHERE name NOT IN (SELECT rolname::text FROM pg_roles)",
                [list(roles.ATTRIBUTES)],
            ).fetchall()
    except psycopg.Error as error:
        raise LocalError(f"{variable} cannot be used: {str(error).strip().splitlines()[0]}.") from error
    if user != expected:
        raise LocalError(f"{variable} connects as '{user}', but the rights of leadcrm are given to '{expected}'.")
    if strong:
        raise LocalError(f"{variable} connects as '{user}', which can bypass the isolation of organisations.")
    if missing:
        names = ", ".join(row[0] for row in missing)
        raise LocalError(
            f"The server lacks the roles {names}: have its administrator run `manage.py prepare_database`."
        )


def _with(url: str, *, database: str, user: str = "", password: str = "") -> str:
    parts = urlsplit(url)
    netloc = parts.netloc
    if user:
        secret = f":{quote(password, safe='')}" if password else ""
        netloc = f"{quote(user, safe='')}{secret}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{quote(database, safe='')}", parts.query, ""))
