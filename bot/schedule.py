"""Schedule: what happens by the clock: the features' jobs, in each community's zone, and the house's upkeep.

The last run of each job is stored, so that what was missed while Homeroom was away is done once, late.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from bot.batch import House
from bot.clock import Clock, MovableClock, utc_now
from bot.config import Config
from bot.effects import write_effects
from bot.room import LITTLE_ROOM, free_bytes
from bot.scene import Scene, settings_in
from bot.sentences import Sentence, sentence_of
from bot.speech import staged_all
from bot.watch import Owner
from handlers.base import ADMIN, Context, Outcome, Suggesting
from handlers.base.feature import JobSpec
from storage.backup import backup
from storage.database import Database
from storage.errors import StorageError
from storage.outbox import GIVEN_UP
from storage.retention import INBOX, OUTBOX, TROUBLES
from storage.values import Community

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

    from bot.condition import ConditionDesk
    from bot.training.desk import TrainingDesk

log = structlog.get_logger()
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_SECONDS = 60
FOLLOW_SECONDS = 1
GRACE_SECONDS = 7 * 24 * 3600


@lru_cache(maxsize=1_000)
def cron_trigger(line: str, zone: tzinfo) -> "CronTrigger":
    """A cron line whose weekdays are names. Raises ValueError with a sentence.

    In cron Sunday is 0, in the library Monday is: a digit would be right for one and wrong for the other.
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f'"{line}" is not a cron line. It has five parts, for example: 0 18 * * sun')
    minute, hour, day, month, weekday = fields
    if any(sign.isdigit() for sign in weekday):
        raise ValueError(f'"{line}": write the days by their names ({", ".join(DAYS)}), not as numbers.')
    try:
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone)
    except ValueError as error:
        raise ValueError(f'"{line}" is not a cron line: {error}. For example: 0 18 * * sun') from None


class Schedule:
    """Runs jobs at their time. `run` is its life."""

    def __init__(
        self,
        database: Database,
        house: House,
        owner: Owner,
        config: Config,
        *,
        clock: Clock = utc_now,
        version: str = "",
        on_parcels: Callable[[], None] = lambda: None,
        condition: "ConditionDesk | None" = None,
        suggesting: Suggesting | None = None,
        training: "TrainingDesk | None" = None,
    ) -> None:
        self._database = database
        self._house = house
        self._owner = owner
        self._config = config
        self._clock = clock
        self._version = version
        self._on_parcels = on_parcels
        self._condition = condition
        self._suggesting = suggesting
        self._training = training
        self._scheduler: Any = None
        self._planned: dict[str, str] = {}
        self._bad_parcels = -1
        self._stopping = asyncio.Event()
        self._at_work: set[asyncio.Task[Any]] = set()
        self._following = asyncio.Lock()
        self._specs = [spec for feature in house.features for spec in feature.jobs]
        for spec in self._specs:
            cron_trigger(spec.cron, UTC)  # a wrong line is said at the start, not on its day

    async def run(self) -> None:
        """Until `stop`; a job that is at work then is finished first."""
        if isinstance(self._clock, MovableClock):
            await self._follow()
            return
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_SECONDS},
        )
        self._scheduler.start()
        try:
            while not self._stopping.is_set():
                await self.look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)
            self._scheduler.pause()
            if self._at_work:
                await asyncio.wait(self._at_work)
        finally:
            self._scheduler.shutdown(wait=False)

    async def _follow(self) -> None:
        """By a clock that can be moved: the machine's own wakes nobody, and the house needs no upkeep."""
        while not self._stopping.is_set():
            await self.catch_up()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), FOLLOW_SECONDS)

    async def catch_up(self) -> None:
        """Run each job of the features that is due by our clock and was not run, once."""
        async with self._following:
            try:
                async with self._database.read() as store:
                    communities = [each for each in await store.communities.all() if each.set_up_at]
                    known = await store.cursors.all("schedule")
                now, ran = self._clock(), dict[str, str]()
                for community in communities:
                    zone = ZoneInfo(community.calendar.zone)
                    for spec in self._specs:
                        name, last = _name(spec, community), known.get(_name(spec, community))
                        missed = last is not None and _is_due(cron_trigger(spec.cron, zone), last, now)
                        work = partial(self.run_job, spec, community.id)
                        if last is None or (missed and await self._works(name, work)):
                            ran[name] = now.isoformat()
                if ran:  # together: a jump of the clock has a thousand of them
                    async with self._database.write() as store:
                        for name, at in ran.items():
                            await store.cursors.set("schedule", name, at)
            except StorageError as error:
                log.debug("the schedule waits for the database", reason=error.sentence)

    def stop(self) -> None:
        """Begin nothing more, and end `run`."""
        self._stopping.set()

    async def look(self) -> None:
        """Plan for communities that are new or changed their zone; tell the owner what needs a hand."""
        try:
            if self._scheduler is not None:
                await self._plan_upkeep()
            async with self._database.read() as store:
                communities = [each for each in await store.communities.all() if each.set_up_at is not None]
            for community in communities if self._scheduler is not None else ():
                for spec in self._specs:
                    name = _name(spec, community)
                    zone = ZoneInfo(community.calendar.zone)
                    await self._plan(name, spec.cron, zone, partial(self.run_job, spec, community.id))
            await self._look_at_outbox()
        except StorageError as error:
            log.debug("the schedule waits for the database", reason=error.sentence)
        await self._look_at_disk()
        await self._look_at_database()

    async def _plan_upkeep(self) -> None:
        if self._config.backup.enabled:
            await self._plan("backup", f"0 {self._config.backup.hour} * * *", UTC, self.back_up)
        await self._plan("sweep", "30 4 * * *", UTC, self.sweep)
        await self._plan("boards", "20 * * * *", UTC, self.tend_boards)
        if self._condition is not None:
            await self._plan("condition", "10 * * * *", UTC, self._condition.look_round)
        if self._training is not None and self._config.training.enabled:
            await self._plan("training", f"0 {self._config.training.hour} * * *", UTC, self._training.nightly)
            await self._plan("catalogues", "40 * * * *", UTC, self._training.look_round)

    async def _plan(self, name: str, line: str, zone: tzinfo, work: Callable[[], Any]) -> None:
        wanted = f"{line} {zone}"
        if self._planned.get(name) == wanted:
            return
        trigger = cron_trigger(line, zone)
        more = {"next_run_time": utc_now()} if await self._missed(name, trigger) else {}
        self._scheduler.add_job(
            partial(self._done, name, work), trigger, id=name, name=name, replace_existing=True, **more
        )
        self._planned[name] = wanted

    async def _missed(self, name: str, trigger: "CronTrigger") -> bool:
        """Whether the job should have run since it last did; a job never seen before begins from now."""
        now = self._clock()
        async with self._database.read() as store:
            last = await store.cursors.get("schedule", name)
        if last is None:
            await self._note(name, now)
            return False
        return _is_due(trigger, last, now)

    async def _note(self, name: str, now: datetime) -> None:
        async with self._database.write() as store:
            await store.cursors.set("schedule", name, now.isoformat())

    async def _done(self, name: str, work: Callable[[], Any]) -> None:
        """One run, noted."""
        if await self._works(name, work):
            with contextlib.suppress(StorageError):  # then it is done again, which harms nothing
                await self._note(name, self._clock())

    async def _works(self, name: str, work: Callable[[], Any]) -> bool:
        """One run; whether it came to its end.

        A job fails alone; what the database could not take now is done at the next start.
        """
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        try:
            await work()
        except StorageError as error:
            log.warning("a job could not be done", job=name, reason=error.sentence)
        except Exception:
            log.exception("a job failed", job=name)
        else:
            return True
        return False

    async def run_job(self, spec: JobSpec, community_id: int) -> None:
        """A feature's job for one community, in a transaction of its own."""
        now = self._clock()
        async with self._database.write() as store:
            community = await store.communities.get(community_id)
            if community is None or community.set_up_at is None:
                return
            rows = await store.settings.of(community.id)
            settings_of = settings_in(self._house, Scene(community), rows)
            if not settings_of(spec.feature.settings).enabled:
                return
            context = Context(
                community=community,
                space=None,
                channel=None,
                account=None,
                member=None,
                roles=frozenset({ADMIN}),
                store=store,
                now=now,
                t=self._house.texts(community.language),
                texts=self._house.texts,
                settings_of=settings_of,
                features=self._house.features,
                version=self._version,
                defaults=self._house.book.defaults,
                condition=self._condition,
                suggesting=self._suggesting,
            )
            outcome = Outcome.of(await spec.run(context))
            effects = await staged_all(store, outcome.effects, community, rows, self._house.book)
            await write_effects(store, effects, community, now)
        if outcome.effects:
            self._on_parcels()

    # Upkeep

    async def back_up(self) -> None:
        """The nightly copy; the owner hears of one that failed."""
        chosen = self._config.backup
        try:
            path = await backup(self._database, chosen.folder, self._clock(), chosen.keep)
        except StorageError as error:
            await self._owner.tell(
                "backup", Sentence("Tonight's backup failed. {reason}", reason=sentence_of(error))
            )
            await self._backed_up(failed=True)
            raise
        log.info("backed up", file=path.name)
        await self._backed_up(failed=False)

    async def _backed_up(self, *, failed: bool) -> None:
        """Note how it went, for /status and /today."""
        now = self._clock().isoformat()
        with contextlib.suppress(StorageError):  # what ails it is said already
            async with self._database.write() as store:
                await store.cursors.set("backup", "failed", now if failed else "")
                if not failed:
                    await store.cursors.set("backup", "last", now)
            async with self._database.read() as store:
                communities = await store.condition.communities_set_up()
            if self._condition is not None:
                self._condition.rights_changed(communities)

    async def tend_boards(self) -> None:
        """Keep large boards quick: what they count by follows how the points are spread."""
        async with self._database.write() as store:
            await store.points.tend_boards()

    async def sweep(self) -> None:
        """Forget what only had to be kept for a while."""
        now = self._clock()
        async with self._database.write() as store:
            await store.inbox.sweep(now - INBOX.time)
            await store.outbox.sweep(now - OUTBOX.time)
            await store.troubles.sweep(now - TROUBLES.time)
            await store.today.sweep(now)
            await store.codes.sweep(now)
            await store.privacy.sweep(now)
        gone = True
        while gone:  # a part at a time, so that others are served in between
            async with self._database.write() as store:
                gone = await store.privacy.erase_removed(now)

    async def _look_at_disk(self) -> None:
        path = self._database.path
        folder = path.parent if path is not None else self._config.backup.folder
        free = await asyncio.to_thread(free_bytes, folder)
        if free < LITTLE_ROOM:
            await self._owner.tell(
                "disk",
                Sentence(
                    "The disk is nearly full: {size} MB are left. Make room, or nothing can be stored.",
                    size=free // 2**20,
                ),
            )

    async def _look_at_database(self) -> None:
        """While it cannot be written to, nobody is answered: the owner hears of it past the database."""
        try:
            async with self._database.write():
                pass
        except StorageError as error:
            await self._owner.tell("database", sentence_of(error))

    async def _look_at_outbox(self) -> None:
        """Deliveries that ended badly since the last look, other than for people and groups that are gone."""
        async with self._database.read() as store:
            held = await store.outbox.list("uncertain", 1)
            failed = [one for one in await store.outbox.list("failed", 20) if _is_ours(one.error)]
        latest = max([one.id for one in [*held, *failed]], default=0)
        if self._bad_parcels >= 0 and latest > self._bad_parcels:
            await self._owner.tell(
                "outbox",
                Sentence("Some messages could not be delivered, or may have been lost. The log says which."),
            )
        self._bad_parcels = max(latest, self._bad_parcels)


def _is_due(trigger: "CronTrigger", last: str, now: datetime) -> bool:
    """Whether a time of the trigger has come since the last run."""
    after = datetime.fromisoformat(last) + timedelta(microseconds=1)
    due: datetime | None = trigger.get_next_fire_time(None, after)
    return due is not None and due <= now


def _name(spec: JobSpec, community: Community) -> str:
    return f"{spec.feature.name}.{spec.name}:{community.id}"


def _is_ours(error: str | None) -> bool:
    return (error or "").startswith(GIVEN_UP)
