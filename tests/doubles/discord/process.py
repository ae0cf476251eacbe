"""The played Discord as a process of its own, for tests in which the bot dies, with the same verbs.

`async with RemoteDiscord() as dc:` starts it. `dc` and all it hands out (guilds, members, messages) are used
as those of DiscordServer are: what is awaited there is awaited here, what is an attribute there is one here.
"""

from __future__ import annotations

import asyncio
import http.client
import inspect
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from tests.doubles.discord.commands import Commands, NotOffered
from tests.doubles.discord.faults import Faults
from tests.doubles.discord.gateway import Gateway, Session
from tests.doubles.discord.guilds import Guild
from tests.doubles.discord.interactions import Answer, Interaction
from tests.doubles.discord.people import Member, Webhook
from tests.doubles.discord.server import PREFIX, DiscordServer, pointed_at
from tests.doubles.discord.world import Channel, Message, Role, User

REPOSITORY = Path(__file__).resolve().parents[3]
KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(Answer, Channel, Commands, DiscordServer, Faults, Gateway, Guild, Interaction, Member, Message),
        *(Role, Session, User, Webhook),
    )
}
FAILURES: dict[str, type[Exception]] = {
    "NotOffered": NotOffered,
    "TimeoutError": TimeoutError,
    "LookupError": LookupError,
    "KeyError": KeyError,
}


class RemoteError(Exception):
    """A verb failed in the server's process; the text says how."""


class _Line:
    """Blocking HTTP to the server's /control; one connection a thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._here = threading.local()
        self._open: list[http.client.HTTPConnection] = []

    def ask(self, on: int, name: str, **more: Any) -> Any:
        if not hasattr(self._here, "connection"):
            self._here.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
            self._open.append(self._here.connection)
        body = json.dumps({"on": on, "name": name} | {key: _encode(value) for key, value in more.items()})
        self._here.connection.request("POST", "/control", body, {"Content-Type": "application/json"})
        answer = json.loads(self._here.connection.getresponse().read())
        if "error" in answer:
            raise FAILURES.get(answer["error"], RemoteError)(f"{answer['error']}: {answer['text']}")
        return self.decode(answer["value"])

    def close(self) -> None:
        for connection in self._open:
            connection.close()

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$handle" in value:
            return Remote(self, value["$handle"], value["kind"])
        if "$at" in value:
            return datetime.fromisoformat(value["$at"])
        if "$copy" in value:
            return SimpleNamespace(**{key: self.decode(item) for key, item in value["of"].items()})
        return {self.decode(key): self.decode(item) for key, item in value["$map"]}


def _encode(value: Any) -> Any:
    if isinstance(value, Remote):
        return {"$handle": value._number}
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, set | frozenset):
        return {"$set": sorted(value)}
    if isinstance(value, dict):
        return {"$map": [[key, _encode(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    return value


class Remote:
    """Something that lives in the server's process."""

    def __init__(self, line: _Line, number: int, kind: str) -> None:
        self.__dict__.update(_line=line, _number=number, _kind=kind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        line, number = self._line, self._number
        verb = inspect.getattr_static(KINDS.get(self._kind, object), name, None)
        if inspect.iscoroutinefunction(verb):

            async def later(*args: Any, **kwargs: Any) -> Any:
                return await asyncio.to_thread(line.ask, number, name, args=args, kwargs=kwargs)

            return later
        if inspect.isfunction(verb):
            return lambda *args, **kwargs: line.ask(number, name, args=args, kwargs=kwargs)
        return line.ask(number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._line.ask(self._number, name, set=value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and other._number == self._number

    def __hash__(self) -> int:
        return hash(self._number)


class RemoteDiscord(Remote):
    """DiscordServer in another process, which ends with the block."""

    def __init__(self, *, port: int = 0, token: str = "discord-token") -> None:
        self.__dict__.update(_port=port, _token=token, _process=None)

    async def __aenter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "tests.doubles.discord",
            "--port",
            str(self._port),
            "--token",
            self._token,
        ]
        process = await asyncio.to_thread(
            subprocess.Popen, command, cwd=REPOSITORY, stdout=subprocess.PIPE, env=os.environ, text=True
        )
        first = (await asyncio.to_thread(process.stdout.readline)).strip()  # type: ignore[union-attr]  # it is a pipe
        if not first.startswith("http://"):
            process.kill()
            raise RemoteError(f"the server did not start: {first!r}")
        port = int(first.removesuffix(PREFIX).rpartition(":")[2])
        self.__dict__.update(_line=_Line(port), _number=0, _kind="DiscordServer", _process=process)
        return self

    async def __aexit__(self, *_: object) -> None:
        process: subprocess.Popen[str] = self._process
        self._line.close()
        process.terminate()
        await asyncio.to_thread(process.wait, 10)
        if process.stdout is not None:
            process.stdout.close()

    @contextmanager
    def offline(self, *, resumable: bool = False) -> Iterator[None]:
        """As DiscordServer.offline."""
        self.goes_offline(resumable=resumable)
        try:
            yield
        finally:
            self.comes_back()

    @contextmanager
    def points_library(self) -> Iterator[None]:
        """As DiscordServer.points_library."""
        with pointed_at(self.api, self.gateway_url):
            yield

    async def wait_until(self, true: Callable[[], object], *, timeout: float = 5.0) -> None:
        """As DiscordServer.wait_until; looked at here, in the test's process."""
        end = time.monotonic() + timeout
        while not true():
            if time.monotonic() > end:
                raise TimeoutError
            await asyncio.sleep(0.02)
