"""Crashing: `python -m tests.chaos.crashing` runs bots that end, as by kill -9, at a named point.

The bot is loaded once; each life is a fork. A line of JSON on standard input begins one: {"config": the
values of a Config, "point": a name of POINTS or "", "log": a path}. A line comes back when it begins
(its process id) and one when it ended (its status). Nothing outside of the tests knows these points.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bot.commands import Commands
from bot.config import Config
from bot.dispatch import Dispatcher
from bot.outbox import Outbox
from bot.start import run_bot
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.intake import Feeder, Poller
from storage.database import Database
from storage.inbox import InboxRepository
from storage.outbox import OutboxRepository

POINTS: dict[str, tuple[type, str]] = {
    "a page": (Feeder, "feed"),
    "taking": (Dispatcher, "take"),
    "a batch": (Dispatcher, "_together"),
    "the inbox": (InboxRepository, "add"),
    "confirming": (Poller, "_store"),
    "a command": (Commands, "_decide"),
    "a command's end": (InboxRepository, "finish"),
    "an answer": (TelegramAdapter, "answer"),
    "sending": (OutboxRepository, "mark_sending"),
    "a delivery": (TelegramAdapter, "deliver"),
    "settling": (Outbox, "_settle"),
    "sent": (OutboxRepository, "sent"),
}
"""Between receiving and confirming, between deciding and answering, between due and sent."""
WHEN = ("before", "after")
COMMITS = ("the commit, before", "the commit, after")


def every_point() -> list[str]:
    return [*(f"{name}, {when}" for name in POINTS for when in WHEN), *COMMITS]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """From the moment the bot is connected on, the first pass of this point is the last."""
    name, _, when = point.rpartition(", ")
    if name == "the commit":
        Database.write = dying_write(Database.write, when)  # type: ignore[method-assign]  # that is the test
    else:
        owner, method = POINTS[name]
        setattr(owner, method, dying(getattr(owner, method), when))


def dying(method: Callable[..., Awaitable[Any]], when: str) -> Callable[..., Awaitable[Any]]:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        result = await method(*args, **kwargs)
        die()
        return result

    return wrapped


def dying_write(write: Any, when: str) -> Any:
    @contextlib.asynccontextmanager
    async def wrapped(self: Database) -> AsyncIterator[Any]:
        async with write(self) as store:
            yield store
            if when == "before":
                die()
        die()

    return wrapped


def live(wanted: dict[str, Any]) -> int:
    """One life; armed when it begins to poll, so that what is met is the way of an event."""
    log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if wanted["point"]:
        poll = Poller.run

        async def polls(self: Poller) -> None:
            arm(wanted["point"])
            await poll(self)

        Poller.run = polls  # type: ignore[method-assign]  # that is the test
    return asyncio.run(run_bot(Config(**wanted["config"])))


def main() -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 70
            try:
                status = live(wanted)
            finally:
                os._exit(status)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
