"""Page: the sandbox in a browser. Everybody who opens it looks at the same community.

Who one speaks as stands in the address, so that a reload changes nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from nicegui import app, ui

from bot.sandbox.view import View
from handlers.words.languages import nearest

if TYPE_CHECKING:
    from bot.sandbox.run import Sandbox

LOOK = Path(__file__).parent / "look"


def register_pages(sandbox: "Sandbox") -> None:
    """Make the pages that are served."""
    app.add_static_files("/look", LOOK)
    head = '<link rel="stylesheet" href="/look/look.css"><script src="/look/homeroom.js"></script>'

    @ui.page("/", title="Homeroom")
    def chat(who: str = "", room: str = "", lang: str = "", dark: str = "") -> None:
        ui.add_head_html(head)
        people, rooms = sandbox.world.people, sandbox.world.rooms
        me = people.get(who) or people["you"]
        known = room in rooms or room == f"private:{me.id}"
        View(
            sandbox,
            me,
            room if known else next(iter(rooms)),
            sandbox.texts(nearest(lang or sandbox.language)),
            {"1": True, "0": False}.get(dark),
        )
