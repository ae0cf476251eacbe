"""Living: the sample community lives on the page: a message every few seconds, or days in a moment.

What happens is the same for the same seed. When it happens depends on who watches: between two jumps of
the clock, life is told faster than it would go, so that there is always something to see.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.clock import MovableClock, utc_now
from bot.platforms import DeliveryError
from bot.sandbox.adapter import SandboxAdapter
from bot.sandbox.learning import Learnt
from bot.sandbox.life import Life
from bot.sandbox.people import handle_of, names_of
from bot.sandbox.world import Message, Room, World
from handlers.base import ADMIN_ROLE, Content, Deleted, Edited, Event, Joined, Left, Person, Posted, Reacted

log = structlog.get_logger()

HISTORY = timedelta(days=21)
"""How long the community has lived when the sandbox is opened for the first time."""
STEP = timedelta(hours=3)
"""The clock jumps in steps: what is due by the clock in one is done in it."""
LONG_STEP, FINE = timedelta(hours=12), timedelta(days=3)
"""Of the first days only the last are done that finely: nobody was there to be written to at their hour."""
LEARNING = timedelta(days=1)
"""In a jump, what people do with the courses is taken in once in such a time."""
BATCH, LATEST = 200, 8
NEWCOMER = "newcomer-"
"""How the accounts of those begin who were let in on the page."""
USUAL = 5.0
"""Seconds between two things that happen; 0 is a pause."""


class Living:
    """Tells a life to the bot and to the page. `run` is its own life."""

    def __init__(
        self,
        adapter: SandboxAdapter,
        world: World,
        life: Life,
        clock: MovableClock,
        *,
        seed: int = 0,
        due: Callable[[], Awaitable[None]],
        begin: Callable[[], Awaitable[None]],
        study: Callable[[Sequence[Learnt]], Awaitable[None]],
    ) -> None:
        """`due` does what is due by the clock; `begin` sets the community up, once; `study` takes in what
        people did with its courses."""
        self.pace = USUAL
        self.moving = True
        """While the clock jumps, and until the community has moved in."""
        self.progress = 0.0
        """How much of a jump is done, 0 to 1."""
        self.watchers: set[Callable[[], None]] = set()
        self._adapter = adapter
        self._world = world
        self._life = life
        self._clock = clock
        self._due = due
        self._begin = begin
        self._study = study
        self._chance = random.Random(f"pace {seed}")  # noqa: S311 - how quickly made-up people write
        self._coming: deque[Event] = deque()
        self._told = self._clock()
        """How far life was told, in its own time."""
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Live, until cancelled."""
        await self._adapter.ready.wait()
        try:
            await self._first_days()
            while True:
                await self._until_next()
                if self.pace and not self.moving:
                    await self._next()
        except DeliveryError:  # the bot stops: nothing more happens
            await asyncio.Event().wait()

    async def _until_next(self) -> None:
        """Until it is time for the next thing; a change of the pace begins the wait anew."""
        while True:
            self._wake.clear()
            seconds = self.pace * self._chance.uniform(0.4, 1.6) if self.pace else None
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                return

    def set_pace(self, seconds: float) -> None:
        """From now on something happens every so many seconds; 0: nothing does."""
        self.pace = seconds
        self._wake.set()
        self._tell()

    # -- the first start, and the next ones -------------------------------------------------------

    async def _first_days(self) -> None:
        """The first time, the community is set up and lives for a while; later it goes on."""
        notes = self._world.notes
        if notes.get("begun"):
            self._told = datetime.fromisoformat(notes["told"])
            for event in self._life.until(self._told):
                self._come_and_go(event)
            self._life.learnt(self._told)
            self.moving = False
            self._tell()
            return
        await self._begin()
        await self.jump(utc_now() - self._clock(), fine=FINE)
        self._clock.stand(utc_now())  # the jump took a while
        self._clock.go()
        self._world.note("ahead", self._clock.ahead.total_seconds())
        self._world.note("begun", True)

    # -- what happens -----------------------------------------------------------------------------

    async def _next(self) -> None:
        """The next thing of this life, now."""
        while not self._coming:
            self._told += STEP
            self._coming.extend(self._life.until(self._told))
        event = self._coming.popleft()
        now = self._clock()
        await self._happen([replace(event, at=now)])
        await self._learn(event.at, now, lead=event.at - now)
        self._world.note("told", event.at.isoformat())  # what a stop cuts off is told again

    async def jump(self, by: timedelta, *, fine: timedelta = timedelta.max) -> None:
        """Move the clock; what happens in that time, and what is due in it, is done on the way.

        What is longer before the end than `fine` goes by in longer steps.
        """
        async with self._lock:
            self.moving = True
            try:
                await self._jump(by, fine)
            finally:
                self._clock.go()
                self._world.note("ahead", self._clock.ahead.total_seconds())
                self.moving, self.progress = False, 0.0
                self._tell()

    async def _jump(self, by: timedelta, fine: timedelta) -> None:
        now = self._clock()
        since, end, lead = now, now + by, self._told - now
        latest: deque[Event] = deque(maxlen=LATEST)
        self._told += by
        self._coming.extend(self._life.until(self._told))
        while now < end:
            step = STEP if end - now <= fine else LONG_STEP
            now = min(now + step, end)
            self._clock.stand(now)
            events = list(self._until(now, lead, step))
            latest.extend(events)
            await self._happen(events)
            if (now - since) % LEARNING < step or now == end:
                await self._learn(now + lead, now, lead)
            await self._due()
            self.progress = 1 - (end - now) / by
            self._tell()
        self._world.note("told", self._told.isoformat())
        self._adapter.taken(list(latest))

    def _until(self, moment: datetime, lead: timedelta, step: timedelta) -> Iterable[Event]:
        """What comes up to that moment of the clock, of which life is ahead by `lead`."""
        while self._coming and self._coming[0].at - lead <= moment:
            event = self._coming.popleft()
            yield replace(event, at=max(event.at - lead, moment - step))

    async def _learn(self, told: datetime, now: datetime, lead: timedelta) -> None:
        """What people did with the courses up to `told` in their own time, when it is `now` by the clock."""
        learnt = [
            one if one.before else replace(one, at=min(max(one.at - lead, now - LEARNING), now))
            for one in self._life.learnt(told)
        ]
        if learnt:
            await self._study(learnt)

    async def _happen(self, events: Sequence[Event]) -> None:
        """People see it, and the bot is told."""
        for event in events:
            self._come_and_go(event)
            show(self._world, event)
        for start in range(0, len(events), BATCH):
            await self._adapter.take(events[start : start + BATCH])
            if not self.moving:
                self._adapter.taken(events[start : start + BATCH])

    def _come_and_go(self, event: Event) -> None:
        if isinstance(event, Joined):
            self._world.here.add(event.person.id)
        elif isinstance(event, Left):
            self._world.here.discard(event.person.id)

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            watcher()


def show(world: World, event: Event) -> None:
    """What people see of an event."""
    match event:
        case Posted():
            world.post(
                Message(
                    event.message,
                    world.room_of(event.place),
                    event.person.id,
                    event.at,
                    text=event.text,
                    reply_to=event.reply_to.message if event.reply_to else None,
                    media="picture" if event.content is Content.MEDIA else "",
                )
            )
        case Edited():
            if (message := world.messages.get(event.message)) is not None:
                world.post(replace(message, text=event.text, edited=True))
        case Deleted():
            for id in event.messages:
                if (message := world.messages.get(id)) is not None:
                    world.post(replace(message, deleted=True))
        case Reacted():
            if (message := world.messages.get(event.message)) is not None:
                for emoji in event.added:
                    world.react(message, event.person.id, emoji, on=True)
                for emoji in event.removed:
                    world.react(message, event.person.id, emoji, on=False)


def settle(world: World, life: Life, own: Person) -> None:
    """The rooms and people of that life, and the person who is played by whoever looks on."""
    world.title = life.school.name
    for room in life.rooms:
        world.add_room(Room(room.id, room.title, room.about))
    world.main = life.school.places["question"][0]
    for character in life.people:
        world.add_person(character.person, here=False)
    world.add_person(own)
    for name in world.notes.get("newcomers", ()):
        world.add_person(_newcomer(world, life, name))


def somebody_new(world: World, life: Life) -> Person:
    """A person who was not there before, to be played by whoever looks on; a restart keeps them."""
    known = {person.name for person in world.people.values()}
    chance = random.Random("newcomers")  # noqa: S311 - made-up people
    name = next(name for name in names_of(life.school, chance) if name not in known)
    person = _newcomer(world, life, name)
    world.note("newcomers", [*world.notes.get("newcomers", ()), name])
    return person


def _newcomer(world: World, life: Life, name: str) -> Person:
    number = sum(id.startswith(NEWCOMER) for id in world.people) + 1
    return Person(id=f"{NEWCOMER}{number}", name=name, handle=handle_of(name), language=life.school.language)


def an_admin(world: World) -> Person:
    """Who sets the community up."""
    return next(each for each in world.people.values() if ADMIN_ROLE in (each.roles or ()))
