"""The one door of a local installation: pages and event streams under a single origin.

Pages are served by threads and event streams by an event loop, in two processes; a browser must not notice.
``python -m leadcrm.local.front --socket FD --web PORT --events PORT``
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterable

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

EVENTS_PATH = "/events/"
MAILBOX_PATH = "/local/"
# These describe one connection, not the message (RFC 9110, 7.6.1).
HOP_BY_HOP = {
    hdrs.CONNECTION,
    hdrs.KEEP_ALIVE,
    hdrs.PROXY_AUTHENTICATE,
    hdrs.PROXY_AUTHORIZATION,
    hdrs.TE,
    hdrs.TRAILER,
    hdrs.TRANSFER_ENCODING,
    hdrs.UPGRADE,
    hdrs.EXPECT,
}
# Whatever a visitor sends under these names, the application must hear only what this proxy saw.
OURS = {hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_PROTO, hdrs.X_FORWARDED_HOST, hdrs.FORWARDED, "X-Real-IP"}

logger = logging.getLogger(__name__)


class Front:
    """Passes requests on, as they come, to one of two servers on this machine."""

    def __init__(self, *, web_port: int, events_port: int, closed_mailbox: bool = False) -> None:
        self._web = f"http://127.0.0.1:{web_port}"
        self._events = f"http://127.0.0.1:{events_port}"
        self._closed_mailbox = closed_mailbox
        self._client: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{path:.*}", self._pass_on)
        application.cleanup_ctx.append(self._with_client)
        return application

    async def _with_client(self, _application: web.Application) -> AsyncIterator[None]:
        # A connection per request: one that was kept open may be closed by the server just when a POST is sent.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=65_536,
            max_field_size=65_536,
        ) as self._client:
            yield

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if self._client is None:
            raise AssertionError("Requests arrive only while the application runs.")
        peer = request.remote or ""
        if self._closed_mailbox and request.path.startswith(MAILBOX_PATH) and peer not in {"127.0.0.1", "::1"}:
            raise web.HTTPNotFound
        has_body = request.body_exists
        if has_body and hdrs.CONTENT_LENGTH not in request.headers:
            # WSGI needs the length before the body, and every browser gives it.
            raise web.HTTPLengthRequired
        headers = _without(request.headers.items(), HOP_BY_HOP | OURS)
        headers[hdrs.X_FORWARDED_FOR] = peer
        headers[hdrs.X_FORWARDED_PROTO] = request.scheme
        # A request line may hold a whole URL; only its path is passed on, byte for byte.
        path = request.raw_path if request.raw_path.startswith("/") else request.rel_url.raw_path_qs
        target = self._events if path.startswith(EVENTS_PATH) else self._web
        try:
            async with self._client.request(
                request.method,
                URL(target + path, encoded=True),
                headers=headers,
                data=request.content if has_body else None,
                allow_redirects=False,
                skip_auto_headers=(hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT, hdrs.CONTENT_TYPE),
            ) as answer:
                return await _stream(request, answer)
        except aiohttp.ClientError as error:
            logger.warning("%s %s: %s", request.method, request.path, error)
            return web.Response(status=502, text="leadcrm is restarting. Load this page again in a moment.\n")


async def _stream(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(
        status=answer.status, reason=answer.reason, headers=_without(answer.headers.items(), HOP_BY_HOP)
    )
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    except aiohttp.ClientError:
        # The status has been sent: only a broken connection can tell the browser that this is not all of it.
        if request.transport is not None:
            request.transport.abort()
        return response
    with contextlib.suppress(ConnectionResetError):
        await response.write_eof()
    return response


def _without(headers: Iterable[tuple[str, str]], unwanted: Iterable[str]) -> CIMultiDict[str]:
    pairs = list(headers)
    lower = {name.lower() for name in unwanted}
    # A sender may name further headers that are meant for this connection alone.
    for name, value in pairs:
        if name.lower() == "connection":
            lower.update(part.strip().lower() for part in value.split(","))
    return CIMultiDict((name, value) for name, value in pairs if name.lower() not in lower)


async def serve(front: Front, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; event streams are cut, since they would never end by themselves."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Cancelling the handler when the browser leaves is what closes the event stream behind it.
    runner = web.AppRunner(
        front.application(),
        handle_signals=False,
        access_log=None,
        handler_cancellation=True,
        max_line_size=65_536,
        max_field_size=65_536,
        auto_decompress=False,
    )
    await runner.setup()
    await web.SockSite(runner, listening, shutdown_timeout=1, backlog=1024).start()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--web", type=int, required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--closed-mailbox", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    front = Front(web_port=options.web, events_port=options.events, closed_mailbox=options.closed_mailbox)
    asyncio.run(serve(front, socket.socket(fileno=options.socket)))


if __name__ == "__main__":
    main()
