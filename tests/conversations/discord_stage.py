"""The stage on Discord: a server with one channel, played on loopback over REST and gateway."""

import asyncio
from typing import Any, Self

from bot.discord_adapter import DiscordAdapter
from bot.discord_adapter.commands import SHOW
from bot.platforms import Adapter
from bot.texts import load_texts
from storage.database import Database
from tests.conversations.stage import Seen, Stage, menu_of, undressed
from tests.doubles.discord.commands import NotOffered
from tests.doubles.discord.interactions import Answer, Interaction, forge
from tests.doubles.discord.messages import flatten, visible_text
from tests.doubles.discord.people import Member
from tests.doubles.discord.server import DiscordServer
from tests.doubles.discord.world import Channel, Message


class DiscordStage(Stage):
    platform = "discord"

    def __init__(self, database: Database, **features: Any) -> None:
        super().__init__(database, **features)
        self.dc = DiscordServer(clock=lambda: self.now)
        self.adapter: DiscordAdapter

    async def __aenter__(self) -> Self:
        await self.dc.__aenter__()
        self._pointed = self.dc.points_library()
        self._pointed.__enter__()
        await self.start()
        self.guild = self.dc.guild("Data School", bot_inside=False)
        self.general = self.guild.text("general")
        self.dc.add_bot(self.guild)
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._pointed.__exit__(None, None, None)
        await self.dc.__aexit__()

    def _adapter(self) -> Adapter:
        self.adapter = DiscordAdapter(
            self.dc.token,
            texts=load_texts(),
            base_url=self.dc.api,
            clock=lambda: self.now,
            identify_pause=0.0,
        )
        return self.adapter

    async def person(self, name: str, *, admin: bool = False, reachable: bool = True) -> Member:
        member = self.guild.member(name, admin=admin)
        if not reachable:
            member.closes_dms()
        return member

    async def owner(self) -> Member:
        return self.guild.founder

    async def say(self, who: Member, text: str, *, to: Any = None, channel: Any = None) -> Message:
        post = await who.say(channel or self.general, text, reply_to=to)
        await self.settle()
        return post

    async def edit(self, who: Member, post: Message, text: str) -> None:
        await who.edits(post, text)
        await self.settle()

    async def react(self, who: Member, post: Message, emoji: str = "👍") -> None:
        await who.reacts(post, emoji)
        await self.settle()

    async def unreact(self, who: Member, post: Message, emoji: str = "👍") -> None:
        await who.unreacts(post, emoji)
        await self.settle()

    async def leave(self, who: Member) -> None:
        await who.leaves()
        await self.settle()

    async def join(self, who: Member) -> None:
        await who.joins()
        await self.settle()

    async def channel(self, name: str) -> Channel:
        channel = self.guild.text(name)
        await self.settle()
        return channel

    async def thread(self, who: Member, name: str) -> Channel:
        thread = await who.opens_thread(self.general, name)
        await self.settle()
        return thread

    async def command(
        self,
        who: Member,
        name: str,
        *,
        post: Any = None,
        channel: Any = None,
        private: bool = False,
        **options: Any,
    ) -> Seen:
        place = self.dc.dm_with(who.user) if private else channel or self.general
        if post is None:
            # Discord has no command beside its own group.
            own = f"{name} {SHOW}" if name in ("points", "roster") else name
            asked = await who.slash(place, own, **options)
        elif label := menu_of(name):
            asked = await who.menu(label, post)
        else:
            asked = await who.slash(place, name, message=str(post.id), **options)
        return await self._answer(asked)

    async def is_kept_from(self, who: Member, name: str, **options: Any) -> bool:
        try:
            await self.command(who, name, **options)
        except NotOffered:
            return True
        return False

    async def _answer(self, asked: Interaction) -> Seen:
        answer = await asked.answered()
        await self.settle()
        said = [each for each in asked.answers if each.how not in ("deferred", "deleted")]
        return self._told(said[-1] if said else answer)

    def _told(self, answer: Answer) -> Seen:
        return Seen(
            undressed(answer.text),
            labels_of(answer.message.components if answer.message else []),
            answer.ephemeral,
            answer.message,
        )

    async def press(self, who: Member, seen: Seen, label: str) -> Seen:
        return await self._answer(await who.presses(seen.raw, label))

    async def fill(self, who: Member, seen: Seen, label: str, **values: str) -> Seen:
        form = await who.presses(seen.raw, label)
        await form.answered()
        return await self._answer(await who.submits(form, values))

    async def forge(self, who: Member, data: str) -> Seen:
        return await self._answer(forge(who, self.public()[-1].raw, data))

    async def choose(self, who: Member, seen: Seen, label: str) -> Seen:
        return await self._answer(await who.selects(seen.raw, label))

    async def settle(self) -> None:
        await asyncio.sleep(0.02)  # what was told is on its way
        while True:
            await self.adapter.idle()
            async with self.database.read() as store:
                waiting = await store.inbox.pending()
                due = await store.outbox.due(self.now, 1, self.platform, set())
                sending = (await store.outbox.counts()).get("sending")
            if not waiting and not due and not sending:
                return await self.answered()
            await asyncio.sleep(0.01)

    def public(self) -> list[Seen]:
        return [
            Seen(undressed(visible_text(each.wire())), labels_of(each.components), False, each)
            for each in self.dc.sent
            if not each.ephemeral and not each.deleted and each.channel.guild is not None
        ]

    def letters(self, who: Member) -> list[Seen]:
        chat = self.dc.dm_with(who.user)
        return [
            Seen(undressed(visible_text(each.wire())), labels_of(each.components), True, each)
            for each in self.dc.sent
            if each.channel is chat
        ]

    def marks(self, post: Message) -> list[str]:
        return [emoji for emoji, users in post.reactions.items() if self.dc.bot.id in users]

    def where(self, seen: Seen) -> Channel:
        return seen.raw.channel

    def id_of(self, post: Message) -> str:
        return str(post.id)

    def transcript(self) -> str:
        return self.dc.transcript()

    def complaints(self) -> list[Any]:
        return [*self.dc.violations, *self.dc.early_calls, *self.dc.pings]


def labels_of(components: list[Any]) -> tuple[str, ...]:
    found: list[str] = []
    for part in flatten(components):
        found += [part["label"]] if part.get("label") else []
        found += [option["label"] for option in part.get("options") or []]
    return tuple(found)
