"""Encoding: the encoder in a thread of its own, there while it is needed.

It is loaded when a text is first to be encoded, takes together what has piled up, and is let go when nobody
has asked for some minutes: on a small server its memory is worth more than the second it takes to load.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.tasks import Tasks
from recsys.encoders import BUILTIN, CUT, Encoder, EncoderError, load_encoder

if TYPE_CHECKING:
    from recsys.encoders import Floats

Load = Callable[[str], Encoder]
T = TypeVar("T")
log = structlog.get_logger()
IDLE_SECONDS = 600.0
AT_ONCE = 8_000
"""Characters that are encoded in one go, a third of a second at most: who comes then waits no longer."""


@dataclass(slots=True, eq=False)
class _Job:
    """Texts that somebody waits for."""

    texts: Sequence[str]
    done: asyncio.Future[Floats]
    parts: list[Floats] = field(default_factory=list)
    taken: int = 0

    @property
    def left(self) -> int:
        return len(self.texts) - self.taken


class Encoding:
    """Turns texts into vectors without holding up the loop. One for the whole process."""

    def __init__(
        self,
        name: str = BUILTIN,
        *,
        load: Load = load_encoder,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.name = name
        """Vectors of one name can be compared with each other, and with no others."""
        self._load = load
        self._idle_seconds = idle_seconds
        self._thread = ThreadPoolExecutor(1, "encoder")
        self._encoder: Encoder | None = None
        self._broken: EncoderError | None = None
        self._waiting: list[_Job] = []
        self._tasks = Tasks()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._kept = False

    @property
    def loaded(self) -> bool:
        """Whether it takes memory now."""
        return self._encoder is not None

    @property
    def broken(self) -> str | None:
        """Why it cannot be had, if it was tried in vain."""
        return str(self._broken) if self._broken else None

    async def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 [texts x dimensions]. A few texts come before many. Raises EncoderError.

        A model that could not be loaded once is not tried again before the next start.
        """
        if self._broken is not None:
            raise self._broken
        if self._stopped:
            raise EncoderError("The encoder has ended with the process.")
        job = _Job(list(texts), asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if len(self._waiting) == 1:
            self._tasks.start(self._work(), "encoding")
        return await job.done

    async def use(self, work: Callable[[Encoder], T]) -> T:
        """Do something with the encoder in its thread, before other texts are begun. Raises EncoderError."""
        if self._broken is not None:
            raise self._broken
        if self._stopped:
            raise EncoderError("The encoder has ended with the process.")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: work(self._there()))
        except EncoderError as error:
            self._give_up(error)
            raise
        finally:
            self._rest_later()

    def keep(self, kept: bool) -> None:
        """Whether it stays loaded although nobody asks: who needs it needs it at once."""
        self._kept = kept
        self._rest_later()

    async def stop(self) -> None:
        """What waits is told that nothing comes; what is being encoded is let go."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.cancel()
        self._fail(EncoderError("The encoder has ended with the process."))
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._encoder = None

    async def _work(self) -> None:
        """Until nothing waits."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        try:
            while self._waiting:
                share = _share(self._waiting)
                texts = [text for job, count in share for text in job.texts[job.taken : job.taken + count]]
                found = await loop.run_in_executor(self._thread, self._encode, texts)
                _give(share, found)
                self._waiting = [job for job in self._waiting if not job.done.done()]
        except EncoderError as error:
            self._give_up(error)
            self._fail(error)
        except Exception as error:
            self._fail(EncoderError("The encoder failed."))
            log.error("the encoder failed", exc_info=error)
        self._rest_later()

    def _encode(self, texts: Sequence[str]) -> Floats:
        """In the thread."""
        return self._there().encode(texts)

    def _there(self) -> Encoder:
        """In the thread."""
        if self._encoder is None:
            self._encoder = self._load(self.name)
            log.info("the encoder is loaded", encoder=self.name)
        return self._encoder

    def _give_up(self, error: EncoderError) -> None:
        self._broken = error
        log.warning("there is no encoder", reason=str(error))

    def _fail(self, error: EncoderError) -> None:
        for job in self._waiting:
            if not job.done.done():
                job.done.set_exception(error)
        self._waiting = []

    def _rest_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    def _let_go(self) -> None:
        if self._kept:
            return
        if self._encoder is not None and not self._waiting:
            self._encoder = None
            self._thread.submit(gc.collect)
            log.info("the encoder rests", encoder=self.name)


def _share(waiting: Sequence[_Job]) -> list[tuple[_Job, int]]:
    """How many texts of each job are encoded next: the shortest jobs first, at least one text."""
    share: list[tuple[_Job, int]] = []
    room = AT_ONCE
    for job in sorted(waiting, key=lambda job: job.left):
        count = 0
        for text in job.texts[job.taken :]:
            if room <= 0:
                break
            room -= min(len(text), CUT) + 1
            count += 1
        if count or not job.texts:
            share.append((job, count))
    return share


def _give(share: Sequence[tuple[_Job, int]], found: Floats) -> None:
    """Hand out what was encoded, in the order in which it was taken."""
    start = 0
    for job, count in share:
        job.parts.append(found[start : start + count])
        job.taken += count
        start += count
        if not job.left and not job.done.done():
            job.done.set_result(_whole(job.parts))


def _whole(parts: Sequence[Floats]) -> Floats:
    import numpy as np  # it is there by now: the encoder needs it

    return np.concatenate(parts)
