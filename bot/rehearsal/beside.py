"""Beside: a rehearsal in a process of its own, so that posts and commands are not slowed.

It is told on its input what to do, as nobody else may read the database's address, and leaves its answer in
the folder it was given. Being nice, it takes only what others leave.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bot.rehearsal.rehearse import rehearse
from bot.rehearsal.request import (
    Request,
    rehearsed_of,
    rehearsed_to_text,
    request_of,
    request_to_text,
    write_planned,
)
from bot.settings_book import installation_settings
from handlers import FEATURES
from handlers.base.rehearsal import Rehearsed
from storage.errors import StorageError
from storage.scratch import open_to_read

Rehearse = Callable[[Request], Coroutine[Any, Any, Rehearsed]]
LONGEST = 30 * 60
"""Seconds after which it is ended."""
NICENESS = 10
NO_DATABASE = 3
ANSWER, REASON = "rehearsed.json", "reason.txt"


class RehearsalFailed(Exception):
    """It came to no end; the sentence says why, for the log."""


async def rehearse_beside(request: Request) -> Rehearsed:
    """Have it done by another process. Raises RehearsalFailed; ends the process when it is cancelled."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.rehearsal",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST):
            _, err = await child.communicate(request_to_text(request).encode())
    except TimeoutError as error:
        raise RehearsalFailed(f"it took longer than {LONGEST} s") from error
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode == 0:
        return rehearsed_of(await asyncio.to_thread((request.folder / ANSWER).read_bytes))
    if child.returncode == NO_DATABASE:
        raise RehearsalFailed(await asyncio.to_thread((request.folder / REASON).read_text))
    last = err.decode(errors="replace").strip().rpartition("\n")[2]
    kind = last.partition(":")[0]  # the rest may name people
    raise RehearsalFailed(kind or f"the process ended with {child.returncode}")


async def rehearse_here(request: Request) -> Rehearsed:
    """Do it in this process. Raises StorageError."""
    database = await open_to_read(request.url)
    try:
        found = await rehearse(
            database,
            installation_settings(FEATURES, request.base),
            request.community,
            request.since,
            request.overlay,
            now=request.now,
            folder=request.folder,
        )
    finally:
        await database.close()
    if request.corrections is not None:
        await asyncio.to_thread(write_planned, found.corrections, request.corrections)
    return found.rehearsed


def main() -> int:
    """The other process."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    request = request_of(sys.stdin.read())
    try:
        rehearsed = asyncio.run(rehearse_here(request))
    except StorageError as error:
        (request.folder / REASON).write_text(str(error), encoding="utf-8")
        return NO_DATABASE
    (request.folder / ANSWER).write_text(rehearsed_to_text(rehearsed), encoding="utf-8")
    return 0
