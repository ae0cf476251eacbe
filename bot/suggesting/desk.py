"""Desk: keeps what suggests in each community, answers from it, and writes to those whose hour it is."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.batch import House
from bot.clock import Clock, utc_now
from bot.encoding import Encoding
from bot.platforms import Adapter
from bot.suggesting.pushing import Push, write_to
from bot.tasks import Tasks
from handlers.base import Letter, Picked, Pushing, Serving, Terms, Wanted
from storage.database import Database
from storage.errors import StorageError
from storage.store import Store
from storage.values import Community, Member

if TYPE_CHECKING:
    import numpy as np

    from bot.suggesting.answering import Known
    from bot.suggesting.listening import Listener
    from bot.suggesting.shelves import Loaded

# The arithmetic is loaded where something is suggested first: 25 MB that not every school needs.
log = structlog.get_logger()
HEEDED = timedelta(minutes=10)
"""So often it is counted anew what came of showing new courses."""
KEPT = 50
FEW = 3_000
"""With more courses than these an answer is worked out in a thread."""


class SuggestingDesk:
    """Satisfies handlers.base.Suggesting."""

    def __init__(
        self,
        database: Database,
        house: House,
        adapters: Mapping[str, Adapter],
        folder: Path,
        *,
        encoding: Encoding | None = None,
        clock: Clock = utc_now,
        on_parcels: Callable[[], None] = lambda: None,
        seed: int | None = None,
    ) -> None:
        """`folder`: where the models are, in a folder a community."""
        self._database = database
        self._house = house
        self._adapters = adapters
        self._folder = folder
        self._clock = clock
        self._on_parcels = on_parcels
        self._seed = seed
        self._loaded: dict[int, Loaded] = {}
        self._heeded: dict[int, datetime] = {}
        self._making: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._encoding = encoding
        self._tasks = Tasks()

    async def stop(self) -> None:
        """What is being done beside is let go; nothing is half done by it."""
        await self._tasks.cancel()
        if "_listener" in self.__dict__:
            await self._listener.stop()

    async def idle(self) -> None:
        """Until nothing is done beside."""
        await self._tasks.idle()

    @cached_property
    def _rng(self) -> np.random.Generator:
        import numpy as np

        return np.random.default_rng(self._seed)

    @cached_property
    def _listener(self) -> Listener:
        from bot.suggesting.listening import Listener

        return Listener(self._encoding)

    # Before the transaction

    async def ready(self, community_id: int, member_id: int) -> None:
        """Bring up to date what suggests to a member, outside of any transaction."""
        await _load()
        from bot.suggesting.listening import POSTS

        loaded = await self._fresh(community_id)
        async with self._database.read() as store:
            wishes = (await store.suggestions.wishes(community_id, [member_id])).get(member_id)
            if wishes is None or not wishes.reads or not await _may(store, community_id, member_id):
                self._listener.forget(community_id, member_id)
                return
            posts = await store.suggestions.last_texts(member_id, POSTS)
        await self._listener.listen(loaded, community_id, member_id, posts)

    async def _fresh(self, community_id: int) -> Loaded:
        """The shelf as it is to be now. Made in a thread, put in its place whole."""
        from bot.suggesting.shelves import make, sign_of, snapshot_of

        async with self._making[community_id]:
            now, known = self._clock(), self._loaded.get(community_id)
            async with self._database.read() as store:
                sign = await sign_of(store, community_id, now)
                if known is not None and known.sign == sign and not known.is_over(now):
                    await self._heed(store, community_id, known, now)
                    return known
                snapshot = await snapshot_of(store, community_id, now)
            loaded = await asyncio.to_thread(make, snapshot, self._folder, known)
            self._keep(community_id, loaded)
            self._heeded[community_id] = now
            return loaded

    def _keep(self, community_id: int, loaded: Loaded) -> None:
        """Of very many communities, those that were made last stay in memory."""
        self._loaded.pop(community_id, None)
        self._loaded[community_id] = loaded
        while len(self._loaded) > KEPT:
            del self._loaded[next(iter(self._loaded))]

    async def _heed(self, store: Store, community_id: int, loaded: Loaded, now: datetime) -> None:
        """New courses are shown by what came of showing them until a moment ago."""
        from bot.suggesting.shelves import answered
        from recsys.suggestions.lanes import Lane

        if loaded.shelf.new is not None and now - self._heeded.get(community_id, loaded.at) >= HEEDED:
            loaded.shelf.heed(answered(await store.suggestions.answers(community_id, Lane.NEW)))
            self._heeded[community_id] = now

    # In the transaction

    async def pick(
        self,
        store: Store,
        community: Community,
        member: Member,
        wanted: Wanted,
        terms: Terms,
        now: datetime,
    ) -> Picked:
        """What a member could take next, the best first; nothing for who opted out."""
        from bot.suggesting.answering import known_of
        from bot.suggesting.shelves import make, snapshot_of

        if not await _may(store, community.id, member.id):
            return Picked()
        loaded = self._loaded.get(community.id)
        if loaded is None:  # whoever asks has made nothing ready
            snapshot = await snapshot_of(store, community.id, now)
            loaded = await asyncio.to_thread(make, snapshot, self._folder, None)
            self._keep(community.id, loaded)
        known = await known_of(store, community, member, terms, now)
        return await self._pick(loaded, known, wanted, terms, now)

    async def _pick(
        self, loaded: Loaded, known: Known, wanted: Wanted, terms: Terms, now: datetime
    ) -> Picked:
        from bot.suggesting.answering import pick

        member = known.member
        said = self._listener.said(member.community_id, member.id) if known.wishes.reads else None
        if len(loaded.catalogue.ids) <= FEW:
            return pick(loaded, known, wanted, terms, said, self._rng, now)
        return await asyncio.to_thread(pick, loaded, known, wanted, terms, said, self._rng, now)

    def serving(self, community_id: int) -> Serving | None:
        """What serves; None: nothing was asked for since the start."""
        loaded = self._loaded.get(community_id)
        if loaded is None:
            return None
        published = sum(each.state == "published" for each in loaded.catalogue.courses.values())
        return Serving(loaded.version, loaded.at, published, loaded.trouble)

    # Beside

    def push(self, community_id: int, terms: Terms, pushing: Pushing, letter: Letter) -> None:
        """Write to those whose hour it is, beside; nobody gets it twice."""
        self._tasks.start(self._push(community_id, terms, pushing, letter), "suggestions")

    async def _push(self, community_id: int, terms: Terms, pushing: Pushing, letter: Letter) -> None:
        """Read and choose first, then write to one at a time, so that others are served in between."""
        from bot.suggesting.answering import known_of

        await _load()
        now = self._clock()
        must_start = {name for name, each in self._adapters.items() if each.health.must_start}
        push = Push(pushing, terms, now, frozenset(self._adapters), frozenset(must_start))
        try:
            async with self._database.write() as store:
                await store.suggestions.note_enrolments(community_id, now)
            async with self._database.read() as store:
                community = await store.communities.get(community_id)
                if community is None:
                    return
                due = await push.due(store, community)
            loaded = await self._fresh(community_id) if due else None
            if loaded is None:
                return
            for addressee in due:
                await self.ready(community_id, addressee.member.id)
                async with self._database.read() as store:
                    known = await known_of(store, community, addressee.member, terms, now)
                picked = await self._pick(loaded, known, Wanted(way="pushed", count=1), terms, now)
                if not picked.picks or not picked.sure:
                    continue
                async with self._database.write() as store:
                    written = await write_to(store, self._house, community, addressee, picked, push, letter)
                if written:
                    self._on_parcels()
        except StorageError as error:
            log.warning("nobody was written to", reason=error.sentence)


async def _load() -> None:
    """Load the arithmetic, which takes a third of a second, in a thread; afterwards it is there."""
    await asyncio.to_thread(import_module, "bot.suggesting.listening")


async def _may(store: Store, community_id: int, member_id: int) -> bool:
    return member_id in await store.privacy.may_profile(community_id, [member_id])
