"""`python -m tests.newcomer`: a newcomer's first minutes, by the README alone, written down and photographed.

Ann runs a Telegram group and a Discord server. She adds the bot to both, sets it up, makes the two one community;
Bob, who is in both, becomes one person; each of them writes, and both platforms show one board. Both platforms are
the servers that play them; Homeroom itself is the real one. What it says goes into docs/newcomer.md, and three
pictures into docs/images. Needs Chromium.

Time: what Homeroom took is measured. What a person takes is counted by the keystroke-level model (Card, Moran and
Newell, 1980): 1.35 s to think before each act, 1.1 s to point, 0.28 s a key; and reading, at 200 words a minute.
"""

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.app import App
from bot.clock import utc_now
from bot.config import Config
from bot.discord_adapter import DiscordAdapter
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.pace import Pace
from bot.texts import load_texts
from storage.database import Database
from storage.migrations import upgrade
from storage.tables import posts
from tests.conversations.discord_stage import labels_of
from tests.conversations.stage import undressed
from tests.doubles.discord.messages import visible_text
from tests.doubles.discord.server import DiscordServer
from tests.doubles.telegram.people import buttons_of
from tests.doubles.telegram.server import TelegramServer

DOCS = Path(__file__).parent.parent / "docs"
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{6}")
BOT = "Homeroom"
TELEGRAM, DISCORD = "Telegram", "Discord"
THINK, POINT, KEY, WORDS_A_SECOND = 1.35, 1.1, 0.28, 200 / 60


@dataclass(frozen=True)
class Line:
    """One line of the transcript: what somebody did, or what the bot said."""

    platform: str
    place: str
    who: str
    text: str
    labels: tuple[str, ...] = ()
    pressed: bool = False
    alone: bool = False
    """Only one person sees it."""


@dataclass(frozen=True)
class Mark:
    """What it took to reach something, from the beginning unless its title says otherwise."""

    title: str
    lines: tuple[Line, ...]
    waited: float
    """Seconds that Homeroom took to answer."""

    @property
    def acts(self) -> int:
        """Presses and messages."""
        return sum(line.who != BOT for line in self.lines)

    @property
    def keys(self) -> int:
        """Keys pressed; a code is copied, and Enter sends."""
        typed = [line.text for line in self.lines if line.who != BOT and not line.pressed]
        return sum(len(CODE.sub("V", text)) + 1 for text in typed)

    @property
    def words(self) -> int:
        """Words that Homeroom said."""
        return sum(len(line.text.split()) for line in self.lines if line.who == BOT)

    @property
    def person_seconds(self) -> float:
        """What a person takes for all of it."""
        return self.acts * (THINK + POINT) + self.keys * KEY + self.words / WORDS_A_SECOND


@dataclass
class Transcript:
    """What happened, and how long it took."""

    lines: list[Line] = field(default_factory=list)
    waited: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    parts: list[tuple[str, int]] = field(default_factory=list)
    """(title, the line that begins it)."""

    def part(self, title: str) -> None:
        """Begin another part of the story."""
        self.parts.append((title, len(self.lines)))

    def reached(self, title: str) -> None:
        """Note how much it took so far."""
        self.marks.append(Mark(title, tuple(self.lines), self.waited))

    @property
    def questions(self) -> Mark:
        """The five questions alone, from /setup to the last press."""
        begins = self.parts[1][1]
        ends = max(n for n, line in enumerate(self.lines[: self.parts[2][1]]) if line.pressed) + 1
        return Mark("the five questions alone", tuple(self.lines[begins:ends]), 0)


class Newcomer:
    """Everybody's hands, on both platforms at once."""

    def __init__(self, tg: TelegramServer, dc: DiscordServer, app: App) -> None:
        self.tg, self.dc, self.app = tg, dc, app
        self.told = Transcript()

    async def settle(self) -> None:
        """Until everything that happened is committed, answered and delivered."""
        while True:
            await asyncio.sleep(0.03)
            async with self.app.database.read() as store:
                waiting = await store.inbox.pending()
                counts = await store.outbox.counts()
            if (
                not waiting
                and not self.tg.unconfirmed
                and not counts.get("pending")
                and not counts.get("sending")
            ):
                return

    async def posts(self) -> int:
        """How many posts are stored."""
        async with self.app.database.read() as store:
            return int(await store.connection.scalar(select(func.count()).select_from(posts)) or 0)

    # Telegram

    async def write(self, who: Any, chat: Any, text: str) -> Any:
        """Write on Telegram; what the bot said to it, if anything."""
        place = "private chat" if chat.is_private else chat.title
        self.told.lines.append(Line(TELEGRAM, place, who.json["first_name"], text))
        seen, began = len(self.tg.sent), time.monotonic()
        await who.say(chat, text)
        if text.startswith("/"):
            await until(lambda: len(self.tg.sent) > seen)
        await self.settle()
        self.told.waited += time.monotonic() - began
        for sent in self.tg.sent[seen:]:
            self._telegram_said(sent.message)
        return self.tg.sent[-1].message if len(self.tg.sent) > seen else None

    async def start(self, who: Any) -> None:
        """Press Start in the private chat with the bot."""
        self.told.lines.append(Line(TELEGRAM, "private chat", who.json["first_name"], "Start", pressed=True))
        seen = len(self.tg.sent)
        await who.starts()
        await until(lambda: len(self.tg.sent) > seen)
        await self.settle()
        self._telegram_said(self.tg.sent[-1].message)

    async def press(self, who: Any, message: Any, label: str) -> Any:
        """Press a button on Telegram; the message as it is then, or the new one."""
        place = "private chat" if message["chat"]["type"] == "private" else message["chat"]["title"]
        self.told.lines.append(Line(TELEGRAM, place, who.json["first_name"], label, pressed=True))
        seen, began = len(self.tg.sent), time.monotonic()
        query = await who.presses(message, label)
        await self.tg.wait_answer(query)
        await self.settle()
        self.told.waited += time.monotonic() - began
        sent = [each.message for each in self.tg.sent[seen:]]
        now = sent[-1] if sent else self.tg.world.chat_of(message).messages[message["message_id"]]
        self._telegram_said(now)
        return now

    def _telegram_said(self, message: Any) -> None:
        private = message["chat"]["type"] == "private"
        place = "private chat" if private else message["chat"]["title"]
        labels = tuple(button["text"] for button in buttons_of(message))
        now = self.tg.world.chat_of(message).messages.get(message["message_id"], message)
        self.told.lines.append(Line(TELEGRAM, place, BOT, undressed(now["text"]), labels, alone=private))

    # Discord

    async def slash(self, who: Any, channel: Any, name: str, **options: Any) -> Any:
        """A slash command on Discord; the message it was answered with."""
        words = " ".join([f"/{name}", *map(str, options.values())])
        self.told.lines.append(Line(DISCORD, f"#{channel.name}", who.name, words))
        return await self._answered(await who.slash(channel, name, **options), channel)

    async def click(self, who: Any, channel: Any, message: Any, label: str) -> Any:
        """Press a button on Discord."""
        self.told.lines.append(Line(DISCORD, f"#{channel.name}", who.name, label, pressed=True))
        return await self._answered(await who.presses(message, label), channel)

    async def post(self, who: Any, channel: Any, text: str) -> None:
        """Write on Discord."""
        self.told.lines.append(Line(DISCORD, f"#{channel.name}", who.name, text))
        before = await self.posts()
        await who.say(channel, text)
        while await self.posts() == before:
            await asyncio.sleep(0.01)
        await self.settle()

    async def _answered(self, asked: Any, channel: Any) -> Any:
        began = time.monotonic()
        answer = await asked.answered()
        await self.settle()
        self.told.waited += time.monotonic() - began
        said = [each for each in asked.answers if each.how not in ("deferred", "deleted")]
        answer = said[-1] if said else answer
        labels = labels_of(answer.message.components) if answer.message else ()
        text = undressed(answer.text)
        self.told.lines.append(Line(DISCORD, f"#{channel.name}", BOT, text, labels, alone=answer.ephemeral))
        return answer.message

    def heard(self, channel: Any) -> None:
        """The bot's last public message in a channel of Discord."""
        message = self.dc.last_in(channel)
        self.told.lines.append(
            Line(DISCORD, f"#{channel.name}", BOT, undressed(visible_text(message.wire())))
        )


@asynccontextmanager
async def both_platforms() -> AsyncIterator[tuple[TelegramServer, DiscordServer, App]]:
    """Homeroom with both tokens, and an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite:///{folder}/homeroom.db", key=b"newcomer" * 4)
        await upgrade(database, None, now=utc_now())
        async with TelegramServer(privacy=False) as tg, DiscordServer() as dc:
            with dc.points_library():
                pace = Pace(per_second=1_000, per_chat_per_second=1_000, per_group_per_minute=100_000)
                telegram = TelegramAdapter(tg.token, texts=load_texts(), base_url=tg.url, pace=pace)
                discord = DiscordAdapter(dc.token, texts=load_texts(), base_url=dc.api, identify_pause=0.0)
                app = App(database, [telegram, discord], Config())
                running = asyncio.ensure_future(app.run())
                await until(
                    lambda: (telegram.health.connected and discord.health.connected) or running.done()
                )
                try:
                    yield tg, dc, app
                finally:
                    app.stop()
                    await running
        await database.close()


async def play() -> Transcript:
    """The whole story."""
    async with both_platforms() as (tg, dc, app):
        me = Newcomer(tg, dc, app)
        told = me.told
        ann = tg.user("Ann", username="ann_teaches", language_code="de")
        bob = tg.user("Bob", username="bob_learns", language_code="en")
        group = tg.group("Data School", bot=None)
        group.members[bob.id] = {"status": "member"}
        await group.promote(ann)

        told.part(
            "Ann adds the bot to her Telegram group, makes it an admin, and presses Start in its private chat"
        )
        await me.start(ann)
        await group.add_bot(ann, admin=True)
        await until(lambda: tg.sent_to(group))
        await me.settle()
        for sent in tg.sent_to(group):
            me._telegram_said(sent.message)

        told.part("Ann sets it up")
        await me.write(ann, group, "/setup")
        asked = tg.sent_to(ann.private)[-1].message
        for label in ("English", "Yes, Europe/Berlin", "Monday", "Everywhere", "Standard"):
            asked = await me.press(ann, asked, label)

        told.reached("the group is set up")
        told.part("Ann invites the bot to her Discord server")
        guild = dc.guild("Data School on Discord", bot_inside=False)
        general = guild.text("general")
        ann_there, bob_there = guild.member("Ann", admin=True), guild.member("Bob")
        dc.add_bot(guild)
        await until(lambda: any(each.channel is general for each in dc.sent))
        await me.settle()
        me.heard(general)

        told.part("Ann makes the two one community")
        code = code_in(await me.write(ann, ann.private, "/connect"))
        preview = await me.slash(ann_there, general, "connect", code=code)
        await me.click(ann_there, general, preview, "Connect")

        told.reached("group and server are one community")
        told.part("Both write, each on one side; so does Bob's other account")
        await me.write(ann, group, "Welcome! Tell us what you want to learn this month.")
        await me.write(bob, group, "I want to learn how to split data by time.")
        await me.post(bob_there, general, "And here I am on Discord, with another question.")

        told.part("Bob says that both accounts are his")
        await me.start(bob)
        code = code_in(await me.write(bob, bob.private, "/link"))
        await me.slash(bob_there, general, "link", code=code)

        told.reached("both wrote, and Bob's accounts are one person")
        told.part("One board on both platforms")
        await me.write(bob, group, "/top")
        await me.slash(ann_there, general, "top")
        told.reached("one board on both platforms")
        assert not tg.violations, tg.violations
        assert not dc.violations, dc.violations
        return told


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so, at most a quarter of a minute."""
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


def code_in(message: Any) -> str:
    """The one-time code in a message."""
    for entity in message.get("entities", []):
        if entity["type"] == "code":
            return str(message["text"][entity["offset"] : entity["offset"] + entity["length"]])
    raise LookupError(f"no code: {message['text']}")


if __name__ == "__main__":
    from tests.newcomer_pictures import draw, write_down

    if shutil.which("chromium") is None:
        raise SystemExit("Chromium is not installed: Debian's package is called chromium.")
    transcript = asyncio.run(play())
    write_down(transcript, DOCS / "newcomer.md")
    asyncio.run(draw(transcript, DOCS / "images"))
