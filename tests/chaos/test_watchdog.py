"""R11: a part that dies is started again, or the process ends and says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from bot.app import App
from bot.platforms import Adapter
from storage.database import Database
from tests.chaos.ground import Ground
from tests.chaos.inside import KEY, discord_adapter, running, telegram_adapter
from tests.doubles.discord.server import DiscordServer
from tests.doubles.telegram.server import TelegramServer
from tests.proofs import Proofs


def kill(name: str) -> None:
    """End the task of that name, as a defect in it would."""
    (found,) = [task for task in asyncio.all_tasks() if task.get_name() == name]
    found.cancel()


async def stored(ground: Ground, message: str) -> None:
    async with asyncio.timeout(30):
        while not ground.number("SELECT count(*) FROM posts WHERE message = ?", message):
            await asyncio.sleep(0.02)


def record(proofs: Proofs, what: str, seconds: float) -> None:
    proofs.record(
        "R11",
        f"{what} dies",
        figure=f"what was said next was stored {seconds:.1f} s after",
        target="started again, or ended, within 90 s",
        met=seconds <= 90,
    )


async def test_a_dead_poller_is_started_again(ground, proofs):
    async with TelegramServer() as tg:
        group, ann = tg.group("School", bot="admin"), tg.user("Ann")
        await ground.set_up("telegram", group.id)
        make: Callable[[], Adapter] = lambda: telegram_adapter(tg)  # noqa: E731 - it is handed on
        async with running(ground, make(), makers={"telegram": make}):
            kill("telegram intake")
            begun = time.monotonic()
            said = await ann.say(group, "How do I split data by time?")
            await stored(ground, f"{group.id}/{said['message_id']}")
            record(proofs, "Telegram's poller", time.monotonic() - begun)


async def test_a_dead_gateway_is_started_again(ground, proofs):
    async with DiscordServer() as dc:
        guild = dc.guild("Data School")
        general, ann = guild.text("general"), guild.member("Ann")
        await ground.set_up("discord", guild.id)
        with dc.points_library():
            make: Callable[[], Adapter] = lambda: discord_adapter(dc)  # noqa: E731 - it is handed on
            async with running(ground, make(), makers={"discord": make}):
                kill("discord gateway")
                begun = time.monotonic()
                said = await ann.say(general, "How do I split data by time?")
                await stored(ground, str(said.id))
                record(proofs, "Discord's gateway", time.monotonic() - begun)


@pytest.mark.parametrize("part", ["dispatcher", "outbox"])
async def test_without_its_heart_the_bot_ends(ground, proofs, part):
    async with TelegramServer() as tg:
        database = await Database.open(ground.url, key=KEY)
        try:
            adapter = telegram_adapter(tg)
            app = App(database, [adapter], ground.config())
            life = asyncio.create_task(app.run())
            async with asyncio.timeout(10):
                while not adapter.health.connected:
                    await asyncio.sleep(0.01)
            kill(part)
            begun = time.monotonic()
            async with asyncio.timeout(90):
                with pytest.raises((RuntimeError, asyncio.CancelledError)):
                    await life
            passed = time.monotonic() - begun
        finally:
            await database.close()
    proofs.record(
        "R11",
        f"the {part} dies",
        figure=f"the bot ended with an error after {passed:.1f} s",
        target="started again, or ended, within 90 s",
        met=passed <= 90,
    )
