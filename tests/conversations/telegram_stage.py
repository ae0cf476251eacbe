"""The stage on Telegram: a group, played by the Bot API server on loopback."""

import asyncio
from typing import Any, Self

from bot.platforms import Adapter
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.pace import Pace
from bot.texts import load_texts
from storage.database import Database
from tests.conversations.stage import Seen, Stage, undressed
from tests.doubles.telegram.people import Person, buttons_of
from tests.doubles.telegram.server import TelegramServer
from tests.doubles.telegram.spec import spec_path


class TelegramStage(Stage):
    platform = "telegram"

    @classmethod
    def missing(cls) -> str | None:
        return None if spec_path().exists() else "The Bot API as data is not on this machine."

    def __init__(self, database: Database, **features: Any) -> None:
        super().__init__(database, **features)
        self.tg = TelegramServer(privacy=False)
        self.tg.world.clock = lambda: self.now.timestamp()

    async def __aenter__(self) -> Self:
        await self.tg.__aenter__()
        self.group = self.tg.group("Data School", bot=None)
        await self.start()
        await self.group.add_bot(admin=True)
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self.tg.__aexit__()

    def _adapter(self) -> Adapter:
        fast = Pace(per_second=1_000, per_chat_per_second=1_000, per_group_per_minute=100_000)
        return TelegramAdapter(
            self.tg.token, texts=load_texts(), base_url=self.tg.url, pace=fast, clock=lambda: self.now
        )

    async def person(self, name: str, *, admin: bool = False, reachable: bool = True) -> Person:
        handle = name.split()[0].lower()
        user = self.tg.user(name, **({"username": f"{handle}_here"} if handle.isascii() else {}))
        self.group.members[user.id] = {"status": "member"}
        if admin:
            await self.group.promote(user)
        if reachable:
            await user.starts()
        await self.settle()
        return user

    async def owner(self) -> Person:
        user = await self.person("Owner")
        self.group.members[user.id] = {"status": "creator", "is_anonymous": False}
        return user

    async def say(self, who: Person, text: str, *, to: Any = None, channel: Any = None) -> Any:
        post = await who.say(self.group, text, reply_to=to, thread=channel)
        await self.settle()
        return post

    async def edit(self, who: Person, post: Any, text: str) -> None:
        await who.edits(post, text)
        await self.settle()

    async def react(self, who: Person, post: Any, emoji: str = "👍") -> None:
        await who.reacts(post, emoji)
        await self.settle()

    async def unreact(self, who: Person, post: Any, emoji: str = "👍") -> None:
        await who.unreacts(post)
        await self.settle()

    async def leave(self, who: Person) -> None:
        await who.leaves(self.group)
        await self.settle()

    async def join(self, who: Person) -> None:
        await who.joins(self.group)
        await self.settle()

    async def channel(self, name: str) -> int:
        thread = await self.group.topic(name)
        await self.settle()
        return thread

    async def thread(self, who: Person, name: str) -> int:
        return await self.channel(name)

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
        words = [f"/{name.replace(' ', '_')}"]
        words += [f"@{v.json['username']}" if isinstance(v, Person) else str(v) for v in options.values()]
        seen = len(self.tg.sent)
        chat = who.private if private else self.group
        await who.say(chat, " ".join(words), reply_to=post, thread=channel)
        return await self._next(who, seen)

    async def is_kept_from(self, who: Person, name: str, **options: Any) -> bool:
        return (await self.command(who, name, **options)).text == "Only admins can use this here."

    async def _next(self, who: Person, seen: int) -> Seen:
        def answer() -> Any:
            mine = {self.group.id, who.id}
            return next((each for each in self.tg.sent[seen:] if each.chat_id in mine), None)

        await self.until(answer)
        await self.settle()
        return self._seen(answer().message)

    def _seen(self, message: Any) -> Seen:
        now = self.tg.world.chat_of(message).messages.get(message["message_id"], message)
        labels = tuple(button["text"] for button in buttons_of(now))
        said = now.get("text") or now.get("caption", "")
        return Seen(undressed(said), labels, now["chat"]["type"] == "private", now)

    async def press(self, who: Person, seen: Seen, label: str) -> Seen:
        return await self._pressed(who, seen, label=label)

    async def fill(self, who: Person, seen: Seen, label: str, **values: str) -> Seen:
        form = await self.press(who, seen, label)
        before = len(self.tg.sent)
        await who.say(self.tg.world.chat_of(form.raw), "\n".join(values.values()), reply_to=form.raw)
        return await self._next(who, before)

    async def forge(self, who: Person, data: str) -> Seen:
        last = [each for each in self.tg.sent if each.chat_id in (self.group.id, who.id)][-1]
        return await self._pressed(who, self._seen(last.message), data=data)

    async def _pressed(self, who: Person, seen: Seen, **what: str) -> Seen:
        before, text = len(self.tg.sent), seen.raw["text"]
        query = await who.presses(seen.raw, **what)
        told = await self.tg.wait_answer(query)
        if told.get("text"):
            await self.settle()
            return Seen(undressed(told["text"]), (), True)
        mine = {self.group.id, who.id}  # a press may write to others, too

        def sent() -> bool:
            return any(each.chat_id in mine for each in self.tg.sent[before:])

        await self.until(lambda: self._seen(seen.raw).raw["text"] != text or sent())
        await self.settle()
        if sent():
            return await self._next(who, before)
        return self._seen(seen.raw)

    async def choose(self, who: Person, seen: Seen, label: str) -> Seen:
        return await self.press(who, seen, label)

    async def settle(self) -> None:
        while True:
            await self.until(lambda: not self.tg.unconfirmed)
            async with self.database.read() as store:
                waiting = await store.inbox.pending()
                due = await store.outbox.due(self.now, 1, self.platform, set())
                sending = (await store.outbox.counts()).get("sending")
            if not waiting and not due and not sending:
                return await self.answered()
            await asyncio.sleep(0.005)

    def public(self) -> list[Seen]:
        return [
            self._seen(each.message)
            for each in self.tg.sent_to(self.group)
            if each.message["message_id"] in self.group.messages
        ]

    def letters(self, who: Person) -> list[Seen]:
        return [self._seen(each.message) for each in self.tg.sent_to(who.private)]

    def marks(self, post: Any) -> list[str]:
        mine = self.group.reactions.get(post["message_id"], {}).get(self.tg.world.bot_id, [])
        return [each["emoji"] for each in mine]

    def where(self, seen: Seen) -> int | None:
        return seen.raw.get("message_thread_id") if seen.raw.get("is_topic_message") else None

    def id_of(self, post: Any) -> str:
        return f"{post['chat']['id']}/{post['message_id']}"

    def transcript(self) -> str:
        return self.tg.transcript()

    def complaints(self) -> list[Any]:
        return [*self.tg.violations, *self.tg.early_calls]
