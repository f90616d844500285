"""What is known about one running installation."""

import socket
from dataclasses import dataclass
from pathlib import Path

from leadcrm.local.cluster import Cluster
from leadcrm.local.database import Connections
from leadcrm.local.state import StateFolder

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 — compared, not opened


@dataclass(frozen=True)
class Place:
    """Where visitors find the installation."""

    address: str
    port: int

    @property
    def url(self) -> str:
        if self.address in (*LOOPBACK, *EVERYWHERE):
            return f"http://localhost:{self.port}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Tell whether only this machine reaches it."""
        return self.address in LOOPBACK


@dataclass(frozen=True)
class Sockets:
    """The listening sockets that the programs inherit."""

    front: socket.socket
    web: socket.socket
    events: socket.socket
    mail: socket.socket


@dataclass(frozen=True)
class Installation:
    """Without ``cluster`` the database is somebody else's; without ``mailbox`` mail is really sent."""

    state: StateFolder
    place: Place
    connections: Connections
    cluster: Cluster | None
    mailbox: Path | None
    environment: dict[str, str]
