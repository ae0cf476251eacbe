"""Community: train one community's model, remember it, and let it serve if it may."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import Clock, utc_now
from bot.training import files
from bot.training.beside import Train, train_beside
from bot.training.request import Answer, Request, Told
from storage.database import Database
from storage.interactions import Traces
from storage.models import NewModel, StoredModel


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are kept, and what a training may take."""

    data_folder: Path
    seconds: float
    """Processor time, about."""
    megabytes: float
    """Memory that one part may take."""

    def of(self, community_id: int) -> Path:
        """A community's folder of models."""
        return files.folder_of(self.data_folder, community_id)


async def train_community(
    database: Database,
    community_id: int,
    place: Place,
    *,
    clock: Clock = utc_now,
    train: Train = train_beside,
    told: Told = lambda _share, _sentence: None,
) -> StoredModel:
    """The new model, as it is remembered: it serves, or it is refused, or, where an admin chose another
    meanwhile, it is kept. Raises TrainingFailed and StorageError; then everything is as before.
    """
    folder = place.of(community_id)
    async with database.read() as store:
        serving = await store.models.serving(community_id)
        version = await store.models.free_version(community_id, f"{clock():%Y%m%d-%H%M%S}")
    answer = await train(
        Request(
            url=database.url.render_as_string(hide_password=False),
            community=community_id,
            folder=folder,
            version=version,
            serving=serving.file if serving else "",
            seconds=place.seconds,
            megabytes=place.megabytes,
        ),
        told,
    )
    async with database.write() as store:
        now = clock()
        made = await store.models.add(
            community_id, _new(version, answer), "refused" if answer.worse_than else "kept", now=now
        )
        present = await store.models.serving(community_id)
        if not answer.worse_than and (present.version if present else "") == (
            serving.version if serving else ""
        ):
            await store.models.serve(community_id, version, now=now)
        gone = await store.models.prune(community_id)
        kept = await store.models.kept(community_id)
    await asyncio.to_thread(files.tidy, folder, gone, [row.file for row in kept], time.time())
    return next((row for row in kept if row.id == made.id), made)


async def changed(database: Database, community_id: int) -> tuple[bool, bool]:
    """Whether anything was done since the last training, and whether the catalogue is another."""
    async with database.read() as store:
        there = await store.interactions.traces(community_id)
        last = await store.models.last(community_id, 1)
    if not last:
        return True, True
    known = Traces(**last[0].parameters.get("traces", {"done": "", "catalogue": ""}))
    return there.done != known.done, there.catalogue != known.catalogue


def _new(version: str, answer: Answer) -> NewModel:
    return NewModel(
        version=version,
        data_from=_moment(answer.data_from),
        data_until=_moment(answer.data_until),
        events=answer.events,
        members=answer.members,
        courses=answer.courses,
        parameters=answer.parameters,
        figures=answer.figures,
        skipped=answer.skipped,
        file=answer.file,
        sha256=answer.sha256,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
