"""The real process of the event streams, and browsers that listen to it."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from leadcrm.settings.env import BASE_DIR
from tests.personas import BACKEND
from tests.processes import wait_until

# What the server's connections call themselves, where they give no other name.
STREAM_SERVER = "leadcrm stream server under test"


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]
    uid: str


@dataclass
class Listener:
    """One open stream; what arrives is kept."""

    connection: http.client.HTTPConnection
    events: list[Event] = field(default_factory=list)
    is_over: bool = False
    reader: threading.Thread | None = None

    def named(self, *names: str) -> list[Event]:
        return [event for event in self.events if event.name in names]

    def leads(self) -> list[str]:
        return [event.data["id"] for event in self.named("lead")]

    @property
    def last(self) -> str:
        return next((event.uid for event in reversed(self.events) if event.uid), "")

    def close(self) -> None:
        if self.connection.sock is not None:
            with contextlib.suppress(OSError):  # the server may have been first
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        if self.reader is not None:
            self.reader.join(10)
        self.connection.close()

    def start(self, response: http.client.HTTPResponse) -> None:
        self.reader = threading.Thread(target=self.read, args=[response], daemon=True)
        self.reader.start()

    def read(self, response: http.client.HTTPResponse) -> None:
        name, data, uid = "", "", ""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            for raw in response:
                key, _, value = raw.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    data = value
                elif key == "id":
                    uid = value
                elif not key and name:
                    self.events.append(Event(name, json.loads(data), uid))
                    name, data, uid = "", "", ""
        self.is_over = True


class StreamServer:
    """One process of event streams, with the database of this test process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.log_path = folder / "events.log"
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listening.getsockname()[1]
        self.listeners: list[Listener] = []
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", "leadcrm.asgi:application"),
                    *("--fd", str(self.listening.fileno()), "--lifespan", "off"),
                    *("--timeout-graceful-shutdown", "1", "--log-level", "warning", "--no-access-log"),
                ],
                cwd=BASE_DIR,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "leadcrm.settings.test",
                    "REDIS_URL": "",
                    "PGAPPNAME": STREAM_SERVER,
                    **environment,
                },
                pass_fds=[self.listening.fileno()],
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def listen(self, user: Any, *, last: str = "", client: Client | None = None) -> Listener:
        """Open a stream as ``user``, and return when it is open."""
        listener, response = self.ask(client or signed_in(user), last=last)
        assert response.status == 200, self.log
        assert response.headers["Content-Type"].startswith("text/event-stream")
        listener.start(response)
        wait_until(lambda: listener.named("hello"))
        return listener

    def ask(self, client: Client, *, last: str = "", method: str = "GET") -> tuple[Listener, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = {"Cookie": cookies} | ({"Last-Event-ID": last} if last else {})
        connection.request(method, "/events/", headers=headers)
        listener = Listener(connection)
        self.listeners.append(listener)
        return listener, connection.getresponse()

    def stop(self) -> None:
        for listener in self.listeners:
            listener.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.listening.close()


def signed_in(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def start_streams(transactional_db: None, tmp_path: Path) -> Iterator[Any]:
    """Return a function that starts a process of event streams with settings of its own."""
    servers: list[StreamServer] = []

    def start(**environment: str) -> StreamServer:
        servers.append(StreamServer(tmp_path, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def streams(start_streams: Any) -> StreamServer:
    """Return a running process of event streams."""
    server: StreamServer = start_streams()
    return server
