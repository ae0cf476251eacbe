"""A course is made in the chat, by presses and forms, and members find it."""

import struct
import zlib

import pytest

from bot.discord_adapter.rest import Refusal
from handlers.base import File
from tests.conversations.discord_stage import DiscordStage
from tests.conversations.stage import Stage
from tests.conversations.telegram_stage import TelegramStage


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_course_is_made_published_found_and_opened(stage: Stage):
    ann, root = await stage.person("Ann"), stage.root
    await stage.say(ann, "Is there a course about Git?")
    refused = await stage.command(ann, "course add", title="Mine")
    assert refused.text == "Only teachers and admins can use this here."

    asked = await stage.command(root, "course add")
    assert asked.lines[0] == "What is the course called?"
    level = await stage.fill(
        root, asked, "Write the title", title="Git for teams", text="Branches, and who merges."
    )
    price = await stage.press(root, level, "Beginner")
    lessons = await stage.fill(root, price, "Write the price", value="49 EUR")
    preview = await stage.fill(
        root, lessons, "Write the lessons", lines="Commits | video | 12 min\nBranches | 1h"
    )
    assert preview.lines[:2] == ["2 lessons added.", "This is how members will see it:"]
    done = await stage.press(root, preview, "Publish")
    assert done.lines[0] == "“Git for teams” is in the catalogue."

    found = await stage.command(ann, "courses", search="git")
    assert found.private
    assert found.lines[1] == "1. Git for teams · beginner · 2 lessons · €49"
    card = await stage.press(ann, found, "1")
    assert card.lines[:4] == [
        "Git for teams",
        "beginner · 2 lessons · 1 h 12 min · €49",
        "English",
        "Branches, and who merges.",
    ]
    assert card.lines[-1] == "2. Branches · article · 1 h"
    for forged in (
        "course_state||1|archived",
        "course_write||1|title|edit",
        "lesson_remove||1",
        "course_pin||1|7",
    ):
        assert (await stage.forge(ann, forged)).text.startswith("Only ")


async def test_a_picture_sent_with_the_command_is_on_the_card(telegram: TelegramStage):
    root, app = telegram.root, telegram.app
    assert app is not None
    await telegram.command(root, "course add", title="Git")
    await telegram.command(root, "course publish", course="git")

    for name, content, said in (
        ("a.png", png(640, 360), "“Git” has its picture now."),
        ("b.png", b"GIF89a", "This is neither"),
    ):
        await root.sends_document(root.private, name, content, caption="/course_cover git")
        await telegram.settle()
        await app.pictures.idle()
        await telegram.settle()
        assert telegram.letters(root)[-1].lines[0].startswith(said)

    ann = await telegram.person("Ann")
    await telegram.say(ann, "Is there a course about Git?")
    card = await telegram.command(ann, "course", course="git", private=True)
    assert card.raw["photo"]
    assert card.text.startswith("Git")


async def test_on_discord_the_picture_is_an_option_and_comes_from_discord_alone(
    discord: DiscordStage, tmp_path
):
    root, app = discord.root, discord.app
    assert app is not None
    await discord.command(root, "course add", title="Git")
    await discord.command(root, "course publish", course="git")

    told = await discord.command(root, "course cover", course="git", picture=png(640, 360))
    await app.pictures.idle()

    assert told.text == "I am looking at it, and tell you in a moment."
    async with discord.database.read() as store:
        [community] = await store.communities.all()
        [course] = await store.courses.all(community.id)
        assert await store.courses.cover(course.id) == png(640, 360)
    with pytest.raises(Refusal):
        await app.adapters["discord"].fetch(
            File("http://127.0.0.1/attachments/1/a.png", "a.png", 1), tmp_path / "a"
        )
