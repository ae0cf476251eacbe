"""Server: uvicorn inside our own loop, on an address that was bound before."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.tasks import awaited

CLOSING_SECONDS = 3.0


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the bot."""
        yield


async def serve(at: socket.socket, routes: Sequence[BaseRoute]) -> None:
    """Until cancelled."""
    await serve_app(at, Starlette(routes=list(routes)))


async def serve_app(at: socket.socket, app: ASGIApp, *, lifespan: bool = False) -> None:
    """Until cancelled. `lifespan`: the app is told when it begins and ends."""
    server = _Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on" if lifespan else "off", server_header=False,
            timeout_graceful_shutdown=2, proxy_headers=False,
        )
    )  # fmt: skip
    with at:
        serving = awaited(server.serve(sockets=[at]), "web server")
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True  # it closes what is open, and tells the app
            await asyncio.wait([serving], timeout=CLOSING_SECONDS)
            raise


class CurrentRoute:
    """A route of an adapter that may be made anew while the server runs."""

    def __init__(self, current: Callable[[], Route]) -> None:
        self._current = current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on to the one that lives now."""
        await self._current().handle(scope, receive, send)
