"""Page: the sandbox in a browser. Everybody who opens it looks at the same community.

Who one speaks as stands in the address, so that a reload changes nothing.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from nicegui import app, ui

from bot.sandbox.story import register_story
from bot.sandbox.view import View
from bot.sandbox.world import PRIVATE
from handlers.base import Texts

if TYPE_CHECKING:
    from bot.sandbox.run import Sandbox

LOOK = Path(__file__).parent / "look"


def register_pages(sandbox: "Sandbox") -> None:
    """Make the pages that are served."""
    app.add_static_files("/look", LOOK)
    register_story(sandbox.house)

    @ui.page("/", title="Homeroom")
    def chat(who: str = "", room: str = "", lang: str = "", dark: str = "") -> None:
        world, t = sandbox.world, sandbox.texts(lang or sandbox.language)
        ui.add_head_html(head(t))
        me = world.people.get(who) or world.people["you"]
        known = room in world.rooms or room == f"{PRIVATE}{me.id}"
        View(sandbox, me, room if known else world.main, t, {"1": True, "0": False}.get(dark))


def head(t: Texts) -> str:
    """The look, and what the browser says by itself while nobody answers it."""
    stopped = json.dumps(t("The bot has stopped. This page goes on as soon as it is back."))
    return (
        '<link rel="stylesheet" href="/look/look.css"><script src="/look/homeroom.js"></script>'
        f"<script>homeroom.begin({json.dumps(t.language.replace('_', '-'))}, {stopped})</script>"
    )
