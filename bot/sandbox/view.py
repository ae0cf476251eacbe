"""View: one browser's page: who looks, at which room, in which language."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from nicegui import ui

from bot.platforms import DeliveryError
from bot.sandbox.bubble import face
from bot.sandbox.composer import Composer
from bot.sandbox.conversation import Conversation
from bot.sandbox.happened import Happening
from bot.sandbox.offers import Offers, offers_for
from bot.sandbox.rooms import Rooms
from bot.sandbox.side import Side
from bot.sandbox.world import BOT, PRIVATE, Message
from handlers.base import ADMIN_ROLE, Person, Texts
from handlers.words.languages import next_language

if TYPE_CHECKING:
    from bot.sandbox.run import Sandbox

PANES = ("rooms", "talk", "side")


class View:
    """One page that is open. It follows the world as long as its browser is there."""

    def __init__(self, sandbox: "Sandbox", me: Person, room: str, t: Texts, dark: bool | None) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.me = me
        self.room = room
        self.t = t
        self.dark = dark
        self._replying: Message | None = None
        self._editing: Message | None = None
        self._dark = ui.dark_mode(dark)
        self._build()
        self._follow()
        self.conversation.show(self.room, self.me)

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        t = self.t
        with ui.element("div").classes("sandbox") as self._root:
            self._header()
            self._rooms = Rooms(self.world, t, self.go)
            with ui.element("main").classes("talk"):
                self._head = ui.html("", sanitize=False).classes("room-head")
                self._banner = ui.html("", sanitize=False).classes("banner").props('role="status"')
                self.conversation = Conversation(self.world, t, self.sandbox.clock, self._act)
                self.composer = Composer(t, self._offers, self._send, self._cancel)
            with ui.element("aside").classes("side"):
                self.side = Side(self)
            self._tabs()
        self._draw_rooms()
        self._draw_banner()
        self._show_pane("talk")

    def _header(self) -> None:
        t = self.t
        with ui.element("header").classes("bar"):
            what = f'<span class="what">{escape(t("Sandbox"))}</span>'
            brand = f'<span class="logo">🏫</span><b>Homeroom</b>{what}'
            ui.html(brand, sanitize=False).classes("brand")
            self._clock = ui.html("", sanitize=False).classes("clock")
            code, other = next_language(t)
            ui.html(other, tag="button", sanitize=False).classes("plain").on(
                "click", lambda: ui.navigate.to(self._address(lang=code))
            )
            ui.html("◐", tag="button", sanitize=False).classes("plain").props(
                f'title="{escape(t("Light or dark"))}" aria-label="{escape(t("Light or dark"))}"'
            ).on(
                "click",
                lambda event: self._light_or_dark(bool(event.args)),
                js_handler="() => emit(document.body.classList.contains('body--dark'))",
            )

    def _tabs(self) -> None:
        names = {"rooms": self.t("Rooms"), "talk": self.t("Chat"), "side": self.t("You and why")}
        with ui.element("nav").classes("tabs"):
            for pane in PANES:
                ui.html(escape(names[pane]), tag="button", sanitize=False).classes(f"tab to-{pane}").on(
                    "click", lambda pane=pane: self._show_pane(pane)
                )

    def _show_pane(self, pane: str) -> None:
        """On a phone one part is seen at a time."""
        for each in PANES:
            self._root.classes(remove=f"at-{each}")
        self._root.classes(f"at-{pane}")

    # -- following --------------------------------------------------------------------------------

    def _follow(self) -> None:
        client = ui.context.client

        def changed(message: Message, new: bool) -> None:
            client.safe_invoke(partial(self._changed, message, new))

        def happened(happening: Happening) -> None:
            client.safe_invoke(partial(self._happened, happening))

        def lived() -> None:
            client.safe_invoke(self._lived)

        def leave() -> None:
            self.world.watchers.discard(changed)
            self.sandbox.living.watchers.discard(lived)
            self.sandbox.happened.watchers.discard(happened)

        # What fails on one page is that page's trouble: neither the bot nor another page hears of it.
        self.world.watchers.add(changed)
        self.sandbox.living.watchers.add(lived)
        self.sandbox.happened.watchers.add(happened)
        client.on_delete(leave)
        ui.timer(1.0, self._tick)

    def _changed(self, message: Message, new: bool) -> None:
        if self.sandbox.living.moving:
            return
        with self._root:
            self.conversation.changed(message)
            if new and message.seen_by(self.me.id):
                self._rooms.written_in(message.room, self.me)

    def _lived(self) -> None:
        """The clock jumps, or stands again."""
        with self._root:
            self._draw_banner()
            self.side.draw_time()
            if not self.sandbox.living.moving:
                self.side.draw_me()
                self.conversation.show(self.room, self.me)
            self._draw_clock()

    def _happened(self, happening: Happening) -> None:
        with self._root:
            self.side.happened(happening)

    def _tick(self) -> None:
        self._draw_clock()
        self._draw_banner()

    # -- drawing ----------------------------------------------------------------------------------

    def _draw_clock(self) -> None:
        words = f"{self.side.day()} <b>{self.sandbox.clock().astimezone():%H:%M}</b>"
        if words != self._clock.content:
            self._clock.set_content(words)

    def _draw_banner(self) -> None:
        living, words = self.sandbox.living, ""
        if living.moving:
            words = self.t("The clock moves on: {n} of 100", n=round(living.progress * 100))
        elif not self.sandbox.adapter.running:
            words = self.t("The bot has stopped. This page goes on as soon as it is back.")
        if words != self._banner.content:
            self._banner.set_content(words)
        self._banner.set_visibility(bool(words))

    def _draw_rooms(self) -> None:
        here = self._rooms.draw(self.room, self.me)
        sign = face(BOT, self.world) if here.private else "<i>#</i>"
        self._head.set_content(f"{sign}<b>{escape(here.title)}</b><span>{escape(here.about)}</span>")

    # -- what one does ----------------------------------------------------------------------------

    def _private(self) -> str:
        return f"{PRIVATE}{self.me.id}"

    def go(self, room: str) -> None:
        """Look at another room. A private one is one's own, whosever it was when the page was drawn."""
        self.room = self._private() if room.startswith(PRIVATE) else room
        self._cancel()
        self._draw_rooms()
        self.conversation.show(room, self.me)
        self._show_pane("talk")
        self._remember()

    def become(self, person: Person) -> None:
        """Speak as somebody else."""
        if self.room == self._private():
            self.room = f"{PRIVATE}{person.id}"
        self.me = person
        self._cancel()
        self._draw_rooms()
        self.side.draw_me()
        self.conversation.show(self.room, self.me)
        self._remember()

    async def let_in(self, person: Person) -> None:
        """Somebody new joins, and one speaks as them."""
        if await self._try(self.sandbox.adapter.join(person)):
            self.become(person)

    def _address(self, **changed: str) -> str:
        known = {"who": self.me.id, "room": self.room, "lang": self.t.language}
        known |= {} if self.dark is None else {"dark": "1" if self.dark else "0"}
        return f"/?{urlencode(known | changed)}"

    def _remember(self) -> None:
        ui.navigate.history.replace(self._address())

    def _light_or_dark(self, dark_now: bool) -> None:
        self.dark = not dark_now
        self._dark.set_value(self.dark)
        self._remember()

    async def _offers(self, line: str) -> Offers:
        adapter = self.sandbox.adapter

        async def suggest(command: str, option: str, typed: str) -> list[tuple[str, str]]:
            return await adapter.suggest(self.me, self.room, command, option, typed)

        return await offers_for(
            line,
            [spec for feature in self.sandbox.app.features for spec in feature.commands],
            admin=ADMIN_ROLE in (self.me.roles or ()),
            private=self.room.startswith(PRIVATE),
            people=[self.world.people[id] for id in self.world.people if id in self.world.here],
            t=self.t,
            suggest=suggest,
        )

    async def _send(self, text: str) -> None:
        replying, editing = self._replying, self._editing
        self._cancel()
        if editing is not None:
            sent = await self._try(self.sandbox.adapter.edit(self.me, editing, text))
        else:
            to = replying.id if replying else None
            sent = await self._try(self.sandbox.adapter.say(self.me, self.room, text, reply_to=to))
        if not sent:
            self.composer.write(text)

    async def _act(self, do: str, message: Message, argument: str, values: Any) -> None:
        """Something in the conversation was pressed."""
        adapter, me = self.sandbox.adapter, self.me
        match do:
            case "press":
                await self._try(adapter.press(me, message, argument))
            case "choose":
                await self._try(adapter.press(me, message, argument, {"choice": str(values)}))
            case "form" if message.form is not None and isinstance(values, dict):
                await self._try(adapter.send_form(me, message, {k: str(v) for k, v in values.items()}))
            case "react":
                on = me.id not in message.reactions.get(argument, [])
                await self._try(adapter.react(me, message, argument, on=on))
            case "why":
                place = self.world.place_of(self.room)
                await self._try(adapter.command(me, place, "why", reply_to=message.id))
            case "reply":
                self._replying, self._editing = message, None
                name = (
                    self.world.people[message.author].name
                    if message.author in self.world.people
                    else "Homeroom"
                )
                self._about(self.t("Answering {name}", name=name))
            case "edit" if message.author == me.id:
                self._replying, self._editing = None, message
                self._about(self.t("Changing your message"))
                self.composer.write(message.text)
            case "delete" if message.author == me.id:
                await self._try(adapter.delete(message))
            case "find":
                ui.run_javascript(f"homeroom.find({argument!r})")

    def _about(self, words: str) -> None:
        self.composer.about(
            f'<span>{escape(words)}</span><button aria-label="{escape(self.t("Cancel"))}">✕</button>'
        )
        self.composer.focus()

    def _cancel(self) -> None:
        self._replying = self._editing = None
        self.composer.about("")

    async def _try(self, doing: Any) -> bool:
        """Do it; while the bot is stopped, say so."""
        try:
            await doing
        except DeliveryError:
            self._draw_banner()
            return False
        return True
