import asyncio
import gzip
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from leadcrm.local.front import Front
from tests.own_loop import run_in_own_loop


@dataclass
class Backends:
    """Two servers that remember what they were asked, and the front before them."""

    seen: list[tuple[str, str, str, dict[str, str], bytes]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    front: str = ""

    def server(self, name: str) -> web.Application:
        async def answer(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            self.seen.append((name, request.method, request.raw_path, dict(request.headers), body))
            if request.path == "/moved/":
                return web.Response(status=302, headers={"Location": "/elsewhere/"})
            if request.path == "/packed/":
                return web.Response(body=gzip.compress(b"page"), headers={"Content-Encoding": "gzip"})
            if request.path == "/cookies/":
                return web.Response(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
            if request.path == "/events/":
                return await self.stream(request)
            return web.Response(text=name)

        application = web.Application(client_max_size=50_000_000)
        application.router.add_route("*", "/{path:.*}", answer)
        return application

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"data: 1\n\n")
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        finally:
            self.gone.set()
        return response


def through_front(
    test: Callable[[Backends, aiohttp.ClientSession], Awaitable[None]], *, web_is_down: bool = False
) -> None:
    async def run() -> None:
        backends = Backends()
        pages, events = TestServer(backends.server("web")), TestServer(backends.server("events"))
        await pages.start_server()
        await events.start_server()
        assert pages.port is not None
        assert events.port is not None
        front = TestServer(Front(web_port=pages.port, events_port=events.port).application())
        if web_is_down:
            await pages.close()
        await front.start_server()
        backends.front = str(front.make_url("")).rstrip("/")
        try:
            async with aiohttp.ClientSession(auto_decompress=False) as client:
                await asyncio.wait_for(test(backends, client), 20)
        finally:
            for server in (front, pages, events):
                await server.close()

    run_in_own_loop(run())


def test_page_gets_the_host_and_the_address_of_the_visitor():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        forged = {"Host": "crm.example:8000", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        async with client.get(URL(f"{backends.front}/leads/?q=a%2Fb&x=%20", encoded=True), headers=forged) as answer:
            assert await answer.text() == "web"
        name, method, path, headers, _ = backends.seen[0]
        assert (name, method, path) == ("web", "GET", "/leads/?q=a%2Fb&x=%20")
        assert headers["Host"] == "crm.example:8000"
        assert headers["X-Forwarded-For"] == "127.0.0.1"
        assert headers["X-Forwarded-Proto"] == "http"

    through_front(check)


def test_upload_arrives_whole_and_with_its_length():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        body = bytes(range(256)) * 20_000
        async with client.post(f"{backends.front}/imports/", data=io.BytesIO(body)) as answer:
            assert answer.status == 200
        assert backends.seen[0][3]["Content-Length"] == str(len(body))
        assert backends.seen[0][4] == body

    through_front(check)


def test_answers_pass_unchanged():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        async with client.get(f"{backends.front}/moved/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere/")
        async with client.get(f"{backends.front}/packed/") as answer:
            assert gzip.decompress(await answer.read()) == b"page"
        async with client.get(f"{backends.front}/cookies/") as answer:
            assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
        async with client.head(f"{backends.front}/leads/") as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, "3")

    through_front(check)


def test_events_stream_from_their_own_server_and_end_with_the_visitor():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        async with client.get(f"{backends.front}/events/") as answer:
            assert await answer.content.readline() == b"data: 1\n"
            assert not backends.gone.is_set()
        await backends.gone.wait()
        assert backends.seen[0][0] == "events"

    through_front(check)


def test_server_that_is_away_is_a_sentence_and_not_a_trace():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        async with client.get(f"{backends.front}/leads/") as answer:
            assert answer.status == 502
            assert await answer.text() == "leadcrm is restarting. Load this page again in a moment.\n"

    through_front(check, web_is_down=True)


@pytest.mark.parametrize("line", [b"GET http://other.example/leads/ HTTP/1.1", b"GET //other.example/leads/ HTTP/1.1"])
def test_request_line_cannot_choose_another_server(line: bytes):
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        port = int(backends.front.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await writer.drain()
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert status.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))
        assert all(path.endswith("/leads/") for _, _, path, _, _ in backends.seen)

    through_front(check)


def test_visitor_who_sends_no_length_is_asked_for_it():
    async def check(backends: Backends, client: aiohttp.ClientSession) -> None:
        async def pieces():
            yield b"piece"

        async with client.post(f"{backends.front}/imports/", data=pieces()) as answer:
            assert answer.status == 411
        assert backends.seen == []

    through_front(check)
