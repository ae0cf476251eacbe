"""What machines may ask: is it well, is it ready, what are its numbers.

There is no password: it is bound to this machine unless set otherwise, and tells of nobody.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.platforms import Adapter
from storage.errors import StorageError

if TYPE_CHECKING:
    from bot.app import App

HEALTHY_SECONDS = 90.0
ASK_SECONDS = 3.0
"""As long the database may take."""
TEXT = "text/plain; version=1.0.0; charset=utf-8"
"""Prometheus's text format, in the version that is written."""
Now = Callable[[], "App | None"]
"""The app, once there is one."""


def health_route(adapters: Callable[[], dict[str, Adapter]]) -> Route:
    """/healthz: 200 while every platform was heard within a minute and a half, else 503."""

    async def healthz(_: Request) -> JSONResponse:
        found = health_of(adapters(), time.monotonic())
        return JSONResponse(found, status_code=200 if found["ok"] else 503)

    return Route("/healthz", healthz, methods=["GET"])


def health_of(adapters: dict[str, Adapter], now: float) -> dict[str, object]:
    """How each platform is."""
    platforms = {
        name: {
            "connected": adapter.health.connected,
            "silent_seconds": round(now - adapter.health.last_contact, 1)
            if adapter.health.last_contact
            else None,
        }
        for name, adapter in adapters.items()
    }
    well = all(
        adapter.health.connected and now - adapter.health.last_contact < HEALTHY_SECONDS
        for adapter in adapters.values()
    )
    return {"ok": well, "platforms": platforms}


def ready_route(app: Now) -> Route:
    """/readyz: 200 once it has started, the database answers, and every platform was connected once."""

    async def readyz(_: Request) -> JSONResponse:
        running = app()
        found = {
            "started": running is not None and running.started and not running.stopping,
            "database": running is not None and await answers(running),
            "platforms": running is not None and running.condition.all_reached(),
        }
        ready = all(found.values())
        return JSONResponse({"ok": ready} | found, status_code=200 if ready else 503)

    return Route("/readyz", readyz, methods=["GET"])


async def answers(app: "App") -> bool:
    """Whether the database does, within a few seconds."""
    try:
        async with asyncio.timeout(ASK_SECONDS), app.database.read() as store:
            await store.communities.get(0)
    except (StorageError, TimeoutError):
        return False
    return True


def metrics_route(app: Now) -> Route:
    """/metrics, for Prometheus; 503 before there is anything to tell."""

    async def metrics(_: Request) -> Response:
        from bot.web.metrics import text_of

        running = app()
        if running is None:
            return Response(status_code=503)
        return Response(await text_of(running), media_type=TEXT)

    return Route("/metrics", metrics, methods=["GET"])
