"""Tasks: background work that is held on to, logged when it fails, and ended with the process."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.platforms import Refused

log = structlog.get_logger()


def awaited(work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """A task that its caller holds and waits for: what ends it is said once, by whoever waits."""
    return asyncio.create_task(work, name=name)


class Tasks:
    """The background tasks of one owner."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run it beside; its failure is logged, and its result can be awaited."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        # What a person must mend is a sentence, said once by whoever waits for the task.
        if error is not None and not isinstance(error, Refused):
            log.error("a background task failed", task=task.get_name(), exc_info=error)

    async def finish(self, within: float) -> None:
        """Let what runs end by itself for that many seconds, then cancel the rest."""
        if self._running:
            await asyncio.wait(self._running, timeout=within)
        await self.cancel()

    async def cancel(self) -> None:
        """End everything now."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def idle(self) -> None:
        """Return when nothing runs any more, what was started meanwhile included."""
        while self._running:
            await asyncio.wait(set(self._running))
