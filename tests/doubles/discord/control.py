"""Remote control of a played Discord: any public verb or attribute of it and of what it holds, over HTTP."""

from __future__ import annotations

import inspect
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.doubles.discord.server import DiscordServer

PLAIN = (str, int, float, bool, type(None))
COPIED = {"Call", "EarlyCall", "Ping"}


class Handles:
    """Numbers for objects that stay on the server; what is asked for again has the same number."""

    def __init__(self, dc: DiscordServer) -> None:
        self._objects: dict[int, object] = {0: dc}
        self._numbers: dict[int, int] = {id(dc): 0}

    def encode(self, value: Any) -> Any:
        """JSON: plain values as they are, moments and copied values marked, everything else as a handle."""
        if isinstance(value, PLAIN):
            return value
        if isinstance(value, datetime):
            return {"$at": value.isoformat()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.encode(item) for item in value]
        if isinstance(value, dict):
            return {"$map": [[self.encode(k), self.encode(v)] for k, v in value.items()]}
        kind = type(value).__name__
        if kind in COPIED:
            return {"$copy": kind, "of": {f.name: self.encode(getattr(value, f.name)) for f in fields(value)}}
        if id(value) not in self._numbers:
            number = len(self._objects)
            self._objects[number], self._numbers[id(value)] = value, number
        return {"$handle": self._numbers[id(value)], "kind": kind}

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$handle" in value:
            return self._objects[value["$handle"]]
        if "$at" in value:
            return datetime.fromisoformat(value["$at"])
        if "$set" in value:
            return set(value["$set"])
        return {self.decode(key): self.decode(item) for key, item in value["$map"]}


class Control:
    """POST /control: {"on": handle, "name", "args"?, "kwargs"?, "set"?}; a failure is 422 and says which."""

    def __init__(self, dc: DiscordServer) -> None:
        self._handles = Handles(dc)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/control", self.act)

    async def act(self, request: web.Request) -> web.Response:
        asked = await request.json()
        target, name = self._handles.decode({"$handle": asked["on"]}), asked["name"]
        if name.startswith("_"):
            return web.json_response({"error": "AttributeError", "text": name}, status=422)
        try:
            value = await self._done(target, name, asked)
        except Exception as problem:
            return web.json_response({"error": type(problem).__name__, "text": str(problem)}, status=422)
        return web.json_response({"value": self._handles.encode(value)})

    async def _done(self, target: Any, name: str, asked: dict[str, Any]) -> Any:
        if "set" in asked:
            setattr(target, name, self._handles.decode(asked["set"]))
            return None
        attribute = getattr(target, name)
        if "args" not in asked:
            return attribute
        args, kwargs = self._handles.decode(asked["args"]), self._handles.decode(asked["kwargs"])
        value = attribute(*args, **kwargs)
        return await value if inspect.isawaitable(value) else value
