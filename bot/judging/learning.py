"""Learning: within seconds of a decision a community's judge has learned from it, and its posts are read so.

Everything is found in what is stored, so that a crash loses nothing: decided posts of which no label was kept
yet, and verdicts that are not those of the head that serves.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.judging.desk import JudgingDesk
from bot.tasks import Tasks
from recsys.encoders import EncoderError
from recsys.quality.floods import mark
from storage.database import Database
from storage.errors import StorageError
from storage.heads import StoredHead
from storage.labels import Unlabelled

if TYPE_CHECKING:
    from bot.judging.desk import Learned
    from bot.judging.refit import Refit

log = structlog.get_logger()
FOLDER: Final = "heads"
ENDING: Final = ".npz"
LOOK_SECONDS: Final = 3.0
"""What is decided within so long is learned at once."""
REST: Final = 5.0
"""A refit is followed by a pause of so many times what it took: it must not take the machine from others."""
ASK_SECONDS: Final = 1800.0
NOTHING: Final = ""
AT_ONCE: Final = 32
"""Posts that labels are made of in one go: others wait for the encoder as long."""
WHOLE_PAST: Final = timedelta(days=3_650)
HALF: Final = 0.5
"""What a label counts that no expert gave to this very post: it was decided with others of its flood."""


class LearningDesk:
    """Makes labels of what was decided, refits, and lets what is no worse serve."""

    def __init__(
        self,
        database: Database,
        house: House,
        folder: Path,
        judging: JudgingDesk,
        *,
        clock: Clock = utc_now,
        look_seconds: float = LOOK_SECONDS,
        ask_seconds: float = ASK_SECONDS,
    ) -> None:
        """`folder`: the data folder; each community's heads are in a folder of it."""
        self._database = database
        self._house = house
        self._folder = folder / FOLDER
        self._judging = judging
        self._clock = clock
        self._look_seconds = look_seconds
        self._ask_seconds = ask_seconds
        self._seen: dict[int, str] = {}
        self._rests_until: dict[int, float] = {}
        self._tasks = Tasks()

    def start(self) -> None:
        """From now on."""
        self._tasks.start(self._attend(), "learning from verdicts")
        self._tasks.start(self._ask(), "asking experts")

    async def stop(self) -> None:
        """Break off; what served goes on serving."""
        await self._tasks.cancel()

    async def _attend(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_seconds)

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(self._ask_seconds)
            if self._judging.judge is None:
                continue
            from bot.judging.asking import ask_experts

            try:
                await ask_experts(self._database, self._house, self._judging, self._clock())
            except (StorageError, EncoderError) as error:
                log.warning("experts were not asked", reason=str(error))

    async def look(self) -> None:
        """Learn where something was decided or taken back. Raises nothing that others can mend."""
        try:
            async with self._database.read() as store:
                marks = await store.labels.marks()
            # Where everything was taken back or forgotten there is nothing to learn from any more.
            for community, present in (dict.fromkeys(self._seen, NOTHING) | marks).items():
                rested = time.monotonic() >= self._rests_until.get(community, 0.0)
                if rested and self._seen.get(community) != present and self._judging.judge is not None:
                    await self._learn(community, present)
        except StorageError as error:
            log.warning("nothing could be learned", reason=error.sentence)
        except EncoderError as error:
            log.warning("decided posts could not be looked at", reason=str(error))

    # What serves

    async def bring(self, community_id: int) -> Learned | None:
        """What serves a community; None: nothing does, or its file cannot be used, and posts are read as
        shipped."""
        judge = self._judging.judge
        async with self._database.read() as store:
            row = await store.heads.serving(community_id)
        if row is None or judge is None:
            return None
        from recsys.quality.saved import SavedError, correction_of

        try:
            found = await asyncio.to_thread(_file_of, self._folder / str(community_id), row)
            return correction_of(found, judge), row.version
        except (SavedError, OSError) as error:
            log.warning("what was learned cannot be used: posts are read as shipped", reason=str(error))
            self._seen.pop(community_id, None)
            return None

    # A community

    async def _learn(self, community_id: int, present: str) -> None:
        from bot.judging.refit import Serving, refit

        judge = self._judging.judge
        assert judge is not None
        if not await self._label(community_id):
            return
        async with self._database.read() as store:
            last = await store.heads.last(community_id, 1)
            serves = await store.heads.serving(community_id)
            rows = await store.labels.of(community_id, judge.encoder)
            said = await store.committee.said(community_id, self._clock() - WHOLE_PAST)
        known = await self.bring(community_id)
        usable = serves is None or known is not None
        if (
            last
            and usable
            and (last[0].figures.get("of"), last[0].figures.get("judge")) == (present, judge.version)
        ):
            self._swap(community_id, known)
            self._seen[community_id] = present
            return
        begun = time.monotonic()
        serving = Serving(known[0], serves.made_at) if known and serves else None
        found = await asyncio.to_thread(refit, judge, rows, said, serving)
        took = time.monotonic() - begun
        self._rests_until[community_id] = time.monotonic() + REST * took
        if found is not None:
            known = await self._keep(community_id, present, found, took) or known
        elif serves is not None:
            known = None
            async with self._database.write() as store:
                await store.heads.retire(community_id)
        self._swap(community_id, known)
        self._seen[community_id] = present

    def _swap(self, community_id: int, known: Learned | None) -> None:
        correction, version = known or (None, "")
        self._judging.serve(community_id, correction, version)

    async def _label(self, community_id: int) -> bool:
        """Make the labels that are missing; False: the judge is not there yet. Raises EncoderError."""
        judge = self._judging.judge
        assert judge is not None
        while True:
            async with self._database.read() as store:
                rows = await store.labels.missing(community_id, AT_ONCE)
            if not rows:
                return True
            looks = await self._judging.looks([row.text for row in rows])
            if looks is None:
                return False
            labels = [_row(row, looks.packed(place), judge.encoder) for place, row in enumerate(rows)]
            async with self._database.write() as store:
                await store.labels.put(labels)

    async def _keep(self, community_id: int, present: str, found: Refit, took: float) -> Learned | None:
        """Remember what was learned; what is to serve, if it is this."""
        from recsys.quality.saved import correction_bytes

        judge = self._judging.judge
        assert judge is not None
        folder, now = self._folder / str(community_id), self._clock()
        async with self._database.read() as store:
            version = await store.heads.free_version(community_id, f"{now:%Y%m%d-%H%M%S}")
        file, sha256 = "", ""
        if not found.worse:
            file = f"{version}{ENDING}"
            content = await asyncio.to_thread(correction_bytes, found.correction, judge)
            sha256 = await asyncio.to_thread(_write, folder, file, content)
        async with self._database.write() as store:
            await store.heads.add(
                community_id,
                version,
                "refused" if found.worse else "serves",
                labels=found.labels,
                figures={**found.figures, "of": present, "seconds": round(took, 2)},
                file=file,
                sha256=sha256,
                now=now,
            )
            gone = await store.heads.prune(community_id)
        await asyncio.to_thread(_delete, folder, gone)
        log.info(
            "verdicts were learned from",
            community=community_id, version=version, labels=found.labels, served=not found.worse,
        )  # fmt: skip
        return None if found.worse else (found.correction, version)


def _row(row: Unlabelled, features: bytes, encoder: str) -> dict[str, Any]:
    likeness = blake2b(mark(row.text)[:40].encode("utf-8", "replace"), digest_size=8).hexdigest()
    return {
        "case_id": row.case_id,
        "space_id": row.space_id,
        "account_id": row.account_id,
        "outcome": row.outcome,
        "weight": 1.0 if row.verdicts else HALF,
        "encoder": encoder,
        "mark": likeness,
        "features": features,
        "at": row.decided_at,
    }


def _file_of(folder: Path, row: StoredHead) -> bytes:
    """Raises SavedError and OSError."""
    from recsys.quality.saved import SavedError

    found = (folder / row.file).read_bytes()
    if hashlib.sha256(found).hexdigest() != row.sha256:
        raise SavedError("The file of what was learned is damaged. It is learned again.")
    return found


def _write(folder: Path, file: str, content: bytes) -> str:
    """Whole or not at all; returns its checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{file}.part"
    half.write_bytes(content)
    half.replace(folder / file)
    return hashlib.sha256(content).hexdigest()


def _delete(folder: Path, files: Sequence[str]) -> None:
    for file in files:
        (folder / file).unlink(missing_ok=True)
