"""Adapter: the sandbox as Homeroom sees it. What people do on the page becomes events; what is said is shown.

Like every adapter it decides nothing. What people can do is a method each: `say`, `press`, `send_form`,
`react`, `edit`, `delete`, `join`, `leave`; they return when what they did is committed.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock, utc_now
from bot.platforms import Answered, DeliveryError, Health, Intake
from bot.sandbox.life import PLATFORM
from bot.sandbox.world import BOT, PRIVATE, Message, World
from handlers.base import (
    Answer,
    BotStanding,
    Command,
    CommandSpec,
    Content,
    Deleted,
    Delivery,
    DirectMessage,
    Edited,
    Event,
    Feature,
    Form,
    Joined,
    Left,
    LetIn,
    Person,
    Place,
    Post,
    Posted,
    Pressed,
    React,
    Reacted,
    Remove,
    RepliedTo,
    Reply,
    Restore,
    Standing,
    Texts,
)

HEARTBEAT = 5.0
REMEMBERED = 500
Taken = Callable[[Sequence[Event]], None]


class SandboxAdapter:
    """The sandbox: one bot, one community, everybody on one page."""

    platform = PLATFORM

    def __init__(self, world: World, *, clock: Clock = utc_now, taken: Taken = lambda _: None) -> None:
        """`taken` is told of what people did, once its effects are committed."""
        self.world = world
        self.health = Health()
        self._clock = clock
        self.taken = taken
        self._intake: Intake | None = None
        self._ended = asyncio.Event()
        self.ready = asyncio.Event()
        """Set when what people do is taken."""
        self._specs: dict[str, CommandSpec] = {}
        self._answers: OrderedDict[str, asyncio.Future[Message | None]] = OrderedDict()

    # -- life -------------------------------------------------------------------------------------

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Be there; the first time, the bot is added to the community."""
        self._intake = intake
        for feature in features:
            for spec in feature.commands:
                for name in (spec.name, *spec.aliases):
                    self._specs.setdefault(name.replace(" ", "_"), spec)
        self.health.last_contact = time.monotonic()
        if not self.world.notes.get("added"):
            self.world.note("added", True)
            await self.take([BotStanding(**self._common(self._hall()), standing=Standing.ADMIN)])
        self.health.connected = True
        self.ready.set()

    async def wait(self) -> None:
        """Runs until it is stopped."""
        while not self._ended.is_set():
            self.health.last_contact = time.monotonic()
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._ended.wait()
            except TimeoutError:
                continue

    async def stop_intake(self) -> None:
        """Take nothing more of what people do."""
        self._intake = None

    async def stop(self) -> None:
        """Be gone."""
        self._ended.set()
        self.health.connected = False

    @property
    def running(self) -> bool:
        """Whether what people do is taken."""
        return self._intake is not None

    # -- in: what people do -----------------------------------------------------------------------

    async def take(self, events: Sequence[Event]) -> None:
        """Bring events. Raises DeliveryError while the bot is stopped."""
        if self._intake is None:
            raise DeliveryError("the bot has stopped")
        await self._intake.take(events)

    async def say(
        self, who: Person, room: str, text: str, *, reply_to: str | None = None, media: str = ""
    ) -> Message:
        """Write a message; one that begins with a slash is a command, and its id is the key of the answer."""
        if self._intake is None:
            raise DeliveryError("the bot has stopped")
        name, _, words = text.strip().removeprefix("/").partition(" ")
        place = self.world.place_of(room)
        if text.strip().startswith("/") and name:
            return await self._command(who, place, name.casefold(), words.strip(), reply_to)
        message = self._message(who, room, text, reply_to=reply_to, media=media)
        self.world.post(message)
        if not place.private:
            content = Content.MEDIA if media and not text else Content.TEXT
            await self._did(
                Posted(
                    **self._common(place, message.at),
                    message=message.id,
                    person=who,
                    text=text,
                    content=content,
                    reply_to=self._told(reply_to),
                )
            )
        return message

    async def _command(
        self, who: Person, place: Place, name: str, words: str, reply_to: str | None
    ) -> Message:
        """A command whose answer is private is nobody else's business either."""
        spec = self._specs.get(name)
        private = spec is None or spec.answer != "public"
        message = self._message(who, self.world.room_of(place), f"/{name} {words}".strip(), reply_to=reply_to)
        message.only_for = who.id if private and not place.private else None
        self.world.post(message)
        await self.command(who, place, name, words, reply_to=reply_to, message=message.id)
        return message

    async def command(
        self,
        who: Person,
        place: Place,
        name: str,
        words: str = "",
        *,
        reply_to: str | None = None,
        message: str | None = None,
    ) -> str:
        """Give a command; the key that its answer will carry: that of its message, if it has one."""
        event = Command(
            **self._common(place) | ({"key": message} if message else {}),
            name=name,
            person=who,
            text=words,
            people=tuple(self.world.people.values()),
            reply_to=self._told(reply_to),
            message=message,
        )
        self._expect(event.key)
        await self._did(event)
        return event.key

    async def press(
        self, who: Person, message: Message, data: str, values: dict[str, str] | None = None
    ) -> str:
        """Press a button, choose from a list or send a form; the key that its answer will carry."""
        event = Pressed(
            **self._common(self.world.place_of(message.room)),
            data=data,
            person=who,
            values=values or {},
            message=message.id,
        )
        self._expect(event.key)
        await self._did(event)
        return event.key

    async def send_form(self, who: Person, message: Message, values: dict[str, str]) -> str:
        """Send a form that was filled in; it is gone then, and what it was opened from may change."""
        assert message.form is not None
        data = message.form.data
        self.world.post(replace(message, deleted=True))
        opened_from = self.world.messages.get(message.reply_to or "", message)
        return await self.press(who, opened_from, data, values)

    async def react(self, who: Person, message: Message, emoji: str, *, on: bool = True) -> None:
        """Add or take back a reaction."""
        if not self.world.react(message, who.id, emoji, on=on):
            return
        common = self._common(self.world.place_of(message.room)) | {"message": message.id, "person": who}
        common["to"] = self.world.people.get(message.author)
        common |= {"added" if on else "removed": (emoji,)}
        await self._did(Reacted(**common))

    async def edit(self, who: Person, message: Message, text: str) -> None:
        """Change one's message."""
        self.world.post(replace(message, text=text, edited=True))
        common = self._common(self.world.place_of(message.room))
        await self._did(Edited(**common, message=message.id, person=who, text=text))

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        self.world.post(replace(message, deleted=True))
        await self._did(Deleted(**self._common(self.world.place_of(message.room)), messages=(message.id,)))

    async def join(self, who: Person) -> None:
        """Come into the community."""
        self.world.add_person(who)
        await self._did(Joined(**self._common(self._hall()), person=who))

    async def leave(self, who: Person) -> None:
        """Leave the community."""
        self.world.here.discard(who.id)
        await self._did(Left(**self._common(self._hall()), person=who))

    async def suggest(
        self, who: Person, room: str, name: str, option: str, typed: str
    ) -> list[tuple[str, str]]:
        """(value, label) pairs for an option that is being typed."""
        if self._intake is None:
            return []
        asked = Command(**self._common(self.world.place_of(room)), name=name, person=who)
        return await self._intake.suggest(asked, option, typed)

    async def answer_to(self, key: str, within: float = 10.0) -> Message | None:
        """The answer to a command or a press, when it is there; None where nothing was said."""
        return await asyncio.wait_for(asyncio.shield(self._answers[key]), within)

    def _hall(self) -> Place:
        return replace(self.world.place_of(self.world.main), channel=None, channel_title="")

    async def _did(self, event: Event) -> None:
        await self.take([event])
        if not isinstance(event, Command | Pressed):  # those have done nothing yet
            self.taken([event])

    def _common(self, place: Place, at: datetime | None = None) -> dict[str, Any]:
        number = self.world.new_id()
        return {"key": number, "at": at or self._clock(), "place": place, "order": int(number)}

    def _message(
        self, who: Person, room: str, text: str, *, reply_to: str | None, media: str = ""
    ) -> Message:
        return Message(
            self.world.new_id(), room, who.id, self._clock(), text=text, reply_to=reply_to, media=media
        )

    def _told(self, message: str | None) -> RepliedTo | None:
        found = self.world.messages.get(message or "")
        if found is None:
            return None
        person = self.world.people.get(found.author) or Person(id=BOT, name="Homeroom", is_bot=True)
        return RepliedTo(message=found.id, person=person, text=found.text, at=found.at)

    # -- out: what the bot says -------------------------------------------------------------------

    def _expect(self, key: str) -> None:
        self._answers[key] = asyncio.get_running_loop().create_future()
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        """Show the answer in the room; a private one to its person alone."""
        said = self._shown(event, answer, private=private)
        waiting = self._answers.get(event.key)
        if waiting is not None and not waiting.done():
            waiting.set_result(said)
        self.taken([event])
        return Answered(said.id if said is not None and said.only_for is None else None)

    def _shown(self, event: Command | Pressed, answer: Answer, *, private: bool) -> Message | None:
        room, alone = self.world.room_of(event.place), event.person.id
        if event.place.private:
            private = False
        if isinstance(answer, Form):
            opened_from = event.message if isinstance(event, Pressed) else None
            return self._say(room, form=answer, only_for=alone, reply_to=opened_from, answers=event.key)
        if not (answer.lines or answer.buttons or answer.select or answer.picture or answer.document):
            return None
        carried = self.world.messages.get(event.message or "")
        if answer.edit and isinstance(event, Pressed) and carried is not None:
            return self.world.post(replace(carried, reply=answer, answers=event.key))
        return self._say(
            room,
            reply=answer,
            only_for=alone if private else None,
            reply_to=self._stands(answer) or event.message or _asked_about(event),
            answers=event.key,
        )

    def _stands(self, reply: Reply) -> str | None:
        """The message that an answer shows: it is quoted above, and a press on the quote leads to it."""
        shown = reply.shows
        return shown.message if shown is not None and shown.message in self.world.messages else None

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        """Show a message, a reaction, or take one away. The same delivery twice is one message."""
        match delivery:
            case Post(place=place, reply=reply) | Restore(place=place, reply=reply):
                return self._once(nonce, self.world.room_of(place), reply)
            case DirectMessage(account=account, reply=reply):
                return self._once(nonce, f"{PRIVATE}{account}", reply)
            case React(message=message, emoji=emoji):
                found = self.world.messages.get(message)
                if found is not None:
                    self.world.react(found, BOT, emoji, on=True)
            case Remove(message=message):
                found = self.world.messages.get(message)
                if found is not None and not found.deleted:
                    self.world.post(replace(found, deleted=True))
            case LetIn():
                raise DeliveryError("in the sandbox nobody asks to be let in", permanent=True)
        return None

    def _once(self, nonce: str, room: str, reply: Reply) -> str:
        there = next((m for m in self.world.messages.values() if m.answers == nonce), None)
        return (there or self._say(room, reply=reply, answers=nonce)).id

    def _say(
        self,
        room: str,
        *,
        reply: Reply | None = None,
        form: Form | None = None,
        only_for: str | None = None,
        reply_to: str | None = None,
        answers: str | None = None,
    ) -> Message:
        return self.world.post(
            Message(
                self.world.new_id(), room, BOT, self._clock(), reply=reply, form=form, only_for=only_for,
                reply_to=reply_to, answers=answers,
            )
        )  # fmt: skip

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        """What the world says they are."""
        known = self.world.people.get(person.id)
        return frozenset(known.roles or ()) if known is not None else frozenset()


def _asked_about(event: Command | Pressed) -> str | None:
    """The message that a command without one of its own was given for."""
    return event.reply_to.message if isinstance(event, Command) and event.reply_to else None
