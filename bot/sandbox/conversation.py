"""Conversation: the messages of one room, as one person sees them, kept up to date."""

from collections.abc import Awaitable, Callable
from datetime import date
from html import escape
from typing import Any

from nicegui import ui

from bot.clock import Clock
from bot.sandbox.bubble import bubble
from bot.sandbox.world import Message, World
from handlers.base import Person, Texts
from handlers.words.dates import day_in_words

SHOWN = 60
"""Messages that are drawn at first; one press shows as many more."""
PRESSED = """(e) => {
  const b = e.target.closest('[data-do]');
  if (!b || b.tagName === 'SELECT') return;
  emit(b.dataset.do, b.closest('[data-id]').dataset.id, b.dataset.arg || '', '');
}"""
CHOSEN = """(e) => {
  const s = e.target.closest('select[data-do]');
  if (s && s.value) emit('choose', s.closest('[data-id]').dataset.id, s.dataset.arg, s.value);
}"""
SENT = """(e) => {
  e.preventDefault();
  emit('form', e.target.closest('[data-id]').dataset.id, '', Object.fromEntries(new FormData(e.target)));
}"""

Act = Callable[[str, Message, str, Any], Awaitable[None]]
"""(what was done, to which message, with what, and what was filled in)."""


class Conversation:
    """The middle of the page. `act` is told what was pressed."""

    def __init__(self, world: World, t: Texts, clock: Clock, act: Act) -> None:
        self._world = world
        self.t = t
        self._clock = clock
        self._act = act
        self._room = ""
        self._me: Person | None = None
        self._shown = SHOWN
        self._drawn: dict[str, ui.html] = {}
        self._day: date | None = None
        self._log = ui.element("div").classes("log").props('role="log" tabindex="0"')
        for kind, script in (("click", PRESSED), ("change", CHOSEN), ("submit", SENT)):
            self._log.on(kind, self._pressed, js_handler=script)

    def show(self, room: str, me: Person, *, more: bool = False) -> None:
        """Draw a room anew."""
        self._room, self._me = room, me
        self._shown = self._shown + SHOWN if more else SHOWN
        self._drawn.clear()
        self._day = None
        self._log.clear()
        messages = self._world.in_room(room, me.id)
        with self._log:
            if len(messages) > self._shown:
                earlier = ui.html(escape(self.t("Show earlier messages")), tag="button", sanitize=False)
                earlier.classes("earlier").on("click", lambda: self.show(room, me, more=True))
            self._empty = ui.label(self.t("Nothing has been written here yet.")).classes("empty")
            self._empty.set_visibility(not messages)
            for message in messages[-self._shown :]:
                self._add(message)
        ui.run_javascript("homeroom.toEnd()" if not more else "")

    def changed(self, message: Message) -> None:
        """A message is new, or is not as it was."""
        if self._me is None or message.room != self._room:
            return
        drawn = self._drawn.get(message.id)
        if not message.seen_by(self._me.id):
            if drawn is not None:
                self._drawn.pop(message.id).delete()
        elif drawn is not None:
            drawn.set_content(self._html(message))
        else:
            self._empty.set_visibility(False)
            with self._log:
                self._add(message)

    def _add(self, message: Message) -> None:
        day = message.at.astimezone().date()
        if day != self._day:
            self._day = day
            ui.label(day_in_words(self.t, day, self._clock().astimezone().date())).classes("day")
        self._drawn[message.id] = ui.html(self._html(message), sanitize=False)

    def _html(self, message: Message) -> str:
        assert self._me is not None
        return bubble(message, self._world, self._me, self.t)

    async def _pressed(self, event: Any) -> None:
        do, id, argument, values = event.args
        message = self._world.messages.get(id)
        if message is not None and self._me is not None and message.seen_by(self._me.id):
            await self._act(do, message, argument, values)
