"""Beside: a training in a process of its own, so that nothing waits for it, and what it loads goes with it.

It is told on its input what to do, as nobody else may read the database's address; it says line by line how
far it is, and leaves its answer in a folder. Being nice, it takes only what others leave.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.training.request import (
    Answer,
    Request,
    Told,
    TrainingFailed,
    answer_of,
    answer_to_text,
    request_of,
    request_to_text,
)

Train = Callable[[Request, Told], Coroutine[Any, Any, Answer]]
LONGEST = 6 * 3600
"""Seconds after which it is ended."""
NICENESS = 15
FAILED = 3
ANSWER, REASON = "answer.json", "reason.json"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""More would take memory each, and what others leave of the processors is little."""


async def train_beside(request: Request, told: Told) -> Answer:
    """Have it done by another process. Raises TrainingFailed; ends the process when it is cancelled."""
    with TemporaryDirectory(prefix="homeroom-training-") as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.training",
            folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **ONE_THREAD},
        )
        try:
            async with asyncio.timeout(LONGEST):
                _, error = await asyncio.gather(_follow(child, request, told), _last_line(child))
                await child.wait()
        except TimeoutError as late:
            raise TrainingFailed("process", f"it took longer than {LONGEST} s") from late
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        return await asyncio.to_thread(_outcome, Path(folder), child.returncode, error)


async def _follow(child: asyncio.subprocess.Process, request: Request, told: Told) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended already; how, is said below
        child.stdin.write(request_to_text(request).encode())
        await child.stdin.drain()
        child.stdin.close()
    async for line in child.stdout:
        share, _, sentence = line.decode(errors="replace").strip().partition("\t")
        with suppress(ValueError):
            told(float(share), sentence)


async def _last_line(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    last = ""
    async for line in child.stderr:
        last = line.decode(errors="replace").strip() or last
    return last


def _outcome(folder: Path, status: int | None, error: str) -> Answer:
    if status == 0:
        return answer_of((folder / ANSWER).read_bytes())
    if status == FAILED:
        raise TrainingFailed(**json.loads((folder / REASON).read_text(encoding="utf-8")))
    if status in (-9, 137):
        raise TrainingFailed("memory", "it was ended by the system, most likely for want of memory")
    kind = error.partition(":")[0]  # the rest may name people
    raise TrainingFailed("process", kind or f"the process ended with {status}")


def main(arguments: list[str]) -> int:
    """The other process, which alone loads what training needs."""
    from bot.training.work import train_here

    if hasattr(os, "nice"):
        os.nice(NICENESS)
    folder, request = Path(arguments[0]), request_of(sys.stdin.read())

    def told(share: float, sentence: str) -> None:
        sys.stdout.write(f"{share:.4f}\t{sentence}\n")
        sys.stdout.flush()

    try:
        answer = asyncio.run(train_here(request, told))
    except TrainingFailed as failed:
        reason = json.dumps({"kind": failed.kind, "sentence": str(failed)})
        (folder / REASON).write_text(reason, encoding="utf-8")
        return FAILED
    (folder / ANSWER).write_text(answer_to_text(answer), encoding="utf-8")
    return 0
