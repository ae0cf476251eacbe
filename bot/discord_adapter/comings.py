"""Comings and goings: members, voice, channels, threads, and the bot itself, as events."""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from bot.discord_adapter.examining import rights_in
from bot.discord_adapter.incoming import THREADS, Reader
from bot.discord_adapter.reading import (
    Body,
    flag,
    maybe_part,
    maybe_snowflake,
    moment,
    number,
    part,
    parts,
    snowflake,
    text,
)
from handlers.base import (
    BotStanding,
    ChannelSeen,
    Event,
    Ignored,
    Joined,
    Left,
    Person,
    Place,
    RightsChanged,
    RolesChanged,
    Standing,
    VoiceChanged,
)

CATEGORY, DIRECTORY = 4, 14
KINDS = {0: "channel", 2: "voice", 5: "news", 13: "stage", 15: "forum", 16: "forum"}
PENDING_KEPT = 10_000


class Comings:
    """Events about who and what is there; remembers only what Discord does not tell twice."""

    def __init__(self, reader: Reader) -> None:
        self._read = reader
        self._pending: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._inside: set[str] = set()
        self._rights: dict[str, dict[int, int]] = {}
        self._titles: dict[str, str] = {}
        self._voice: dict[str, set[str]] = {}

    @property
    def kinds(self) -> dict[str, Callable[[Body, str], Iterator[Event]]]:
        """The payloads that are read here."""
        return {
            "GUILD_MEMBER_ADD": self._joined,
            "GUILD_MEMBER_UPDATE": self._changed,
            "GUILD_MEMBER_REMOVE": self._left,
            "GUILD_CREATE": self._guild,
            "GUILD_DELETE": self._guild_gone,
            "GUILD_ROLE_UPDATE": self._role,
            "CHANNEL_CREATE": self._channel,
            "CHANNEL_UPDATE": self._channel,
            "CHANNEL_DELETE": self._channel_gone,
            "THREAD_CREATE": self._channel,
            "THREAD_UPDATE": self._channel,
            "THREAD_DELETE": self._channel_gone,
            "THREAD_LIST_SYNC": self._threads,
            "VOICE_STATE_UPDATE": self._voice_state,
        }

    # -- members ----------------------------------------------------------------------------------

    def _joined(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = snowflake(body, "guild_id")
        person = self._read.person(part(body, "user"), body, guild)
        if flag(body, "pending"):
            # Until they accept the guild's rules they can neither read nor write.
            self._pending[guild, person.id] = None
            if len(self._pending) > PENDING_KEPT:
                self._pending.popitem(last=False)
            yield self._ignored(delivery, guild, "pending_member")
            return
        yield self._comes_in(body, guild, person)

    def _comes_in(self, body: Body, guild: str, person: Person) -> Event:
        at = moment(body, "joined_at")
        key = f"j{guild}:{person.id}:{int(at.timestamp() * 1000) if at else 0}"
        place, order = self._read.room(guild, None), self._read.next_order()
        return Joined(key=key, at=self._read.clock(), place=place, order=order, person=person)

    def _changed(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = snowflake(body, "guild_id")
        person = self._read.person(part(body, "user"), body, guild)
        if person.id == self._read.me:
            yield self._own_rights(guild, delivery, "member_update")
            return
        if flag(body, "pending"):
            yield self._ignored(delivery, guild, "member_update")
            return
        if (guild, person.id) in self._pending:
            del self._pending[guild, person.id]
            yield self._comes_in(body, guild, person)
        place, order = self._read.room(guild, None), self._read.next_order()
        yield RolesChanged(key=f"u{delivery}", at=self._read.clock(), place=place, order=order, person=person)

    def _left(self, body: Body, delivery: str) -> Iterator[Event]:
        guild, person = snowflake(body, "guild_id"), self._read.person(part(body, "user"))
        self._pending.pop((guild, person.id), None)
        place, order = self._read.room(guild, None), self._read.next_order()
        yield Left(key=f"l{delivery}", at=self._read.clock(), place=place, order=order, person=person)

    # -- voice ------------------------------------------------------------------------------------

    def _voice_state(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = maybe_snowflake(body, "guild_id")
        if guild is None:
            yield self._ignored(delivery, "", "voice_state_update")
            return
        yield self._in_voice(body, guild, f"v{delivery}")

    def _in_voice(self, body: Body, guild: str, key: str) -> Event:
        member = maybe_part(body, "member")
        user = maybe_part(member, "user") if member else None
        person = self._read.person(user, member) if user else Person(snowflake(body, "user_id"))
        channel = maybe_snowflake(body, "channel_id")
        inside = self._voice.setdefault(guild, set())
        if channel is None:
            inside.discard(person.id)
        else:
            inside.add(person.id)
        known = self._read.client.get_guild(int(guild))
        afk = known is not None and known.afk_channel is not None and str(known.afk_channel.id) == channel
        deaf = flag(body, "self_deaf") or flag(body, "deaf")
        return VoiceChanged(
            key=key,
            at=self._read.clock(),
            place=self._read.room(guild, channel),
            order=self._read.next_order(),
            person=person,
            counts=channel is not None and not deaf and not afk,
        )

    def _voices(self, body: Body, guild: str, delivery: str) -> Iterator[Event]:
        """Who is in voice now; those we thought to be and who are not any more have left unseen."""
        members = {snowflake(part(m, "user"), "id"): m for m in parts(body, "members")}
        before = set(self._voice.get(guild, ()))
        for number_, state in enumerate(parts(body, "voice_states")):
            user = snowflake(state, "user_id")
            before.discard(user)
            yield self._in_voice({**state, "member": members.get(user)}, guild, f"v{delivery}:{number_}")
        for user in sorted(before):
            yield self._in_voice({"user_id": user}, guild, f"v{delivery}:{user}")

    # -- channels ---------------------------------------------------------------------------------

    def _channel(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = maybe_snowflake(body, "guild_id")
        if guild is None or number(body, "type") in (CATEGORY, DIRECTORY):
            yield self._ignored(delivery, guild or "", "channel")
            return
        yield self._seen(body, guild, delivery)
        if not self._is_same(guild):
            yield self._own_rights(guild, delivery, "channel")

    def _channel_gone(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = maybe_snowflake(body, "guild_id")
        if guild is None or number(body, "type") in (CATEGORY, DIRECTORY):
            yield self._ignored(delivery, guild or "", "channel")
            return
        self._titles.pop(snowflake(body, "id"), None)
        yield self._seen(body, guild, delivery, gone=True)

    def _threads(self, body: Body, delivery: str) -> Iterator[Event]:
        guild = snowflake(body, "guild_id")
        for thread in parts(body, "threads"):
            yield self._seen(thread, guild, delivery)

    def _seen(self, body: Body, guild: str, delivery: str, *, gone: bool = False) -> Event:
        id, kind = snowflake(body, "id"), number(body, "type")
        thread = kind in THREADS
        known = self._read.room(guild, id)
        place = Place(
            known.platform,
            guild,
            channel=id,
            space_title=known.space_title,
            channel_title=text(body, "name") or known.channel_title,
            parent=maybe_snowflake(body, "parent_id") if thread else None,
        )
        if not gone:
            self._titles[id] = place.channel_title
        return ChannelSeen(
            key=f"h{delivery}:{id}",
            at=self._read.clock(),
            place=place,
            order=self._read.next_order(),
            kind="thread" if thread else KINDS.get(kind, "channel"),
            gone=gone,
        )

    # -- the bot itself ---------------------------------------------------------------------------

    def _guild(self, body: Body, delivery: str) -> Iterator[Event]:
        """GUILD_CREATE: at every start, when invited, and again after each outage."""
        guild = snowflake(body, "id")
        if flag(body, "unavailable"):
            yield self._ignored(delivery, guild, "guild_unavailable")
            return
        if guild not in self._inside:
            self._inside.add(guild)
            place, order = self._read.room(guild, None), self._read.next_order()
            yield BotStanding(
                key=f"b{guild}:{delivery}",
                at=self._read.clock(),
                place=place,
                order=order,
                standing=self._standing(guild),
            )
        self._note_rights(guild)
        for channel in [*parts(body, "channels"), *parts(body, "threads")]:
            id = snowflake(channel, "id")
            changed = self._titles.get(id) != text(channel, "name")
            if changed and number(channel, "type") not in (CATEGORY, DIRECTORY):
                yield self._seen(channel, guild, delivery)
        yield from self._voices(body, guild, delivery)

    def _role(self, body: Body, delivery: str) -> Iterator[Event]:
        yield self._own_rights(snowflake(body, "guild_id"), delivery, "guild_role_update")

    def _own_rights(self, guild: str, delivery: str, kind: str) -> Event:
        """Roles, or rules of a channel, changed: it concerns us if we may do other things than before."""
        same = self._is_same(guild)
        self._note_rights(guild)
        if same:
            return self._ignored(delivery, guild, kind)
        place, order = self._read.room(guild, None), self._read.next_order()
        return RightsChanged(key=f"r{delivery}", at=self._read.clock(), place=place, order=order)

    def _is_same(self, guild: str) -> bool:
        known = self._read.client.get_guild(int(guild))
        if known is None or guild not in self._rights:
            return True
        before, now = self._rights[guild], rights_in(known)
        return all(now[room] == before[room] for room in now.keys() & before.keys())

    def _note_rights(self, guild: str) -> None:
        known = self._read.client.get_guild(int(guild))
        if known is not None:
            self._rights[guild] = rights_in(known)

    def _standing(self, guild: str) -> Standing:
        known = self._read.client.get_guild(int(guild))
        me = known.me if known else None
        admin = me is not None and me.guild_permissions.administrator
        return Standing.ADMIN if admin else Standing.MEMBER

    def _guild_gone(self, body: Body, delivery: str) -> Iterator[Event]:
        """An outage says `unavailable` and means nothing; without it, the bot was removed."""
        guild = snowflake(body, "id")
        if flag(body, "unavailable"):
            yield self._ignored(delivery, guild, "guild_unavailable")
            return
        self._inside.discard(guild)
        self._rights.pop(guild, None)
        self._voice.pop(guild, None)
        place, order = self._read.room(guild, None), self._read.next_order()
        yield BotStanding(
            key=f"b{guild}:{delivery}",
            at=self._read.clock(),
            place=place,
            order=order,
            standing=Standing.REMOVED,
        )

    def _ignored(self, delivery: str, guild: str, kind: str) -> Event:
        place = self._read.room(guild, None) if guild else Place("discord", "")
        return Ignored(key=f"x{delivery}", at=self._read.clock(), place=place, kind=kind)
