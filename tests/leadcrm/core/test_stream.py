"""What a process keeps for its open streams; the streams themselves are tried in ``tests/live``."""

import json
import uuid

import pytest

from leadcrm.core.live import KINDS, Audience, Kind
from leadcrm.core.stream import REMEMBERED, WAITING, Hub, event
from tests.own_loop import run_in_own_loop

HOME, AWAY = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setitem(KINDS._items, "test", Kind(lambda news, audience: news.get("to") in (None, audience.facts)))
    return "test"


def audience(organization=HOME, facts="a"):
    return Audience(uuid.uuid4(), organization, facts)


def news(uid, organization=HOME, **ids):
    return json.dumps({"uid": uid, "organization": str(organization), "kind": "test", "by": "tab", **ids})


def names(chunk):
    return [line.removeprefix("event: ") for line in chunk.decode().splitlines() if line.startswith("event: ")]


def run(scenario):
    async def main():
        return scenario(Hub())

    return run_in_own_loop(main())


def test_news_stay_in_their_organization_and_with_those_who_may_hear(kind):
    def scenario(hub):
        here, other, away = hub.open(audience(), last=""), hub.open(audience(facts="b"), last=""), None
        away = hub.open(audience(AWAY), last="")
        for stream in (here, other, away):
            assert names(stream.take()) == ["hello"]
        hub.deliver(news("1", to="a", id="7", secret="x"))
        assert here.take() == b'id: 1\nevent: test\ndata: {"id": "7", "by": "tab"}\n\n'
        assert (other.take(), away.take()) == (b"", b"")

    run(scenario)


def test_a_tab_that_is_too_slow_is_told_to_load_again_and_gets_the_newest(kind):
    def scenario(hub):
        stream = hub.open(audience(), last="")
        for number in range(WAITING + 5):
            hub.deliver(news(str(number), id=number))
        chunk = stream.take()
        assert names(chunk)[0] == "reset"
        assert f'"id": {WAITING + 4}'.encode() in chunk
        assert len(names(chunk)) <= WAITING

    run(scenario)


def test_only_what_is_remembered_is_made_up_for(kind):
    def scenario(hub):
        for number in range(REMEMBERED + 2):
            hub.deliver(news(str(number), id=number))
        forgotten = hub.open(audience(), last="1")
        assert names(forgotten.take()) == ["reset", "hello"]
        known = hub.open(audience(), last=str(REMEMBERED))
        assert names(known.take()) == ["test", "hello"]
        up_to_date = hub.open(audience(), last=hub.newest)
        assert names(up_to_date.take()) == ["hello"]

    run(scenario)


def test_after_a_gap_everybody_loads_again(kind):
    def scenario(hub):
        hub.deliver(news("1"))
        stream = hub.open(audience(), last="1")
        stream.take()
        hub.reset()
        assert names(stream.take()) == ["reset"]
        assert names(hub.open(audience(), last="1").take()) == ["reset", "hello"]

    run(scenario)


@pytest.mark.parametrize("message", ["", "null", "{", '{"uid": "1"}', '{"uid":"1","organization":"x","kind":"no"}'])
def test_what_is_no_news_is_logged_and_disturbs_nobody(kind, message, caplog):
    def scenario(hub):
        stream = hub.open(audience(), last="")
        stream.take()
        hub.deliver(message)
        assert stream.take() == b""

    run(scenario)
    assert "is no news" in caplog.text


@pytest.mark.parametrize("shape", [{"uid": []}, {"organization": {}}, {"organization": ["a"]}])
def test_news_of_a_strange_shape_do_not_stop_the_listener(kind, shape):
    def scenario(hub):
        stream = hub.open(audience(), last="")
        stream.take()
        hub.deliver(json.dumps({**json.loads(news("1", to="a")), **shape}))
        hub.deliver(news("2"))
        assert b"id: 2" in stream.take()

    run(scenario)


def test_a_closed_stream_is_forgotten(kind):
    def scenario(hub):
        stream = hub.open(audience(), last="")
        hub.close(stream)
        hub.close(stream)
        hub.deliver(news("1"))
        assert hub._streams == {}

    run(scenario)


def test_an_event_is_one_block_of_lines():
    assert event("x", {"text": "a\nb"}, uid="9") == b'id: 9\nevent: x\ndata: {"text": "a\\nb"}\n\n'
