"""Desk: trains the communities' models, nightly where something changed, and when an admin asks.

One training at a time, whoever asked: each takes as much memory as one may.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.effects import parcel_of
from bot.tasks import Tasks, awaited
from bot.training.beside import Train, train_beside
from bot.training.community import Place, changed, train_community
from bot.training.files import damaged
from bot.training.request import Told, TrainingFailed
from handlers.base import Asker, DirectMessage, Reply
from handlers.base.training import SayTrained
from storage.database import Database
from storage.errors import StorageError
from storage.models import StoredModel

log = structlog.get_logger()
PAUSE = timedelta(hours=6)
"""After the catalogue changed it is trained once in so long: new courses are served meanwhile, too, but by
what they are about alone."""
ENDS_WITHIN = 1.0


class TrainingDesk:
    """Trains, remembers, and tells who asked."""

    def __init__(
        self,
        database: Database,
        house: House,
        place: Place,
        *,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
        train: Train = train_beside,
    ) -> None:
        self._database = database
        self._house = house
        self._place = place
        self._clock = clock
        self._on_parcels = on_parcels
        self._train = train
        self._tasks = Tasks()
        self._one = asyncio.Lock()
        self._waiting: set[int] = set()
        self._working: asyncio.Task[StoredModel] | None = None
        self._ending = False

    async def stop(self) -> None:
        """Break off; what served goes on serving."""
        self._ending = True
        if self._working is not None:
            self._working.cancel()
        await self._tasks.finish(ENDS_WITHIN)

    async def idle(self) -> None:
        """Return when nothing is being done."""
        await self._tasks.idle()

    # When an admin asks

    def begin(self, asker: Asker, space: int | None, say: SayTrained) -> bool:
        """Train the asker's community; False: that is being done already, or waits for its turn."""
        if asker.community in self._waiting:
            return False
        self._waiting.add(asker.community)
        self._tasks.start(self._asked(asker, space, say), "a training")
        return True

    def at_work(self, community_id: int) -> bool:
        """Whether the community's model is being trained, or waits for its turn."""
        return community_id in self._waiting

    async def damaged(self, models: Sequence[StoredModel]) -> frozenset[str]:
        """The versions whose file is gone or is not what was written."""
        if not models:
            return frozenset()
        return await asyncio.to_thread(damaged, self._place.of(models[0].community_id), models)

    async def _asked(self, asker: Asker, space: int | None, say: SayTrained) -> None:
        made, reason = None, ""
        try:
            made = await self._trained(asker.community)
        except TrainingFailed as error:
            reason = error.kind
        except StorageError:
            reason = "database"
        if self._ending:
            return
        reply = say(self._house.texts(asker.language), made, reason)
        await self._tell(asker, reply if space is None else reply.about(space))

    # By the clock

    async def nightly(self) -> None:
        """Train each community where anything changed since its last training, one after another."""
        await self._round(lambda done, catalogue, _last: done or catalogue)

    async def look_round(self) -> None:
        """Train where the catalogue changed, if the last training was not just now."""
        before = self._clock() - PAUSE
        await self._round(lambda _done, catalogue, last: catalogue and last is not None and last <= before)

    async def _round(self, wanted: Callable[[bool, bool, datetime | None], bool]) -> None:
        async with self._database.read() as store:
            communities = [each.id for each in await store.communities.all() if each.set_up_at]
        for community in communities:
            if self._ending:
                return
            try:
                async with self._database.read() as store:
                    last = await store.models.last(community, 1)
                    worth = bool(await store.courses.all(community))
                if worth and wanted(
                    *await changed(self._database, community), last[0].made_at if last else None
                ):
                    await self._by_clock(community)
            except StorageError as error:
                log.warning("a model could not be trained", community=community, reason=error.sentence)

    async def _by_clock(self, community: int) -> None:
        if community in self._waiting:
            return
        self._waiting.add(community)
        try:
            await self._trained(community)
        except TrainingFailed:
            return  # it is logged, and what served goes on

    async def _trained(self, community: int) -> StoredModel:
        """Raises TrainingFailed and StorageError."""
        try:
            async with self._one:
                if self._ending:
                    raise TrainingFailed("process", "Homeroom ends")
                self._working = awaited(
                    train_community(
                        self._database,
                        community,
                        self._place,
                        clock=self._clock,
                        train=self._train,
                        told=_unheard,
                    ),
                    "training",
                )
                try:
                    made = await self._working
                except asyncio.CancelledError:
                    if not self._ending:
                        raise
                    raise TrainingFailed("process", "Homeroom ends") from None
                finally:
                    self._working = None
        except TrainingFailed as error:
            log.warning("a model could not be trained", community=community, reason=str(error))
            raise
        finally:
            self._waiting.discard(community)
        log.info("a model was trained", community=community, version=made.version, state=made.state)
        return made

    async def _tell(self, asker: Asker, reply: Reply) -> None:
        told = DirectMessage(
            key=f"training:{secrets.token_hex(4)}",
            platform=asker.platform,
            account=asker.account,
            reply=reply,
        )
        async with self._database.write() as store:
            await store.outbox.add([parcel_of(told, asker.community, self._clock())])
        self._on_parcels()


_unheard: Told = lambda _share, _sentence: None  # noqa: E731
