"""The played Telegram as a process of its own, for tests in which the bot dies, and how to talk to it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Self

import aiohttp

Json = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[3]


class RemoteError(Exception):
    """A verb failed in the server's process; the text says how."""


class RemoteActor:
    """A person or a chat over there, with the same verbs: `await ann.say(group, "hello")`."""

    def __init__(self, telegram: RemoteTelegram, reference: Json) -> None:
        self._telegram = telegram
        self.reference = reference
        self.id: int = next(iter(reference.values()))

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[Any]]:
        if verb.startswith("_"):
            raise AttributeError(verb)

        async def act(*args: Any, **kwargs: Any) -> Any:
            return await self._telegram.do(verb, *args, target=self, **kwargs)

        return act


class RemoteTelegram:
    """`async with RemoteTelegram() as tg:` starts the server; the process ends with the block.

    Verbs are those of TelegramServer, awaited: `ann = await tg.user("Ann")`, `await tg.group("School")`.
    """

    def __init__(self, *, token: str = "123456:TEST-token_for_the_double", port: int = 0) -> None:
        self.token = token
        self.url = ""
        self._port = port
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "tests.doubles.telegram",
                "--port",
                str(self._port),
                "--token",
                self.token,
            ),
            cwd=REPOSITORY,
            stdout=asyncio.subprocess.PIPE,
        )
        if self._process.stdout is None:
            raise RemoteError("the server has no output to read its address from")
        async with asyncio.timeout(20):
            first = (await self._process.stdout.readline()).decode().strip()
        if not first.startswith("http://"):
            raise RemoteError(f"the server did not start: {first!r}")
        self.url = first
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    @property
    def base_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[Any]]:
        if verb.startswith("_"):
            raise AttributeError(verb)

        async def act(*args: Any, **kwargs: Any) -> Any:
            return await self.do(verb, *args, **kwargs)

        return act

    async def do(self, verb: str, *args: Any, target: RemoteActor | None = None, **kwargs: Any) -> Any:
        """Carry out a verb over there. Raises RemoteError with its complaint."""
        wanted = {"target": target, "verb": verb, "args": list(args), "kwargs": kwargs}
        return self._decode(await self._ask("POST", "do", json.dumps(wanted, default=reference)))

    async def push_many(self, updates: Iterable[Json | str]) -> int:
        """Queue raw updates as they are; how many."""
        lines = "\n".join(u if isinstance(u, str) else json.dumps(u) for u in updates)
        return int((await self._ask("POST", "push", lines))["pushed"])

    async def set(self, **settings: Any) -> None:
        """flood={...}, profile={...}, fault={...}, down="reset", privacy=False, callback_max_age=1 ..."""
        await self._ask("POST", "set", json.dumps(settings))

    async def state(self) -> Json:
        """Counts, the confirmed offset, violations, early_calls and flood_log."""
        return await self._ask("GET", "state")

    async def calls(self, since: int = 0) -> list[Json]:
        return list((await self._ask("GET", f"calls?since={since}"))["result"])

    async def sent(self, since: int = 0) -> list[Json]:
        return list((await self._ask("GET", f"sent?since={since}"))["result"])

    async def delivered(self) -> list[int]:
        """The id of every update handed out, again for each time."""
        return list((await self._ask("GET", "delivered"))["result"])

    async def _ask(self, verb: str, path: str, body: str | None = None) -> Json:
        if self._session is None:
            raise RemoteError("not started: use `async with RemoteTelegram() as tg`")
        async with self._session.request(verb, f"{self.url}/control/{path}", data=body) as answer:
            told: Json = await answer.json()
        if "error" in told:
            raise RemoteError(told["error"])
        return told

    def _decode(self, told: Json) -> Any:
        result = told.get("result")
        if isinstance(result, dict) and result.keys() & {"$person", "$chat"}:
            return RemoteActor(self, result)
        return result


def reference(value: object) -> Json:
    if isinstance(value, RemoteActor):
        return value.reference
    raise TypeError(f"cannot be sent to the server: {value!r}")
