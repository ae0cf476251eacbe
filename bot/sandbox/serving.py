"""Serving: NiceGUI inside our own loop, on an address that was bound before, for this machine alone."""

import socket
from typing import TYPE_CHECKING

from bot.sandbox.page import register_pages
from bot.web.server import serve_app

if TYPE_CHECKING:
    from bot.sandbox.run import Sandbox

NAMES = ["127.0.0.1", "localhost"]
"""Another name for this address is a stranger's page that tries to reach into it."""


async def serve_pages(sandbox: "Sandbox", at: socket.socket) -> None:
    """Until cancelled."""
    from fastapi import FastAPI
    from nicegui import ui
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=NAMES)
    register_pages(sandbox)
    ui.run_with(
        app,
        title="Homeroom",
        favicon="🏫",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=10.0,
        binding_refresh_interval=None,
    )
    await serve_app(at, app, lifespan=True)
