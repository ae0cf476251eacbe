"""Backfill: what was missed is read from Discord's history, and nothing is taken for known that is not.

The cursor of a channel is the end of its unbroken prefix: everything up to it has been taken, but for the
stretches that are written down as gaps. A gap is written down before the cursor passes it, and crossed
out only when its last page has been taken. At the very first start a channel begins at its present end;
one met for the first time later (made, opened or woken while we were away) begins where we went away.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.discord_adapter.cursors import Cursors
from bot.discord_adapter.incoming import DISCORD, THREADS, Reader, emoji_key
from bot.discord_adapter.reading import (
    Body,
    Malformed,
    flag,
    maybe_part,
    maybe_snowflake,
    moment,
    number,
    part,
    parts,
    snowflake,
    snowflake_at,
    text,
)
from bot.discord_adapter.rest import Refusal, Rest
from bot.platforms import Intake
from handlers.base import Deleted, Event, Ignored, Person, Place, ReactionsSeen
from storage.values import Gap

log = structlog.get_logger()

SPOKEN_IN = {0, 2, 5, 13, *THREADS}
HAVE_THREADS = {0, 5, 15, 16}
PAGE = 100

MESSAGES = "/channels/{channel_id}/messages"
REACTIONS = MESSAGES + "/{message_id}/reactions/{emoji}"
ARCHIVED = "/channels/{channel_id}/threads/archived/public"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be read after a time away."""

    max_messages_per_channel: int = 5000
    max_days: int = 14
    max_requests: int = 1000
    look_back: timedelta = timedelta(days=1)
    """How far before the time away reactions, edits and deletions are read again."""


@dataclass(slots=True)
class Spot:
    """A channel or thread as Discord tells of it when we come (back)."""

    guild: str
    id: str
    last: str | None
    threads_in_it: bool = False


@dataclass(slots=True)
class Round:
    """One time of catching up: what it may still spend."""

    requests: int
    since: datetime | None
    cut: int = 0
    spots: list[Spot] = field(default_factory=list)


class OutOfRequests(Exception):
    """The bound on requests is reached."""


def spots_of(body: Body) -> Iterator[Spot]:
    """The channels and active threads a GUILD_CREATE tells of. Raises Malformed."""
    guild = snowflake(body, "id")
    for channel in [*parts(body, "channels"), *parts(body, "threads")]:
        kind = number(channel, "type")
        if kind in SPOKEN_IN or kind in HAVE_THREADS:
            yield spot_of(channel, guild)


def spot_of(channel: Body, guild: str) -> Spot:
    """One of them."""
    id, kind = snowflake(channel, "id"), number(channel, "type")
    # A forum's last message is the id of its newest post, in which nothing is said to us here.
    last = maybe_snowflake(channel, "last_message_id") if kind in SPOKEN_IN else None
    return Spot(guild, id, last, threads_in_it=kind in HAVE_THREADS)


class Backfill:
    """Finds gaps, reads them, and reconciles what changed meanwhile."""

    def __init__(
        self,
        intake: Intake,
        rest: Rest,
        reader: Reader,
        cursors: Cursors,
        bounds: Bounds,
        set_aside: Callable[[str, Any, str, str], Awaitable[None]],
    ) -> None:
        self._intake = intake
        self._rest = rest
        self._reader = reader
        self._cursors = cursors
        self._bounds = bounds
        self._set_aside = set_aside

    # -- finding ----------------------------------------------------------------------------------

    async def enter(self, spots: list[Spot], since: datetime | None) -> Round:
        """Write down a gap for every channel that went on without us, before newer messages are taken."""
        gaps = await self._intake.gaps(DISCORD)
        for spot in spots:
            await self._enter(spot, since, [gap for gap in gaps if gap.channel == spot.id])
        await self._cursors.flush(now=True)
        return Round(self._bounds.max_requests, since, spots=spots)

    async def _enter(self, spot: Spot, since: datetime | None, gaps: list[Gap]) -> None:
        cursor = await self._cursors.get(spot.id)
        last = int(spot.last or 0)
        if cursor is None:
            cursor = max(int(spot.id) - 1, last if since is None else snowflake_at(since))
        # A crash may have come between writing down a gap and moving the cursor past it.
        cursor = max([cursor, *(int(gap.before) - 1 for gap in gaps if gap.before)])
        if last > cursor:
            await self._intake.add_gap(DISCORD, spot.guild, spot.id, str(cursor), str(last + 1))
        self._cursors.taken(spot.id, max(cursor, last))

    # -- reading ----------------------------------------------------------------------------------

    async def catch_up(self, round_: Round) -> None:
        """Read every gap that is written down, then reconcile. Safe to break off and call again."""
        try:
            if round_.since is not None:
                await self._archived_threads(round_)
            channels = {spot.id for spot in round_.spots}
            for gap in await self._intake.gaps(DISCORD):
                if gap.channel in channels and self._may_read(gap.space, gap.channel):
                    await self._read(gap, round_)
            if round_.since is not None:
                for spot in round_.spots:
                    if self._may_read(spot.guild, spot.id):
                        await self._reconcile(spot, round_)
        except OutOfRequests:
            log.warning(
                "catching up stopped: the bound on requests is reached", requests=self._bounds.max_requests
            )
        if round_.cut:
            log.warning("catching up left messages out: too long ago, or too many", channels=round_.cut)

    async def read_since(self, guild: str, since: datetime) -> None:
        """Read all channels and threads of a server from then on, whether they were read before or not.

        Stretches are written down as gaps, so that what a crash leaves over is read after it.
        """
        round_ = Round(self._bounds.max_requests, since, spots=self._spots_in(guild))
        for spot in [spot for spot in round_.spots if spot.threads_in_it]:
            try:
                round_.spots += [thread async for thread in self._archived_in(spot, round_)]
            except Refusal as error:
                if not error.permanent:
                    raise
        known = {spot.id: spot for spot in round_.spots}
        for spot in known.values():
            if self._may_read(guild, spot.id) and int(spot.last or 0) > snowflake_at(since):
                ends = str(snowflake_at(since)), str(int(spot.last or 0) + 1)
                number = await self._intake.add_gap(DISCORD, guild, spot.id, *ends)
                await self._read(Gap(number, DISCORD, guild, spot.id, *ends), round_)

    def _spots_in(self, guild: str) -> list[Spot]:
        known = self._reader.client.get_guild(int(guild))
        if known is None:
            return []
        return [
            Spot(
                guild,
                str(room.id),
                str(last) if kind in SPOKEN_IN and (last := getattr(room, "last_message_id", None)) else None,
                threads_in_it=kind in HAVE_THREADS,
            )
            for room in (*known.channels, *known.threads)
            if (kind := room.type.value) in SPOKEN_IN or kind in HAVE_THREADS
        ]

    def _may_read(self, guild: str, channel: str) -> bool:
        """Without the right Discord shows an empty history, which would look as if nothing had been said."""
        known = self._reader.client.get_guild(int(guild))
        room = known.get_channel_or_thread(int(channel)) if known else None
        me = known.get_member(int(self._reader.me or 0)) if known else None
        if known is None or me is None or room is None:
            return True
        return room.permissions_for(me).read_message_history

    async def _get(self, round_: Round, path: str, query: dict[str, str], **places: Any) -> Any:
        if round_.requests <= 0:
            raise OutOfRequests
        round_.requests -= 1
        return await self._rest.call("GET", path, query=query, **places)

    async def _archived_threads(self, round_: Round) -> None:
        """Threads that were spoken in and archived while we were away are not told of: they are looked up."""
        found: list[Spot] = []
        for spot in [spot for spot in round_.spots if spot.threads_in_it]:
            try:
                found += [thread async for thread in self._archived_in(spot, round_)]
            except Refusal as error:
                if not error.permanent:
                    raise
        if found:
            gaps = await self._intake.gaps(DISCORD)
            for thread in found:
                await self._enter(thread, round_.since, [gap for gap in gaps if gap.channel == thread.id])
            await self._cursors.flush(now=True)
            round_.spots += found

    async def _archived_in(self, spot: Spot, round_: Round) -> AsyncIterator[Spot]:
        before: str | None = None
        while True:
            query = {"limit": str(PAGE)} | ({"before": before} if before else {})
            page = await self._get(round_, ARCHIVED, query, channel_id=int(spot.id))
            threads = parts(page, "threads")
            for thread in threads:
                metadata = part(thread, "thread_metadata")
                archived = moment(metadata, "archive_timestamp")
                if archived is None or round_.since is None or archived < round_.since:
                    return
                before = text(metadata, "archive_timestamp")
                yield spot_of(thread, spot.guild)
            if not threads or not flag(page, "has_more"):
                return

    async def _read(self, gap: Gap, round_: Round) -> None:
        """The pages of one gap, oldest first."""
        oldest = snowflake_at(self._reader.clock() - timedelta(days=self._bounds.max_days))
        after, left = int(gap.after), self._bounds.max_messages_per_channel
        if after < oldest:
            after, round_.cut = oldest, round_.cut + 1
        place = self._reader.room(gap.space, gap.channel)
        while left > 0:
            page = await self._page(round_, gap.channel, after, gap.before, min(PAGE, left))
            if page is None:
                break
            messages, full = page
            await self._take([event for message in messages async for event in self._event(message, place)])
            if not full:
                break
            left -= len(messages)
            after = int(snowflake(messages[-1], "id"))
            await self._intake.narrow_gap(gap.id, str(after))
        else:
            round_.cut += 1
        await self._intake.close_gap(gap.id)

    async def _page(
        self, round_: Round, channel: str, after: int, before: str | None, limit: int
    ) -> tuple[list[Body], bool] | None:
        """Messages between two, oldest first, and whether there may be more; None: no access."""
        query = {"after": str(after), "limit": str(limit)}
        try:
            answer = await self._get(round_, MESSAGES, query, channel_id=int(channel))
        except Refusal as error:
            if not error.permanent:
                raise
            log.warning("a channel's history cannot be read", code=error.code)
            return None
        page = parts({"page": answer}, "page")
        inside = [m for m in page if before is None or int(snowflake(m, "id")) < int(before)]
        inside.sort(key=lambda message: int(message["id"]))
        return inside, len(page) == limit and len(inside) == len(page)

    async def _event(self, message: Body, place: Place) -> AsyncIterator[Event]:
        try:
            event = self._reader.message(message, place)
        except Malformed as error:
            await self._set_aside("MESSAGE_CREATE", message, f"m{message['id']}", str(error))
            return
        if not isinstance(event, Ignored):
            yield event

    async def _take(self, events: list[Event]) -> None:
        if events:
            await self._intake.take(events)

    # -- reconciling ------------------------------------------------------------------------------

    async def _reconcile(self, spot: Spot, round_: Round) -> None:
        """Reactions, edits and deletions of the time away, and of a little before it, are read again."""
        if round_.since is None or spot.last is None:
            return
        low = snowflake_at(round_.since - self._bounds.look_back)
        high = int(spot.last) + 1
        if int(spot.last) <= low:
            return
        place, seen, after = self._reader.room(spot.guild, spot.id), set(), low
        for _ in range(max(1, self._bounds.max_messages_per_channel // PAGE)):
            order = self._reader.next_order()
            page = await self._page(round_, spot.id, after, str(high), PAGE)
            if page is None:
                return
            messages, full = page
            for message in messages:
                seen.add(snowflake(message, "id"))
                try:
                    await self._take([event async for event in self._changes(message, place, order, round_)])
                except Malformed as error:
                    await self._set_aside("MESSAGE_CREATE", message, f"m{message['id']}", str(error))
            if not full:
                break
            after = int(snowflake(messages[-1], "id"))
        else:
            high = after + 1
        known = await self._intake.known(DISCORD, spot.id, str(low), str(high))
        gone = tuple(id for id in known if id not in seen)
        if gone and not seen:
            # Everything vanished at once: rather a read that failed in a way that we do not know.
            log.warning("a channel's history came back empty, and is not believed")
            return
        if gone:
            key = f"d{gone[0]}" if len(gone) == 1 else f"d{gone[0]}+{len(gone)}"
            order, now = self._reader.next_order(), self._reader.clock()
            await self._take([Deleted(key=key, at=now, place=place, order=order, messages=gone)])

    async def _changes(self, message: Body, place: Place, order: int, round_: Round) -> AsyncIterator[Event]:
        if moment(message, "edited_timestamp") is not None:
            edited = self._reader.edited({**message, "guild_id": place.space}, f"history.{message['id']}")
            if not isinstance(edited, Ignored):
                yield edited
        if isinstance(self._reader.message(message, place), Ignored):
            return
        holders: dict[str, tuple[Person, list[str]]] = {}
        for reaction in parts(message, "reactions"):
            emoji = emoji_key(part(reaction, "emoji"))
            burst = number(maybe_part(reaction, "count_details") or {}, "burst")
            for kind in ("0", "1") if burst else ("0",):
                async for person in self._who_reacted(message, emoji, kind, round_):
                    held = holders.setdefault(person.id, (person, []))[1]
                    if person.id != self._reader.me and emoji not in held:
                        held.append(emoji)
        id = snowflake(message, "id")
        yield ReactionsSeen(
            key=f"s{id}:{order}",
            at=self._reader.clock(),
            place=place,
            order=order,
            message=id,
            holders=tuple((person, tuple(emojis)) for person, emojis in holders.values() if emojis),
            to=self._reader.person(part(message, "author")),
        )

    async def _who_reacted(
        self, message: Body, emoji: str, kind: str, round_: Round
    ) -> AsyncIterator[Person]:
        after = "0"
        while True:
            answer = await self._get(
                round_,
                REACTIONS,
                {"limit": str(PAGE), "after": after, "type": kind},
                channel_id=int(snowflake(message, "channel_id")),
                message_id=int(snowflake(message, "id")),
                emoji=emoji,
            )
            users = parts({"users": answer}, "users")
            for user in users:
                yield self._reader.person(user)
            if len(users) < PAGE:
                return
            after = snowflake(users[-1], "id")
