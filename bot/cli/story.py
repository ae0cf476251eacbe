"""`homeroom import ... --story FILE`: a page about the history in a file; nothing is stored."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.options import give_up, tell
from bot.config import Config

if TYPE_CHECKING:
    from bot.story import Source

Progress = Callable[[int, float], None]


def told(config: Config, to: Path, source: "Source", zone: str, progress: Progress) -> dict[str, Any]:
    """Write the page, in the language of the configuration. Raises ImportProblem and StorageError."""
    if not to.absolute().parent.is_dir() or to.is_dir():
        give_up(f"{to} cannot be written: name a file in a folder that is there, such as --story story.html")
    # However it is stopped, what it needed meanwhile is removed. A shell starts what runs in the background
    # (`nohup ... &`) with Ctrl-C ignored; then a stop would be, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return asyncio.run(_told(config, to, source, zone, progress))
    except KeyboardInterrupt:
        tell("Stopped. Nothing was stored.")
        raise typer.Exit(130) from None


async def _told(config: Config, to: Path, source: "Source", zone: str, progress: Progress) -> dict[str, Any]:
    from bot.batch import House
    from bot.logs import set_up_logs
    from bot.settings_book import SettingsBook, installation_settings
    from bot.story import page_of, tell_story
    from bot.texts import load_texts
    from handlers import FEATURES

    set_up_logs("error", config.logs.format, config.secrets())
    texts, began = load_texts(), time.monotonic()
    book = SettingsBook(FEATURES, installation_settings(FEATURES, config.features))
    house = House(FEATURES, book, texts, config.language)
    story = await tell_story(source, house, zone=zone, progress=progress)
    try:
        await asyncio.to_thread(to.write_text, page_of(story, texts(config.language)), encoding="utf-8")
    except OSError as error:
        give_up(f"{to} cannot be written: {error.strerror}.")
    tell(f"Open {to} in a browser. Nothing was stored, and nothing left this machine.")
    return {
        "story": str(to),
        "name": story.name,
        "posts": story.posts,
        "people": story.people,
        "questions": story.answers.questions,
        "refused": story.refused_rows,
        "from": story.first.isoformat(),
        "to": story.last.isoformat(),
        "seconds": round(time.monotonic() - began, 2),
    }
