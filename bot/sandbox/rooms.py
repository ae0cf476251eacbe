"""Rooms: the left part of the page: where one can go, and where something new was written."""

from collections.abc import Callable
from html import escape

from nicegui import ui

from bot.sandbox.world import PRIVATE, Room, World
from handlers.base import Person, Texts

CLICKED = "(e) => { const b = e.target.closest('[data-room]'); if (b) emit(b.dataset.room); }"


class Rooms:
    """The list of rooms. `go` is told which one was chosen."""

    def __init__(self, world: World, t: Texts, go: Callable[[str], None]) -> None:
        self.t = t
        self._world = world
        self._unread: set[str] = set()
        self._here = ""
        with ui.element("nav").classes("rooms").props(f'aria-label="{escape(t("Rooms"))}"') as nav:
            nav.on("click", lambda event: go(event.args), js_handler=CLICKED)
            ui.label(world.title).classes("title")
            self._public = ui.html("", sanitize=False)
            ui.label(t("Private")).classes("title small")
            self._private = ui.html("", sanitize=False)
            ui.link(t("Your community’s story"), f"/story?lang={t.language}").classes("to-story")

    def draw(self, here: str, me: Person) -> Room:
        """Show where one is, and return that room; what was new there is read."""
        self._here = here
        self._unread.discard(here)
        private = Room(f"{PRIVATE}{me.id}", "Homeroom", self.t("Your private chat with the bot"))
        public = [room for room in self._world.rooms.values() if not room.private]
        self._public.set_content("".join(map(self._html, public)))
        self._private.set_content(self._html(private))
        return private if here == private.id else self._world.rooms[here]

    def written_in(self, room: str, me: Person) -> None:
        """Something new was written: it is marked, if one is elsewhere."""
        mine = not room.startswith(PRIVATE) or room == f"{PRIVATE}{me.id}"
        if mine and room != self._here and room not in self._unread:
            self._unread.add(room)
            self.draw(self._here, me)

    def _html(self, room: Room) -> str:
        on = ' on" aria-current="page' if room.id == self._here else ""
        dot = f'<em title="{escape(self.t("Something new"))}"></em>' if room.id in self._unread else ""
        return (
            f'<button class="room{on}" data-room="{escape(room.id)}" title="{escape(room.about)}">'
            f"<i>{'🔒' if room.private else '#'}</i>{escape(room.title)}{dot}</button>"
        )
