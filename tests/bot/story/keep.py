"""Keeps the stories of two real chats in docs/stories: `python -m tests.bot.story.keep`."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.story import page_of
from bot.texts import load_texts
from tests.bot.importers.sample_chats import SAMPLES, neutral
from tests.bot.story.making import story_of, write

STORIES = Path(__file__).parents[3] / "docs" / "stories"
KEPT = {"gitter-fcc.jsonl.gz": "gitter-fcc", "irc-ubuntu-dev.jsonl.gz": "ubuntu"}


def rows_for(name: str) -> list[dict[str, Any]]:
    """All lines of a sample chat, in the order of time: slices of days come in no order."""
    return sorted(neutral(name), key=lambda row: str(row["at"]))


async def keep(folder: Path) -> None:
    for name, kept in KEPT.items():
        story = await story_of(write(folder / "chat.jsonl", rows_for(name)), name=name)
        for language, suffix in (("en", ""), ("zh_CN", ".zh-CN")):
            made = STORIES / f"{kept}{suffix}.html"
            made.write_text(page_of(story, load_texts()(language)), encoding="utf-8")
            print(made)


if __name__ == "__main__":
    if not SAMPLES.is_dir():
        sys.exit("The sample chats are not beside this folder: ../shared/data/chat")
    STORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made_in:
        asyncio.run(keep(Path(made_in)))
