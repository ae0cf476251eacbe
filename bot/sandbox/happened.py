"""Happened: what the bot made of each thing that happened: the verdict of each rule, and what was written.

The verdicts are those of /why, asked as the author would ask. Nothing here decides anything.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bot.batch import House
from bot.clock import Clock
from bot.sandbox.world import BOT, World
from bot.scene import Scene, settings_in
from bot.tasks import Tasks
from handlers.base import (
    MEMBER,
    Command,
    Context,
    Deleted,
    Edited,
    Event,
    Joined,
    Left,
    Posted,
    Pressed,
    Reacted,
    Texts,
)
from handlers.taking_part import replies, thanks
from handlers.taking_part.verdicts import still_standing, verdicts
from handlers.words.rules import rule_in_words
from storage.database import Database
from storage.store import Store
from storage.values import Entry, Member

KEPT = 40
OF_OTHERS = ((replies.feature, replies.RULE), (thanks.feature, thanks.RULE))
"""What a post may give to somebody else than its author."""
LOOKED_AT, TOLD = 12, 200
"""Entries of a member that may be new after one event."""


@dataclass(frozen=True, slots=True)
class Written:
    """One row of the ledger, and what it made of its member's total."""

    name: str
    entry: Entry
    total: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, and what was written for it."""

    number: int
    event: Event
    written: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule said of a post."""

    sentence: str
    gave: bool | None
    """None: it had nothing to say."""


class Happened:
    """The latest things that happened. Watchers are told of each."""

    def __init__(self, database: Database, house: House, world: World, clock: Clock) -> None:
        self.latest: deque[Happening] = deque(maxlen=KEPT)
        self.watchers: set[Callable[[Happening], None]] = set()
        self._database = database
        self._house = house
        self._world = world
        self._clock = clock
        self._numbers = count(1)
        self._told: deque[int] = deque(maxlen=TOLD)
        """Entries of the ledger that were told of."""
        self._tasks = Tasks()

    def taken(self, events: Sequence[Event]) -> None:
        """Events are committed: look at what was written for them."""
        self._tasks.start(self._look(events), "what just happened")

    async def _look(self, events: Sequence[Event]) -> None:
        for event in events:
            async with self._database.read() as store:
                written = await self._written(store, event)
            happening = Happening(next(self._numbers), event, tuple(written))
            self.latest.append(happening)
            for watcher in list(self.watchers):
                watcher(happening)

    async def _written(self, store: Store, event: Event) -> list[Written]:
        found: dict[int, tuple[Member, Entry]] = {}
        for member in await self._members(store, event):
            for entry in await store.points.entries_of(member.id, limit=LOOKED_AT):
                if _written_for(entry, event) and entry.id not in self._told:
                    found[entry.id] = (member, entry)
        totals = {member.id: await store.points.total(member.id) for member, _ in found.values()}
        written = []
        for id in sorted(found, reverse=True):  # the last row made the total that stands
            self._told.append(id)
            member, entry = found[id]
            written.append(Written(member.name, entry, totals[member.id]))
            totals[member.id] -= entry.points
        return written[::-1]

    async def _members(self, store: Store, event: Event) -> list[Member]:
        community = await self._community(store, event)
        members = []
        for person in dict.fromkeys(_involved(event)):
            account = await store.people.account(event.place.platform, person)
            member = await store.people.member(community, account.id) if account and community else None
            members += [member] if member else []
        return members

    async def _community(self, store: Store, event: Event) -> int | None:
        place = event.place
        space = self._world.place_of("").space if place.private else place.space
        found = await store.communities.space(place.platform, space)
        return found[1].id if found else None

    async def verdicts(self, happening: Happening, event: Posted, t: Texts) -> list[Verdict]:
        """What each rule said of a post, in words: those that gave, why the post gave nothing, the rest."""
        async with self._database.read() as store:
            found = await store.communities.space(event.place.platform, event.place.space)
            if found is None:
                return []
            space, community = found
            post = await store.posts.by_message(space.id, event.message)
            if post is None:
                return []
            channel = await store.communities.channel(space.id, event.place.channel or "")
            account = await store.people.account(event.place.platform, event.person.id)
            scene = Scene(community, space, channel, account)
            context = Context(
                community=community,
                space=space,
                channel=channel,
                account=account,
                member=None,
                roles=frozenset({MEMBER}),
                store=store,
                now=self._clock(),
                t=t,
                texts=self._house.texts,
                settings_of=settings_in(self._house, scene, await store.settings.of(community.id)),
                features=self._house.features,
            )
            standing = still_standing(await store.points.entries_for_message(space.id, event.message))
            gave = len({entry.rule for entry in standing})
            lines = [
                Verdict(line, gave=number < gave) for number, line in enumerate(await verdicts(context, post))
            ]
            written = {each.entry.rule for each in happening.written}
            idle = [
                t(feature.name)
                for feature, rule in OF_OTHERS
                if rule not in written and context.settings_of(feature.settings).enabled
            ]
            if idle:
                listed = t.c("list", ", ").join(idle)
                lines.append(Verdict(t("Nothing here for: {rules}", rules=listed), gave=None))
            return lines

    # -- in words ---------------------------------------------------------------------------------

    def sentence(self, event: Event, t: Texts) -> str:
        """What happened, in one sentence."""
        who, room = self._name(actor(event), t), self._room(event)
        match event:
            case Posted(reply_to=answered) if answered is not None and answered.person is not None:
                other = self._name(answered.person.id, t)
                return t("{who} answered {other} in #{room}", who=who, other=other, room=room)
            case Posted():
                return t("{who} wrote in #{room}", who=who, room=room)
            case Edited():
                return t("{who} changed a message", who=who)
            case Deleted():
                return t("A message was deleted")
            case Reacted(added=added, removed=removed, to=to):
                other = self._name(to.id if to else "", t)
                if added:
                    return t("{who} reacted to {other} with {emoji}", who=who, other=other, emoji=added[0])
                return t("{who} took {emoji} back", who=who, emoji="".join(removed))
            case Joined():
                return t("{who} came in", who=who)
            case Left():
                return t("{who} left", who=who)
            case Command(name=name, text=words):
                return t("{who} asked {command}", who=who, command=f"/{name} {words}".strip())
            case Pressed():
                return t("{who} pressed a button", who=who)
            case _:
                return type(event).__name__

    def written_sentence(self, written: Written, t: Texts) -> str:
        """One row of the ledger in words."""
        points = t.number(written.entry.points)
        return t(
            "{points} for {name}: {rule} (now {total})",
            points=points if written.entry.points < 0 else f"+{points}",
            name=written.name,
            rule=t("taken back") if written.entry.voids else rule_in_words(t, written.entry.rule),
            total=t.number(written.total),
        )

    def answer_sentence(self, event: Event, t: Texts) -> str:
        """How a command or a press was answered; empty for what nobody answers."""
        if not isinstance(event, Command | Pressed):
            return ""
        found = next((m for m in self._world.messages.values() if m.answers == event.key), None)
        if found is None:
            return ""
        if event.place.private:
            return t("Answered in private")
        if found.only_for is None:
            return t("Answered in the room")
        return t("Answered to {who} alone", who=self._name(found.only_for, t))

    def _name(self, person: str, t: Texts) -> str:
        found = self._world.people.get(person)
        return found.name if found else "Homeroom" if person == BOT else t("somebody")

    def _room(self, event: Event) -> str:
        room = self._world.rooms.get(self._world.room_of(event.place))
        return room.title if room else ""


def _written_for(entry: Entry, event: Event) -> bool:
    """What an event earns has the event's time; what a command gives has the command's own, later one."""
    if isinstance(event, Command | Pressed):
        return entry.recorded_at >= event.at
    return entry.happened_at == event.at


def actor(event: Event) -> str:
    """Who did it; nobody, where nobody of ours did."""
    match event:
        case Posted() | Edited() | Reacted() | Joined() | Left() | Command() | Pressed():
            return event.person.id
        case _:
            return ""


def _involved(event: Event) -> Iterator[str]:
    """Whose points an event may move."""
    yield actor(event)
    match event:
        case Posted(reply_to=answered) | Command(reply_to=answered) if answered and answered.person:
            yield answered.person.id
        case Reacted(to=to) if to is not None:
            yield to.id
        case _:
            pass
    match event:
        case Posted(mentions=named):
            yield from (person.id for person in named)
        case Command(people=people, text=words):
            yield from (person.id for person in people if person.handle and f"@{person.handle}" in words)
        case _:
            pass
