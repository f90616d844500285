"""Event streams: one process listens to the database (or Redis) once and passes news on to every open browser.

This is an ASGI application of its own and not a Django view: the synchronous middleware would give every
open stream a thread, and every thread a connection to the database, for as long as the page stays open. Here
a stream is a few kilobytes, and two threads with a connection each read sessions for all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, parse_cookie
from django.urls import reverse

from leadcrm.core import tenancy
from leadcrm.core.live import CHANNEL, FACTS, KINDS, Audience

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

SEND_SECONDS = 30.0  # a browser that takes nothing for this long is gone
REMEMBERED = 2_000
WAITING = 100
STREAMS_OF_ONE_PERSON = 20
LONGEST_WAIT = 30.0
RETRY = b"retry: 3000\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Stream:
    """One open browser tab: what it has still to be sent, the newest kept when it is too slow."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.waiting: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.is_replaced = False

    def push(self, chunk: bytes) -> None:
        if len(self.waiting) >= WAITING:
            # Whoever missed something is told so, and loads the page's parts again.
            self.waiting.clear()
            chunk = event("reset", {}) + chunk
        self.waiting.append(chunk)
        self.wake.set()

    def take(self) -> bytes:
        self.wake.clear()
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        return chunk


class Hub:
    """The news of this process: who listens, and what came lately."""

    def __init__(self) -> None:
        self._streams: dict[str, list[Stream]] = {}
        # (uid, organisation, news): enough for a tab that was hidden or changed networks.
        self._recent: deque[tuple[str, str, Mapping[str, Any]]] = deque(maxlen=REMEMBERED)
        self._listening: asyncio.Task[None] | None = None

    @property
    def newest(self) -> str:
        return self._recent[-1][0] if self._recent else ""

    def start(self) -> None:
        """Begin to listen, unless this process does already."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    def open(self, audience: Audience, *, last: str) -> Stream:
        """Add a stream and give it what it has missed since the news ``last``, as far as that is remembered."""
        stream = Stream(audience)
        if last:
            missed = self._since(last)
            if missed is None:
                stream.push(event("reset", {}))
            for uid, organization, news in missed or ():
                if organization == str(audience.organization_id) and _is_for(news, audience):
                    stream.push(_chunk(uid, news))
        # A page that has heard nothing yet still learns where it stands.
        stream.push(event("hello", {}, uid=self.newest))
        mine = self._streams.setdefault(str(audience.organization_id), [])
        same = [other for other in mine if other.audience.user_id == audience.user_id]
        for other in same[: max(0, len(same) + 1 - STREAMS_OF_ONE_PERSON)]:
            other.is_replaced = True
            other.wake.set()
        mine.append(stream)
        return stream

    def close(self, stream: Stream) -> None:
        organization = str(stream.audience.organization_id)
        mine = self._streams.get(organization, [])
        if stream in mine:
            mine.remove(stream)
        if not mine:
            self._streams.pop(organization, None)

    def deliver(self, message: str | bytes) -> None:
        """Pass one message on to those who may hear of it."""
        try:
            news = json.loads(message)
            uid, organization = str(news["uid"]), str(news["organization"])
            KINDS.get(news["kind"])
        except (ValueError, TypeError, KeyError, RecursionError):
            logger.warning("Something on the channel %s is no news: %.200r", CHANNEL, message)
            return
        self._recent.append((uid, organization, news))
        chunk = _chunk(uid, news)
        for stream in self._streams.get(organization, ()):
            if _is_for(news, stream.audience):
                stream.push(chunk)

    def reset(self) -> None:
        """Tell everybody that news may have been missed, and forget what came before the gap."""
        self._recent.clear()
        for stream in [one for streams in self._streams.values() for one in streams]:
            stream.push(event("reset", {}))

    def _since(self, last: str) -> list[tuple[str, str, Mapping[str, Any]]] | None:
        uids = [uid for uid, _, _ in self._recent]
        return list(self._recent)[uids.index(last) + 1 :] if last in uids else None

    async def _listen(self) -> None:
        wait, has_listened = 1.0, False
        while True:
            messages = _redis_messages() if settings.REDIS_URL else _database_messages()
            try:
                async with contextlib.aclosing(messages):
                    async for message in messages:
                        if message is None:  # connected
                            wait = 1.0
                            if has_listened:
                                self.reset()
                            has_listened = True
                        else:
                            self.deliver(message)
            except (psycopg.Error, OSError, EOFError) as problem:
                logger.warning("Nobody hears live news: %s. Next try in %.0f s.", problem, wait)
            # Many processes must not all come back in the same instant.
            await asyncio.sleep(wait * random.uniform(0.7, 1.3))  # noqa: S311 — spreads load, keeps no secret
            wait = min(wait * 2, LONGEST_WAIT)


async def _database_messages() -> AsyncGenerator[str | bytes | None]:
    """Yield None once connected, then every message. A dead connection raises within two minutes at the latest."""
    connection = await psycopg.AsyncConnection.connect(
        settings.LISTEN_DATABASE_URL, autocommit=True, connect_timeout=10,
        application_name="leadcrm events", keepalives_idle=30, keepalives_interval=10, keepalives_count=3,
    )  # fmt: skip
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        yield None
        while True:
            async for notice in connection.notifies(timeout=60):
                yield notice.payload
            await connection.execute("SELECT 1")


async def _redis_messages() -> AsyncGenerator[str | bytes | None]:
    from redis import asyncio as redis
    from redis.exceptions import RedisError

    client = redis.Redis.from_url(settings.REDIS_URL, health_check_interval=30, socket_keepalive=True)
    try:
        async with client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            yield None
            async for message in channel.listen():
                if message["type"] == "message":
                    yield message["data"]
    except RedisError as problem:
        raise OSError(str(problem)) from problem
    finally:
        await client.aclose()


def event(name: str, data: Mapping[str, Any], *, uid: str = "") -> bytes:
    """Write one event as the browser's EventSource reads it."""
    head = f"id: {uid}\n" if uid else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _chunk(uid: str, news: Mapping[str, Any]) -> bytes:
    shown = {name: news.get(name) for name in (*KINDS.get(news["kind"]).shows, "by")}
    return event(news["kind"], shown, uid=uid)


def _is_for(news: Mapping[str, Any], audience: Audience) -> bool:
    return KINDS.get(news["kind"]).sees(news, audience)


class StreamApplication:
    """Serves the event stream and leaves every other request to ``pages``."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._path = reverse("core:events")
        self._hub = Hub()
        self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sessions")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._pages(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] != "GET":
            await _refuse(send, 405)
            return
        key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        try:
            audience = await self._read(key)
        except DatabaseError:
            logger.exception("The session of a stream could not be read.")
            await _answer(send, b"retry: 10000\n\n")  # any other status would make the browser give up
            return
        if audience is None:
            await _refuse(send, 401)
            return
        self._hub.start()
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        last = headers.get("last-event-id") or query.get("last", [""])[0]
        stream = self._hub.open(audience, last=last[:64])
        try:
            await _until_either(self._serve(stream, key, send), _disconnected(receive))
        finally:
            self._hub.close(stream)

    async def _read(self, key: str) -> Audience | None:
        return await asyncio.get_running_loop().run_in_executor(self._readers, read_audience, key)

    async def _serve(self, stream: Stream, key: str, send: Send) -> None:
        await _take(send, {"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _body(send, RETRY + stream.take())
        pause, began = settings.EVENTS_HEARTBEAT_SECONDS, time.monotonic()
        beat = began + pause
        check = began + settings.EVENTS_CHECK_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 — spreads load
        while not stream.is_replaced and (now := time.monotonic()) - began < settings.EVENTS_LIFE_SECONDS:
            if now >= check:
                check = now + settings.EVENTS_CHECK_SECONDS
                with contextlib.suppress(DatabaseError):  # while the database is away nothing can be heard anyway
                    audience = await self._read(key)
                    if audience is None or audience.user_id != stream.audience.user_id:
                        await _body(send, event("end", {}))
                        break
                    stream.audience = audience
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stream.wake.wait(), max(0.0, min(beat, check) - time.monotonic()))
            if chunk := stream.take():
                await _body(send, chunk)
            elif time.monotonic() >= beat:
                await _body(send, event("beat", {}, uid=self._hub.newest))
            else:
                continue
            beat = time.monotonic() + pause
        if stream.is_replaced:
            await _body(send, event("end", {}))  # or the browser would come back and drive out the next one
        await _take(send, {"type": "http.response.body", "body": b"", "more_body": False})


def read_audience(session_key: str) -> Audience | None:
    """Return who a session belongs to, or None when it belongs to nobody who may listen.

    The session, the password it was opened with, the person and the organisation are all checked anew.
    """
    if not session_key:
        return None
    close_old_connections()
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user: Any = get_user(request)
    organization_id = getattr(user, "organization_id", None)
    if not user.is_authenticated or organization_id is None:
        return None
    with tenancy.organization_scope(organization_id):
        facts = {name: fact(user) for name, fact in FACTS}
    return Audience(user_id=user.pk, organization_id=organization_id, facts=facts)


async def _until_either(*works: Awaitable[None]) -> None:
    """Run several things and end them all when the first one ends."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            problem = task.exception()
            if problem is not None and not isinstance(problem, (TimeoutError, OSError)):
                raise problem
    finally:
        await _cancel(tasks)


async def _cancel(tasks: Iterable[asyncio.Future[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _take(send: Send, message: Mapping[str, Any]) -> None:
    await asyncio.wait_for(send(message), SEND_SECONDS)


async def _body(send: Send, chunk: bytes) -> None:
    await _take(send, {"type": "http.response.body", "body": chunk, "more_body": True})


async def _answer(send: Send, body: bytes) -> None:
    await _take(send, {"type": "http.response.start", "status": 200, "headers": HEADERS})
    await _take(send, {"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int) -> None:
    await _take(send, {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await _take(send, {"type": "http.response.body", "body": b""})
