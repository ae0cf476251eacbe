"""Making: stories out of files, as the command makes them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.batch import House
from bot.importers import Reading, open_export
from bot.settings_book import SettingsBook
from bot.story import Source, Story, tell_story
from bot.texts import load_texts
from handlers import FEATURES


def a_house(language: str = "en") -> House:
    return House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), language)


async def story_of(path: Path, *, zone: str = "UTC", name: str = "") -> Story:
    reading = Reading(path.name)
    source = Source(open_export(path, reading=reading), [reading], [name or path.name])
    return await tell_story(source, a_house(), zone=zone)


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def said(id: int, at: str, user: str, text: str, **more: Any) -> dict[str, Any]:
    """A line of the neutral format."""
    row = {
        "platform": "forum",
        "space": "school",
        "space_title": "Data School",
        "id": id,
        "at": at,
        "user": user,
    }
    return row | {"name": user.title(), "handle": user, "text": text} | more
