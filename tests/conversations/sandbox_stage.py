"""The stage on the sandbox: its own adapter over its own world, without a page."""

import asyncio
from dataclasses import replace
from typing import Any, Self

from bot.platforms import Adapter
from bot.sandbox.adapter import SandboxAdapter
from bot.sandbox.world import BOT, PRIVATE, Message, Room, World
from handlers.base import ADMIN_ROLE, OWNER_ROLE, Person
from storage.database import Database
from tests.conversations.stage import Seen, Stage, menu_of, undressed


class SandboxStage(Stage):
    platform = "sandbox"

    def __init__(self, database: Database, **features: Any) -> None:
        super().__init__(database, **features)
        self.world = World()
        self.world.title = "Data School"
        self.world.add_room(Room("general", "general"))
        self.adapter: SandboxAdapter

    async def __aenter__(self) -> Self:
        await self.start()
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _adapter(self) -> Adapter:
        self.adapter = SandboxAdapter(self.world, clock=lambda: self.now)
        return self.adapter

    async def person(self, name: str, *, admin: bool = False, reachable: bool = True) -> Person:
        handle = name.split()[0].lower()
        person = Person(
            id=f"person-{len(self.world.people) + 1}",
            name=name,
            handle=f"{handle}_here" if handle.isascii() else None,
            roles=(ADMIN_ROLE,) if admin else (),
        )
        return self.world.add_person(person)

    async def owner(self) -> Person:
        owner = await self.person("Owner")
        return self.world.add_person(replace(owner, roles=(ADMIN_ROLE, OWNER_ROLE)))

    async def say(self, who: Person, text: str, *, to: Any = None, channel: Any = None) -> Message:
        post = await self.adapter.say(who, channel or "general", text, reply_to=to.id if to else None)
        await self.settle()
        return post

    async def edit(self, who: Person, post: Message, text: str) -> None:
        await self.adapter.edit(who, self._now(post), text)
        await self.settle()

    async def react(self, who: Person, post: Message, emoji: str = "👍") -> None:
        await self.adapter.react(who, self._now(post), emoji)
        await self.settle()

    async def unreact(self, who: Person, post: Message, emoji: str = "👍") -> None:
        await self.adapter.react(who, self._now(post), emoji, on=False)
        await self.settle()

    async def leave(self, who: Person) -> None:
        await self.adapter.leave(who)
        await self.settle()

    async def join(self, who: Person) -> None:
        await self.adapter.join(who)
        await self.settle()

    async def channel(self, name: str) -> str:
        room = self.world.add_room(Room(name, name))
        return room.id

    async def thread(self, who: Person, name: str) -> str:
        room = self.world.add_room(Room(name, name, parent="general"))
        return room.id

    async def command(
        self,
        who: Person,
        name: str,
        *,
        post: Any = None,
        channel: Any = None,
        private: bool = False,
        **options: Any,
    ) -> Seen:
        room = f"{PRIVATE}{who.id}" if private else channel or "general"
        if post is not None and menu_of(name) and not options:
            place = self.world.place_of(room)
            return await self._answer(await self.adapter.command(who, place, name, reply_to=post.id))
        words = [f"@{v.handle}" if isinstance(v, Person) else str(v) for v in options.values()]
        line = " ".join([f"/{name.replace(' ', '_')}", *words])
        asked = await self.adapter.say(who, room, line, reply_to=post.id if post else None)
        return await self._answer(asked.id)

    async def is_kept_from(self, who: Person, name: str, **options: Any) -> bool:
        return (await self.command(who, name, **options)).text == "Only admins can use this here."

    async def _answer(self, key: str) -> Seen:
        answer = await self.adapter.answer_to(key)
        await self.settle()
        assert answer is not None
        return self._seen(answer)

    def _seen(self, message: Message) -> Seen:
        labels: tuple[str, ...] = ()
        if (reply := message.reply) is not None:
            labels = tuple(button.label for row in reply.buttons for button in row)
            labels += tuple(label for _, label in reply.select.choices) if reply.select else ()
        private = message.only_for is not None or message.room.startswith(PRIVATE)
        return Seen(undressed(message.reply.plain) if message.reply else "", labels, private, message)

    async def press(self, who: Person, seen: Seen, label: str) -> Seen:
        buttons = [button for row in seen.raw.reply.buttons for button in row if button.label == label]
        assert buttons, f"no button {label}: {seen}"
        return await self._answer(await self.adapter.press(who, seen.raw, buttons[0].data))

    async def choose(self, who: Person, seen: Seen, label: str) -> Seen:
        select = seen.raw.reply.select
        values = [value for value, shown in select.choices if shown == label]
        return await self._answer(await self.adapter.press(who, seen.raw, select.data, {"choice": values[0]}))

    async def fill(self, who: Person, seen: Seen, label: str, **values: str) -> Seen:
        form = await self.press(who, seen, label)
        return await self._answer(await self.adapter.send_form(who, form.raw, values))

    async def forge(self, who: Person, data: str) -> Seen:
        carried = [each for each in self.world.messages.values() if each.author == BOT][-1]
        return await self._answer(await self.adapter.press(who, carried, data))

    async def settle(self) -> None:
        while True:
            async with self.database.read() as store:
                waiting = await store.inbox.pending()
                due = await store.outbox.due(self.now, 1, self.platform, set())
                sending = (await store.outbox.counts()).get("sending")
            if not waiting and not due and not sending:
                return await self.answered()
            await asyncio.sleep(0.005)

    def public(self) -> list[Seen]:
        return [
            self._seen(each)
            for each in self.world.messages.values()
            if each.author == BOT
            and each.only_for is None
            and not each.deleted
            and not each.room.startswith(PRIVATE)
        ]

    def letters(self, who: Person) -> list[Seen]:
        room = f"{PRIVATE}{who.id}"
        return [self._seen(each) for each in self.world.in_room(room, who.id) if each.author == BOT]

    def _now(self, post: Message) -> Message:
        return self.world.messages[post.id]

    def marks(self, post: Message) -> list[str]:
        return [emoji for emoji, who in self._now(post).reactions.items() if BOT in who]

    def where(self, seen: Seen) -> str:
        return str(seen.raw.room)

    def id_of(self, post: Message) -> str:
        return post.id

    def transcript(self) -> str:
        return "\n".join(
            f"{each.author} in {each.room}: {each.text or (each.reply.plain if each.reply else '')}"
            for each in self.world.messages.values()
        )

    def complaints(self) -> list[Any]:
        return []
