import socket

import pytest

from leadcrm.local import sockets
from leadcrm.local.errors import LocalError


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield sockets.port_of(other)


def test_named_port_that_is_taken_is_one_sentence(taken: int):
    with pytest.raises(LocalError, match=rf"^Port {taken} is taken by another program: end that one, or name"):
        sockets.public_socket("127.0.0.1", str(taken))


def test_without_a_named_port_the_next_free_one_serves(taken: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "DEFAULT_PORT", taken)
    with sockets.public_socket("127.0.0.1", "") as found:
        assert taken < sockets.port_of(found) <= taken + sockets.TRIES


def test_no_free_port_is_one_sentence(taken: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "DEFAULT_PORT", taken)
    monkeypatch.setattr(sockets, "TRIES", 0)
    with pytest.raises(LocalError, match=f"None of the ports {taken} to {taken} is free"):
        sockets.public_socket("127.0.0.1", "")


@pytest.mark.parametrize("text", ["web", "0", "70000", "-1"])
def test_port_that_is_no_port_is_one_sentence(text: str):
    with pytest.raises(LocalError, match="PORT must be a number between 1 and 65535"):
        sockets.public_socket("127.0.0.1", text)
