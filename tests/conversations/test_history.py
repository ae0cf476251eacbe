"""History from the chat: a file that an admin sends on Telegram, and the server's own on Discord."""

import json

from tests.bot.importers.test_reading import message
from tests.conversations.discord_stage import DiscordStage
from tests.conversations.stage import Stage
from tests.conversations.telegram_stage import TelegramStage


def export_of(stage: TelegramStage) -> bytes:
    """Telegram Desktop's, of the stage's own group, whose id it writes without its beginning."""
    rows = [
        message(-n, text=f"what was said long before, part {n}", from_id=f"user{90 + n}") for n in (3, 2, 1)
    ]
    bare = int(str(stage.group.id).removeprefix("-100"))
    return json.dumps(
        {"name": "Data School", "type": "private_supergroup", "id": bare, "messages": rows}
    ).encode()


async def asks_for(stage: TelegramStage, who, content: bytes, caption: str = "/import") -> str:
    seen = len(stage.tg.sent)
    await who.sends_document(who.private, "result.json", content, caption=caption)
    return (await stage._next(who, seen)).text


async def idle(stage: Stage) -> None:
    assert stage.app is not None
    await stage.app.history.idle()
    await stage.settle()


async def test_an_admin_sends_an_export_sees_what_is_in_it_and_has_it_brought_in(telegram: TelegramStage):
    root = telegram.root
    assert "Send me the file with /import" in (await telegram.command(root, "import", private=True)).text

    assert (await asks_for(telegram, root, export_of(telegram))).startswith("I am reading it.")
    await idle(telegram)
    looked = telegram.letters(root)[-1]
    assert looked.lines[0] == "3 posts by 3 people, from 2025-09-01 to 2025-09-01."
    before = await telegram.posts()

    pressed = await telegram.press(root, looked, "Bring in")
    assert pressed.text.startswith("I am bringing it in")
    await idle(telegram)

    assert telegram.letters(root)[-1].lines[0] == "Brought in: 3 new posts, 3 new members, 3 payments."
    assert await telegram.posts() == before + 3
    assert (
        telegram.tg.world.chat_of(looked.raw).messages[looked.raw["message_id"]].get("reply_markup") is None
    )


async def test_only_an_admin_brings_history_in_and_only_of_the_own_community(telegram: TelegramStage):
    ann = await telegram.person("Ann")
    await telegram.say(ann, "How do I split data by time?")
    assert await asks_for(telegram, ann, export_of(telegram)) == "Only admins can use this here."

    another = export_of(telegram).replace(b'"id": ', b'"id": 9', 1)
    await asks_for(telegram, telegram.root, another)
    await idle(telegram)
    told = telegram.letters(telegram.root)[-1]
    assert told.lines[0] == "I cannot use this file."
    assert told.labels == ()


async def test_a_file_that_is_too_large_for_telegram_is_told_what_to_do(telegram: TelegramStage):
    told = await asks_for(telegram, telegram.root, bytes(21 * 2**20))

    assert told.startswith("Telegram gives me files of up to 20 MB, and this one has 21.")
    assert "homeroom import telegram result.json" in told


async def test_an_admin_has_the_servers_own_history_read(discord: DiscordStage):
    ann = await discord.person("Ann")
    for n in range(3):
        await discord.say(ann, f"said while the bot listens, part {n}")
        discord.later(minutes=2)
    known = await discord.posts()
    total = await discord.total(ann)

    told = await discord.command(discord.root, "backfill", days=90)
    assert told.text.startswith("I am reading 90 days of history")
    await idle(discord)

    assert await discord.posts() == known
    assert await discord.total(ann) == total
    assert "History is read: 0 posts are new." in discord.letters(discord.root)[-1].text
    assert await discord.is_kept_from(ann, "backfill", days=9)


async def test_telegram_gives_no_history_out(telegram: TelegramStage):
    told = await telegram.command(telegram.root, "backfill", days=5)
    assert told.text.startswith("I cannot read this group's history")
