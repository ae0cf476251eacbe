"""Calls and answers as they go over HTTP, whole or broken."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.doubles.telegram.errors import ApiError
from tests.doubles.telegram.faults import Fault

Json = dict[str, Any]

GATEWAY_PAGE = "<html><head><title>{0} Bad Gateway</title></head><body><center>nginx</center></body></html>"


async def read_parameters(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """A call's parameters, from the query, a form, JSON or multipart, and its files."""
    given: Json = dict(request.query)
    files: dict[str, bytes] = {}
    if request.content_type == "application/json" and request.can_read_body:
        body = await request.json()
        return given | (body if isinstance(body, dict) else {}), files
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = value.file.read()
        else:
            given[name] = value
    return given, files


def answer_error(error: ApiError) -> web.Response:
    return web.json_response(error.body(), status=error.code)


async def fail(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Answer as a proxy in trouble does, or not at all."""
    if fault.kind == "server_error":
        page = GATEWAY_PAGE.format(fault.status)
        return web.Response(status=fault.status, text=page, content_type="text/html")
    if fault.kind.startswith("timeout"):
        await asyncio.sleep(fault.seconds)
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def shorten(params: Json) -> str:
    return str({key: str(value)[:80] for key, value in params.items()})
