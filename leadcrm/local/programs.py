"""The programs of a running installation: what they are called, and how they are started."""

import sys

from django.conf import settings

from leadcrm.local.installation import Installation, Sockets
from leadcrm.local.sockets import port_of
from leadcrm.local.supervisor import Program

WEB_THREADS = 8
WORKER_THREADS = 4


def worker_command() -> list[str]:
    """Return what starts the worker together with its scheduler."""
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "leadcrm", "worker", "--beat"),
        *("--pool", "threads", "--concurrency", str(WORKER_THREADS), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle"),
    ]


def programs(installation: Installation, sockets: Sockets) -> list[Program]:
    """Return everything that has to run, with the sockets that each inherits."""
    environment = installation.environment
    module = [sys.executable, "-m"]
    reload = ["--reload"] if settings.DEBUG else []
    web, events, mail, front = (
        listening.fileno() for listening in (sockets.web, sockets.events, sockets.mail, sockets.front)
    )
    result = [
        Program(
            "web",
            [
                *(*module, "gunicorn", "leadcrm.wsgi", "--bind", f"fd://{web}", *reload),
                *("--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS)),
                *("--timeout", "120", "--graceful-timeout", "4", "--keep-alive", "5"),
                *("--log-level", "warning", "--no-control-socket"),
            ],
            environment,
            (web,),
        ),
        Program(
            "events",
            [
                *(*module, "uvicorn", "leadcrm.asgi:application", "--fd", str(events), *reload),
                # An open event stream never ends by itself.
                *("--timeout-graceful-shutdown", "2", "--lifespan", "off"),
                *("--log-level", "warning", "--no-access-log"),
            ],
            environment,
            (events,),
        ),
        Program(
            "worker",
            worker_command(),
            # Celery's advice not to be root is for servers on the network.
            {**environment, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"},
        ),
        Program(
            "front",
            [
                *(*module, "leadcrm.local.front", "--socket", str(front)),
                *("--web", str(port_of(sockets.web)), "--events", str(port_of(sockets.events))),
                *([] if installation.place.is_private else ["--closed-mailbox"]),
            ],
            environment,
            (front,),
            stops_first=True,
        ),
    ]
    if installation.mailbox is not None:
        command = [*module, "leadcrm.local.smtp", "--socket", str(mail), "--folder", str(installation.mailbox)]
        result.append(Program("mail", command, environment, (mail,)))
    return result
