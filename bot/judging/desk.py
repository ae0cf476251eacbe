"""Desk: readings of the posts that the dispatcher is about to write; it never waits long for them.

The arithmetic is loaded when a community wants its posts read: elsewhere the bot stays small.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import structlog

from bot.batch import House
from bot.encoding import Encoding, Load
from bot.meters import BATCH_SECONDS, Meter
from bot.tasks import Tasks
from handlers.base import Author, Edited, Event, Mark, Posted, Reading, Readings, mark_of
from handlers.quality.settings import Settings
from recsys.encoders import EncoderError, load_encoder
from storage.batches import BatchRepository
from storage.database import Database
from storage.errors import StorageError
from storage.scores import ENOUGH_VERDICTS
from storage.store import Store
from storage.values import Community, Space

if TYPE_CHECKING:
    from bot.judging.grounds import Ground
    from bot.judging.worker import Wanted, Worker
    from recsys.quality.heads import Correction
    from recsys.quality.judge import Judge
    from recsys.quality.kinds import Floats
    from recsys.quality.looks import Looks

    Learned = tuple[Correction, str]
    Bring = Callable[[int], Awaitable[Learned | None]]

log = structlog.get_logger()
PATIENCE: Final = 1.0
"""Seconds that a batch waits for its readings at most; what is not read by then goes on without."""
HASTE: Final = 0.35
"""Seconds for a batch whose posts have waited long already: enough on a core of one's own, and where others
take theirs, posts and commands go on."""
FRESH: Final = 30.0
"""Seconds after which it is looked again what is usual in a space, and what was removed."""
AROUND: Final = 600.0
"""Seconds after which it is looked again whether anybody wants the judge."""
USUAL_TEXTS: Final = 600
SPACES: Final = 500
"""So many spaces are known at once."""
TOPICS_AGE: Final = 6 * 3600.0

State = Literal["off", "loading", "reads", "broken"]


@dataclass(slots=True)
class Counts:
    """What was read since the start."""

    read: int = 0
    unread: int = 0
    """Posts that were to be read and went on without, as it took too long or nothing was loaded yet."""
    flagged: Counter[str] = field(default_factory=Counter)
    seconds: Meter = field(default_factory=lambda: Meter(BATCH_SECONDS))


@dataclass(slots=True)
class _Known:
    """A space's ground, and when which part of it was looked up."""

    ground: Ground
    version: int
    at: float
    removed_mark: str = ""
    topics_at: float = -TOPICS_AGE


async def nothing_learned(community_id: int) -> Learned | None:
    """Where nothing is learned from verdicts."""
    return None


class JudgingDesk:
    """One judge for the whole process, with what each community taught it."""

    def __init__(
        self,
        database: Database,
        house: House,
        folder: Path,
        *,
        encoding: Encoding,
        load: Load = load_encoder,
        bring: Bring = nothing_learned,
        patience: float = PATIENCE,
        fresh: float = FRESH,
    ) -> None:
        """`folder`: where a judge of one's own may be. `bring` gives what serves a community at a start."""
        self.counts = Counts()
        self._database = database
        self._house = house
        self._folder = folder
        self._shared = encoding
        self._load = load
        self._bring = bring
        self._patience = patience
        self._fresh = fresh
        self._encoding: Encoding | None = None
        self._judge: Judge | None = None
        self._worker: Worker | None = None
        self._trouble = ""
        self._wanted = False
        self._loading: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._said_late = -AROUND
        self._known: dict[int, _Known] = {}
        self._learned: dict[int, Learned | None] = {}
        self._tasks = Tasks()

    # How it is

    @property
    def state(self) -> State:
        """Whether it reads."""
        if self._trouble:
            return "broken"
        if not self._wanted:
            return "off"
        return "reads" if self._ready else "loading"

    @property
    def trouble(self) -> str:
        """Why it cannot be loaded, in a sentence; empty: nothing is wrong."""
        return self._trouble

    @property
    def judge(self) -> Judge | None:
        """What is shipped or was put in its place; None: it is not loaded."""
        return self._judge

    @property
    def _ready(self) -> bool:
        return self._worker is not None and self._encoding is not None and self._encoding.loaded

    def start(self) -> None:
        """Load it as soon as somebody wants it, and let it go when nobody does."""
        self._tasks.start(self._attend(), "who wants the judge")

    async def _attend(self) -> None:
        while True:
            try:
                await self._look_around()
            except StorageError as error:
                log.warning("nobody could be asked whether posts are read", reason=error.sentence)
            await asyncio.sleep(AROUND)

    async def stop(self) -> None:
        """Nothing is read any more."""
        await self._tasks.cancel()
        if self._encoding is not None and self._encoding is not self._shared:
            await self._encoding.stop()

    async def settled(self) -> None:
        """Until it reads for the first time, or is known not to be able to."""
        await self._settled.wait()

    async def _look_around(self) -> None:
        async with self._database.read() as store:
            batches = BatchRepository(store.connection)
            there = [each for each in await store.communities.all() if each.set_up_at is not None]
            rows = await batches.settings({each.id for each in there})
        book = self._house.book
        self._want(any(book.at(each, rows[each.id])(Settings).enabled for each in there))

    def _want(self, wanted: bool) -> None:
        self._wanted = wanted
        if self._encoding is not None:
            self._encoding.keep(wanted)
        if wanted and not self._ready and not self._trouble and self._loading is None:
            self._loading = self._tasks.start(self._begin(), "loading the judge")

    async def _begin(self) -> None:
        """Have everything there that the first post needs."""
        await asyncio.to_thread(_load_arithmetic)
        from bot.judging.worker import Worker
        from recsys.quality.saved import SavedError

        try:
            if self._worker is None:
                self._judge = await asyncio.to_thread(_judge_in, self._folder)
                self._worker = Worker(self._judge)
                same = self._judge.encoder == self._shared.name
                self._encoding = self._shared if same else Encoding(self._judge.encoder, load=self._load)
            worker, encoding = self._worker, self._encoding
            assert encoding is not None
            encoding.keep(True)
            await encoding.use(lambda encoder: worker.looks(encoder, ["Hello, and welcome!"]))
            log.info("posts are read", judge=self._judge.version if self._judge else "")
        except (SavedError, EncoderError) as error:
            self._trouble = str(error)
            log.warning("posts are not read", reason=str(error))
        finally:
            self._loading = None
            self._settled.set()

    # What was learned

    def serve(self, community_id: int, correction: Correction | None, version: str = "") -> None:
        """From now on posts of a community are read with what its verdicts taught; None: as shipped."""
        self._learned[community_id] = None if correction is None else (correction, version)
        for known in self._known.values():
            known.at = -self._fresh

    async def looks(self, texts: Sequence[str]) -> Looks | None:
        """What is kept of posts that are decided on; None: the judge is not there. Raises EncoderError."""
        worker, encoding = self._worker, self._encoding
        if worker is None or encoding is None or not texts:
            return None
        return await encoding.use(lambda encoder: worker.looks(encoder, texts))

    def logits(self, community_id: int, looks: Looks) -> Floats:
        """What a community's judge says of posts, calibrated [posts x HEADS]; it is there."""
        assert self._judge is not None
        correction, _ = self._learned.get(community_id) or (None, "")
        return self._judge.logits(looks, correction)

    # Before a batch is written

    async def read(self, events: Sequence[Event], waited: float = 0.0) -> Readings:
        """How the posts among the events are read, as far as anybody wants it and it takes no longer than
        `patience`, of which they have `waited` some already. Raises nothing."""
        posts = [each for each in events if isinstance(each, Posted | Edited) and _is_read(each)]
        if not posts or self._trouble:
            return {}
        begun = time.monotonic()
        try:
            left = max(self._patience - waited, min(HASTE, self._patience))
            found = await self._read(posts, begun + left)
        except (EncoderError, StorageError) as error:
            log.warning("posts were not read", posts=len(posts), reason=type(error).__name__)
            self.counts.unread += len(posts)
            return {}
        except Exception as error:
            log.error("reading posts failed", posts=len(posts), exc_info=error)
            self.counts.unread += len(posts)
            return {}
        if found:
            self.counts.seconds.note(time.monotonic() - begun)
        return found

    async def _read(self, posts: Sequence[Posted | Edited], until: float) -> Readings:
        grounds = await self._grounds(posts)
        if not grounds:
            return {}
        from bot.judging.worker import Job, Wanted

        wanted: dict[Mark, Wanted] = {}
        for each in posts:
            ground = grounds.get((each.place.platform, each.place.space))
            if ground is not None:
                wanted[mark_of(each)] = Wanted(each.text, ground)
        if not wanted:
            return {}
        worker, encoding = self._worker, self._encoding
        if worker is None or encoding is None or not self._ready:
            self._want(True)
            self.counts.unread += len(wanted)
            return {}
        job = Job(list(wanted.values()))
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await encoding.use(lambda encoder: worker.read(encoder, job))
        except TimeoutError:
            job.over = True
            self._say_late(len(wanted), len(job.found))
        marks = list(wanted)
        found = {marks[place]: each for place, each in dict(job.found).items()}
        self._count(wanted, found)
        return found

    def _say_late(self, posts: int, read: int) -> None:
        """Not for every batch of a busy hour; the metrics count them all."""
        now = time.monotonic()
        if now - self._said_late >= AROUND:
            self._said_late = now
            log.warning("not every post was read in time", posts=posts, read=read)

    def _count(self, wanted: Mapping[Mark, Wanted], found: Mapping[Mark, Reading]) -> None:
        self.counts.read += len(found)
        self.counts.unread += len(wanted) - len(found)
        for each in found.values():
            self.counts.flagged.update(each.flagged)

    # What is known of a space

    async def _grounds(self, posts: Sequence[Posted | Edited]) -> dict[tuple[str, str], Ground]:
        """Of the spaces whose communities are set up, and want their posts read."""
        platforms = {each.place.platform for each in posts}
        async with self._database.read() as store:
            batches = BatchRepository(store.connection)
            places = await batches.spaces(platforms, {each.place.space for each in posts})
            found = {}
            for key, (space, community) in places.items():
                if community.set_up_at is not None:
                    ground = await self._ground(store, batches, space, community)
                    if ground is not None:
                        found[key] = ground
        return found

    async def _ground(
        self, store: Store, batches: BatchRepository, space: Space, community: Community
    ) -> Ground | None:
        known, now = self._known.get(space.id), time.monotonic()
        if known is None or known.version != community.version or now - known.at >= self._fresh:
            rows = (await batches.settings({community.id}))[community.id]
            settings = self._house.book.at(community, rows, space.id)(Settings)
            assert isinstance(settings, Settings)
            if not settings.enabled:
                self._known.pop(space.id, None)
                return None
            if self._judge is None:
                from bot.judging.grounds import Ground

                return Ground({})
            known = self._known[space.id] = await self._renewed(store, space, community, settings, known, now)
            while len(self._known) > SPACES:
                self._known.pop(next(iter(self._known)))
        if now - known.topics_at >= TOPICS_AGE and self._ready:
            known.topics_at = now
            self._tasks.start(self._learn_topics(space.id), "what a space talks about")
        return known.ground

    async def _renewed(
        self,
        store: Store,
        space: Space,
        community: Community,
        settings: Settings,
        known: _Known | None,
        now: float,
    ) -> _Known:
        from bot.judging.grounds import RECENT, Ground, drawn, removed_of
        from recsys.quality.duplicates import MOST

        judge = self._judge
        assert judge is not None
        if community.id not in self._learned:
            self._learned[community.id] = await self._bring(community.id)
        correction, head = self._learned[community.id] or (None, "")
        trusted = await store.scores.decided(community.id) >= ENOUGH_VERDICTS
        recent = await store.scores.recent(space.id, RECENT)
        lines: dict[str, float] = {**drawn(judge, recent, trusted=trusted), **settings.lines}
        found = known or _Known(Ground(lines), community.version, now)
        ground = replace(found.ground, lines=lines, correction=correction, head=head)
        mark = await store.scores.removed_mark(community.id)
        if mark != found.removed_mark:
            rows = await store.scores.removed(community.id, MOST)
            removed, kinds = await asyncio.to_thread(removed_of, rows, judge)
            ground = replace(ground, removed=removed, kinds=kinds)
        return _Known(ground, community.version, now, mark, found.topics_at)

    async def _learn_topics(self, space_id: int) -> None:
        """From what was said there lately, as far as it is kept and looked all right."""
        from recsys.quality.topics import Topics

        try:
            async with self._database.read() as store:
                texts = await store.scores.usual_texts(space_id, USUAL_TEXTS, unless=0.5)
            assert self._encoding is not None
            vectors = await self._encoding.encode(texts)
            topics = await asyncio.to_thread(Topics.of, vectors)
        except (EncoderError, StorageError) as error:
            log.info("it is not known what a space talks about", reason=str(error))
            return
        known = self._known.get(space_id)
        if known is not None:
            known.ground = replace(known.ground, topics=topics)


def _is_read(event: Posted | Edited) -> bool:
    return event.author is Author.PERSON and not event.person.is_bot and bool(event.text.strip())


def _judge_in(folder: Path) -> Judge:
    """One's own, where there is one, else the shipped one. Raises SavedError."""
    from recsys.quality.saved import read_judge, shipped

    own = folder / "judge.npz"
    return read_judge(own) if own.exists() else shipped()


def _load_arithmetic() -> None:
    """Import what reading needs. Slow, the first time: for a thread."""
    import bot.judging.grounds
    import bot.judging.worker  # noqa: F401 - to have it there
