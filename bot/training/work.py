"""Work: one training from beginning to end, here and now: read, learn, compare, save."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.training.files import ENDING, sha256_of
from bot.training.request import Answer, Request, Told, TrainingFailed
from bot.training.rows import Rows, read_rows
from recsys.suggestions.fit import Budget
from recsys.suggestions.saved import SavedError, load, save
from recsys.suggestions.training import Learned, Serving, learn
from storage.errors import StorageError
from storage.scratch import open_to_read


async def train_here(request: Request, told: Told) -> Answer:
    """Do it in this process. Raises TrainingFailed."""
    told(0.0, "Reading what members did")
    try:
        database = await open_to_read(request.url)
        try:
            rows = await read_rows(database, request.community)
        finally:
            await database.close()
    except StorageError as error:
        raise TrainingFailed("database", error.sentence) from error
    if not rows.path:
        raise TrainingFailed("nothing", "There is no published course yet.")
    return await asyncio.to_thread(_learned, request, rows, told)


def _learned(request: Request, rows: Rows, told: Told) -> Answer:
    try:
        found = learn(
            rows.log,
            rows.texts,
            rows.open_,
            Budget(request.seconds, request.megabytes),
            path=rows.path,
            serving=_serving(request),
            seed=request.seed,
            told=told,
        )
    except MemoryError as error:
        raise TrainingFailed("memory", "The machine has too little memory for it.") from error
    file, sha256 = f"{request.version}{ENDING}", ""
    if not found.worse_than:
        try:
            request.folder.mkdir(parents=True, exist_ok=True)
            save(found.model, request.folder / file, request.version, found.new)
            sha256 = sha256_of(request.folder / file)
        except OSError as error:
            raise TrainingFailed("disk", f"The model cannot be written: {error.strerror}.") from error
    told(1.0, "Done")
    return _answer(request, rows, found, file if sha256 else "", sha256)


def _serving(request: Request) -> Serving | None:
    """None: nothing serves, or it cannot be read; then there is nothing to lose."""
    if not request.serving:
        return None
    try:
        model = load(request.folder / request.serving).model
    except SavedError:
        return None
    return Serving(model, model.span[1] if model.span else None)


def _answer(request: Request, rows: Rows, found: Learned, file: str, sha256: str) -> Answer:
    model, log = found.model, rows.log
    weights = {name: round(weight, 3) for name, weight in model.weights.items() if weight}
    parameters: dict[str, Any] = {
        "weights": weights,
        "settings": dict(model.settings),
        "seconds": dict(model.seconds),
        "budget": {"seconds": request.seconds, "megabytes": request.megabytes},
        "seed": request.seed,
        "traces": asdict(rows.traces),
        "new": len(found.new.new) if found.new else 0,
        "memory_mb": _most_memory(),
    }
    quality = {name: round(value, 4) for name, value in model.quality.items()}
    return Answer(
        worse_than=found.worse_than,
        events=rows.events,
        members=len(log.users),
        courses=int(rows.open_.sum()),
        data_from=model.span[0] if model.span else None,
        data_until=model.span[1] if model.span else None,
        parameters=parameters,
        figures=found.compared.report() | {"held_out": quality, "worse_than": list(found.worse_than)},
        skipped=[skip.plain() for skip in model.skipped],
        file=file,
        sha256=sha256,
    )


def _most_memory() -> int:
    """Megabytes that this process held at most; 0 where that cannot be asked."""
    if sys.platform == "win32":
        return 0
    status = Path("/proc/self/status")
    if status.exists():  # the other way counts what the process that began this one held, too
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii", errors="replace"), re.M)
        if found:
            return round(int(found[1]) / 1e3)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3))
