"""`make run`: database, migrations, demo data, and every process of the product under one supervisor."""

import contextlib
import http.client
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psycopg
from django.conf import settings

from leadcrm.local import disk, schema
from leadcrm.local.banner import banner
from leadcrm.local.cluster import Cluster
from leadcrm.local.database import Connections, named_database, own_database
from leadcrm.local.errors import LocalError
from leadcrm.local.installation import Installation, Place, Sockets
from leadcrm.local.programs import programs
from leadcrm.local.sockets import inner_socket, port_of, public_socket
from leadcrm.local.state import StateFolder
from leadcrm.local.supervisor import Supervisor
from leadcrm.settings import env

RETRY_SECONDS = 5


def run() -> None:
    """Serve until Ctrl+C or SIGTERM.

    Raises: LocalError.
    """
    state = StateFolder(Path(settings.STATE_DIR))
    with _stop_signals_are_interrupts(), contextlib.suppress(KeyboardInterrupt):
        state.prepare()
        with state.lock(), contextlib.ExitStack() as stack:
            disk.check_room(state.path)
            _serve(state, stack)
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


def _serve(state: StateFolder, stack: contextlib.ExitStack) -> None:
    address = env.text("BIND", "127.0.0.1")
    front = stack.enter_context(public_socket(address, env.text("PORT")))
    sockets = Sockets(front, *(stack.enter_context(inner_socket()) for _ in range(3)))
    place = Place(address, port_of(front))
    state.announce(place.url)

    cluster: Cluster | None = None
    if url := env.text("DATABASE_URL"):
        connections = named_database(url, env.text("OWNER_DATABASE_URL"), state)
    else:
        cluster = Cluster(state.path)
        stack.callback(cluster.stop)
        cluster.start()
        connections = own_database(cluster)
    mailbox = None if env.text("EMAIL_HOST") else state.path / "mailbox"
    environment = _environment(state, connections, place, mailbox, port_of(sockets.mail))
    _make_folders(state, mailbox)

    applied = schema.migrate(environment, connections.owner)
    _say(f"Database ready{f' ({applied} migrations applied)' if applied else ''}.")
    with psycopg.connect(connections.app, autocommit=True) as connection:
        if schema.load_demo_once(environment, connection):
            _say("Demo data loaded.")

    installation = Installation(state, place, connections, cluster, mailbox, environment)

    Supervisor(
        programs(installation, sockets),
        watch=_DatabaseKeeper(cluster),
        # On another address than this machine's own the front may not be reached from here.
        wait_until_ready=lambda: _wait_for_answer(place.port if place.is_private else port_of(sockets.web)),
        on_ready=lambda: _say(banner(installation)),
    ).run()


class _DatabaseKeeper:
    """Brings our own database back when it dies, and tries again later when that fails."""

    def __init__(self, cluster: Cluster | None) -> None:
        self._cluster = cluster
        self._next_try_at = 0.0

    def __call__(self) -> None:
        if self._cluster is None or time.monotonic() < self._next_try_at:
            return
        try:
            if self._cluster.keep_running():
                _say("PostgreSQL had ended and was started again.")
        except LocalError as error:
            # A full disk, mostly: the pages say that something is wrong until there is room again.
            self._next_try_at = time.monotonic() + RETRY_SECONDS
            _say(f"PostgreSQL has ended. {error}")


def _environment(
    state: StateFolder, connections: Connections, place: Place, mailbox: Path | None, mail_port: int
) -> dict[str, str]:
    """Return the environment of every process; what a person set is kept, except the databases."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings.dev",
        "SECRET_KEY": state.secret("secret_key"),
        "SITE_URL": place.url,
        # The front is the one proxy, and it tells who the visitor is.
        "TRUSTED_PROXY_COUNT": "1",
    }
    if mailbox is not None:
        defaults |= {"LOCAL_MAILBOX_DIR": str(mailbox), "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mail_port)}
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


def _make_folders(state: StateFolder, mailbox: Path | None) -> None:
    """Make what the programs expect to find; the broker's folders serve when there is no Redis."""
    for folder in (settings.STATIC_ROOT, settings.MEDIA_ROOT, state.path / "broker", state.path / "broker-control"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    if mailbox is not None:
        mailbox.mkdir(exist_ok=True)


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


def _say(text: str) -> None:
    # The terminal may be gone; everything else still has to end in order.
    with contextlib.suppress(OSError):
        print(text, flush=True)
