"""Listening sockets that are opened once and inherited by the programs that serve on them.

A program that restarts finds its visitors waiting instead of refused, and no other program can take its port.
"""

import contextlib
import errno
import socket

from leadcrm.local.errors import LocalError

DEFAULT_PORT = 8000
TRIES = 20
BACKLOG = 1024


def public_socket(address: str, port_text: str) -> socket.socket:
    """Listen where visitors come in: on the port that was asked for, else on the first free one from 8000 on.

    Raises: LocalError.
    """
    if port_text:
        if not port_text.isdecimal() or not 0 < int(port_text) < 65536:
            raise LocalError(f"PORT must be a number between 1 and 65535, not {port_text!r}.")
        return _listen(address, int(port_text))
    for port in range(DEFAULT_PORT, DEFAULT_PORT + TRIES + 1):
        with contextlib.suppress(_PortTaken):
            return _listen(address, port)
    raise LocalError(
        f"None of the ports {DEFAULT_PORT} to {DEFAULT_PORT + TRIES} is free: "
        "name another one, as in `make run PORT=9000`."
    )


def inner_socket() -> socket.socket:
    """Listen on any free port that only this machine reaches."""
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)


class _PortTaken(LocalError):
    pass


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _PortTaken(
                f"Port {port} is taken by another program: end that one, "
                f"or name another port, as in `make run PORT={port % 64000 + 1000}`."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise LocalError(f"This user may not open port {port}: name one above 1023 in PORT.") from error
        raise LocalError(f"{address}:{port} cannot be opened: {error.strerror or error}.") from error


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])
