"""`make run`: database, migrations, demo data, and every process of the product under one supervisor."""

import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psycopg
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import get_commands, load_command_class

from leadcrm.local import disk, roles, schema
from leadcrm.local.cluster import Cluster
from leadcrm.local.database import Connections, named_database, own_database
from leadcrm.local.sockets import inner_socket, port_of, public_socket
from leadcrm.local.state import StateFolder
from leadcrm.local.supervisor import Program, Supervisor
from leadcrm.settings import env

WEB_THREADS = 8
WORKER_THREADS = 4
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run() -> None:
    """Serve until Ctrl+C or SIGTERM.

    Raises: LocalError.
    """
    state = StateFolder(Path(settings.STATE_DIR))
    with _stop_signals_are_interrupts(), contextlib.suppress(KeyboardInterrupt):
        state.prepare()
        with state.lock():
            disk.check_room(state.path)
            _serve(state)
            _say("leadcrm has stopped.")


@contextlib.contextmanager
def _stop_signals_are_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the start as Ctrl+C does, so that nothing stays behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(state: StateFolder) -> None:
    with contextlib.ExitStack() as stack:
        address = env.text("BIND", "127.0.0.1")
        front = stack.enter_context(public_socket(address, env.text("PORT")))
        place = _Place(address, port_of(front))
        state.announce(place.url)

        cluster: Cluster | None = None
        if url := env.text("DATABASE_URL"):
            connections = named_database(url, env.text("OWNER_DATABASE_URL"), state)
        else:
            cluster = Cluster(state.path)
            stack.callback(cluster.stop)
            cluster.start()
            connections = own_database(cluster)
        environment = _environment(state, connections, place)
        applied = schema.migrate(environment, connections.owner)
        _say(f"Database ready{f' ({applied} migrations applied)' if applied else ''}.")
        with psycopg.connect(connections.app) as connection:
            if schema.load_demo_once(environment, connection):
                _say("Demo data loaded.")

        sockets = {name: stack.enter_context(inner_socket()) for name in ("web", "events", "mail")}
        mailbox = None if env.text("EMAIL_HOST") else state.path / "mailbox"
        if mailbox is not None:
            environment |= {
                "LOCAL_MAILBOX_DIR": str(mailbox),
                "EMAIL_HOST": "127.0.0.1",
                "EMAIL_PORT": str(port_of(sockets["mail"])),
            }
        if not env.text("REDIS_URL"):
            for folder in ("broker", "broker-control"):
                (state.path / folder).mkdir(exist_ok=True)
        _supervise(state, cluster, place, front, sockets, environment, connections, mailbox)


@dataclass(frozen=True)
class _Place:
    """Where visitors find the installation."""

    address: str
    port: int

    @property
    def url(self) -> str:
        if self.address in (*LOOPBACK, "0.0.0.0", "::"):  # noqa: S104 — compared, not opened
            return f"http://localhost:{self.port}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    @property
    def is_private(self) -> bool:
        return self.address in LOOPBACK


def _supervise(
    state: StateFolder,
    cluster: Cluster | None,
    place: _Place,
    front: socket.socket,
    sockets: dict[str, socket.socket],
    environment: dict[str, str],
    connections: Connections,
    mailbox: Path | None,
) -> None:
    def watch() -> None:
        if cluster is not None and cluster.keep_running():
            _say("PostgreSQL had ended and was started again.")

    Supervisor(
        _programs(environment, front, sockets, mailbox, closed_mailbox=not place.is_private),
        watch=watch,
        wait_until_ready=lambda: _wait_for_answer(place.port if place.is_private else port_of(sockets["web"])),
        on_ready=lambda: _say(_banner(state, cluster, place, connections, mailbox)),
    ).run()


def _environment(state: StateFolder, connections: Connections, place: _Place) -> dict[str, str]:
    """Return the environment of every process; what a person set is kept, except the databases."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
        "SECRET_KEY": state.secret("secret_key"),
        "SITE_URL": place.url,
        # The front is the one proxy, and it tells who the visitor is.
        "TRUSTED_PROXY_COUNT": "1",
    }
    fixed = {
        "DATABASE_URL": connections.app,
        # Emptied, not removed: a value in `.env` must not come back. Only `migrate` acts as the owner.
        "OWNER_DATABASE_URL": "",
        "DATABASE_URL_FILE": "",
        "OWNER_DATABASE_URL_FILE": "",
        "LEADCRM_STATE_DIR": str(state.path),
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in os.environ.items() if value or name not in defaults}
    return {**defaults, **given, **fixed}


def _programs(
    environment: dict[str, str],
    front: socket.socket,
    sockets: dict[str, socket.socket],
    mailbox: Path | None,
    *,
    closed_mailbox: bool,
) -> list[Program]:
    module = [sys.executable, "-m"]
    number = {name: listening.fileno() for name, listening in sockets.items()}
    reload = ["--reload"] if settings.DEBUG else []
    programs = [
        Program(
            "web",
            [
                *(*module, "gunicorn", "leadcrm.wsgi", "--bind", f"fd://{number['web']}", *reload),
                *("--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS)),
                *("--timeout", "120", "--graceful-timeout", "4", "--keep-alive", "5"),
                *("--log-level", "warning", "--no-control-socket"),
            ],
            environment,
            (number["web"],),
        ),
        Program(
            "events",
            [
                *(*module, "uvicorn", "leadcrm.asgi:application", "--fd", str(number["events"]), *reload),
                # An open event stream never ends by itself.
                *("--timeout-graceful-shutdown", "2", "--lifespan", "off"),
                *("--log-level", "warning", "--no-access-log"),
            ],
            environment,
            (number["events"],),
        ),
        Program(
            "worker",
            [
                *(*module, "celery", "--quiet", "-A", "leadcrm", "worker", "--beat"),
                *("--pool", "threads", "--concurrency", str(WORKER_THREADS), "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle"),
            ],
            # Celery's advice not to be root is for servers on the network.
            {**environment, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"},
        ),
        Program(
            "front",
            [
                *(*module, "leadcrm.local.front", "--socket", str(front.fileno())),
                *("--web", str(port_of(sockets["web"])), "--events", str(port_of(sockets["events"]))),
                *(["--closed-mailbox"] if closed_mailbox else []),
            ],
            environment,
            (front.fileno(),),
        ),
    ]
    if mailbox is not None:
        command = [*module, "leadcrm.local.smtp", "--socket", str(number["mail"]), "--folder", str(mailbox)]
        programs.append(Program("mail", command, environment, (number["mail"],)))
    return programs


def _wait_for_answer(port: int) -> None:
    """Return when a page is served; any answer will do, since an error page is the application's too."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/", headers={"Host": "localhost"})
            if connection.getresponse().status != http.HTTPStatus.BAD_GATEWAY:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)


# --- what is said at the end ------------------------------------------------------------------


def _banner(
    state: StateFolder, cluster: Cluster | None, place: _Place, connections: Connections, mailbox: Path | None
) -> str:
    lines = ["", f"leadcrm is ready: {place.url}", ""]
    if logins := _present_logins(connections.app):
        width = max(len(role) for role, _, _ in logins)
        lines += ["  Log in as", *(f"    {role:<{width}}  {email}  {password}" for role, email, password in logins), ""]
    if mailbox is not None:
        lines.append(f"  Mail      {place.url}/local/mailbox/ (files in {mailbox}; nothing leaves this machine)")
        if not place.is_private:
            lines.append("            The page answers only to visitors on this machine, because it shows every mail.")
    else:
        lines.append(f"  Mail      is sent through {env.text('EMAIL_HOST')}")
    if cluster is not None:
        program = cluster.binaries.program("psql")
        lines.append(f"  Database  {program} -h {cluster.socket_folder} -U {roles.OWNER} leadcrm")
        lines.append(f'            DATABASE_URL="{connections.app}" {sys.executable} manage.py shell')
    else:
        lines.append("  Database  the server of DATABASE_URL")
    lines += [f"  Files     {state.path} (`make demo-reset` empties it)", "  Stop      Ctrl+C", ""]
    return "\n".join(lines)


def _present_logins(app_url: str) -> list[tuple[str, str, str]]:
    """Return the demo logins that this database really has."""
    # By the name of the command, because the platform does not import the apps above it.
    command = load_command_class(get_commands()["load_demo"], "load_demo")
    logins: list[tuple[str, str, str]] = sys.modules[type(command).__module__].DEMO_LOGINS
    table = apps.get_model(get_user_model()._meta.label)._meta.db_table
    with psycopg.connect(app_url) as connection:
        query = f'SELECT lower(email::text) FROM "{table}" WHERE lower(email::text) = ANY (%s)'.encode()  # noqa: S608 — the name comes from the model
        present = {email for (email,) in connection.execute(query, [[email.lower() for _, email, _ in logins]])}
    return [login for login in logins if login[1].lower() in present]


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, flush=True)
