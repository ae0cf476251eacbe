"""`python -m tests.pictures`: draw the README's pictures, from the real bot, on both platforms.

Discord is drawn by simcord's preview. Telegram has no such thing: the messages that the played Telegram
was really sent are set into a page of our own. Needs Chromium and `simcord[screenshot]`.
"""

import asyncio
import html
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import simcord
from playwright.async_api import BrowserType, async_playwright

from bot.app import App
from bot.batch import House, run_batch
from bot.commands import Commands
from bot.config import Config
from bot.discord_adapter import DiscordAdapter
from bot.settings_book import SettingsBook
from bot.telegram_adapter.adapter import TelegramAdapter
from bot.telegram_adapter.pace import Pace
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Event
from storage.database import Database
from storage.migrations import upgrade
from storage.values import Gap, NewDeadEvent, NewEntry
from tests.doubles.telegram.server import TelegramServer

IMAGES = Path(__file__).parent.parent / "docs" / "images"
NAMES = ("Ann Li", "Bob", "Chidi", "Мария", "王小明", "Dana")
EARNED = (128, 97, 97, 64, 58, 41)
NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 28px; width: 544px; background: #d7e3ec; font: 17px/1.45 "Noto Sans", "Noto Sans CJK SC",
  "Noto Color Emoji", sans-serif; color: #111; }}
.said {{ background: #fff; border-radius: 14px; padding: 9px 14px; margin: 0 0 10px; width: fit-content;
  max-width: 88%; white-space: pre-wrap; box-shadow: 0 1px 1px #0002; }}
.mine {{ margin-left: auto; background: #e3fbd1; }}
.who {{ color: #0072b2; font-weight: 600; display: block; }}
.row {{ display: flex; gap: 6px; max-width: 88%; margin: -4px 0 10px; }}
.key {{ flex: 1; text-align: center; background: #fff9; border-radius: 8px; padding: 7px; font-size: 15px; }}
</style>{body}"""


async def draw() -> None:
    """Both pictures, into docs/images."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed: Debian's package is called chromium.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    await draw_telegram(chromium, IMAGES / "top-telegram.png")
    await draw_discord(chromium, IMAGES / "top-discord.png")


async def fresh_database(folder: str) -> Database:
    """An empty database with its tables."""
    database = await Database.open(f"sqlite:///{folder}/pictures.db")
    await upgrade(database, None, now=NOW)
    return database


async def earn(database: Database, platform: str, space: str, people: Sequence[tuple[str, str]]) -> None:
    """A community that is set up, and what its people earned this week."""
    async with database.write() as store:
        where, community = await store.communities.add_space(
            platform, space, "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(
            community.id, language="en", zone="Europe/Berlin", week_start=0, now=NOW
        )
        entries = []
        for (external_id, name), points in zip(people, EARNED, strict=True):
            account = await store.people.see(platform, external_id, name, now=NOW)
            member = await store.people.ensure_member(community.id, account.id, now=NOW)
            await store.people.join(account.id, where.id, NOW)
            entries.append(
                NewEntry(
                    community_id=community.id,
                    member_id=member.id,
                    account_id=account.id,
                    space_id=where.id,
                    rule="post",
                    source=f"{platform}:{external_id}",
                    points=points,
                    happened_at=NOW - timedelta(hours=3),
                    recorded_at=NOW,
                )
            )
        await store.points.record(entries)


async def draw_telegram(chromium: str, path: Path) -> None:
    """A group in which somebody asks for the board and for their own place."""
    with tempfile.TemporaryDirectory() as folder:
        database = await fresh_database(folder)
        async with TelegramServer(privacy=False) as tg:
            group = tg.group("Data School", bot="admin")
            people = [tg.user(name) for name in NAMES]
            await earn(
                database,
                "telegram",
                str(group.id),
                [(str(p.id), n) for p, n in zip(people, NAMES, strict=True)],
            )
            pace = Pace(per_second=1000, per_chat_per_second=1000, per_group_per_minute=100_000)
            adapter = TelegramAdapter(tg.token, texts=load_texts(), base_url=tg.url, pace=pace)
            app = App(database, [adapter], Config(), clock=lambda: NOW)
            running = asyncio.ensure_future(app.run())
            await people[-1].say(group, "/top")
            board = await tg.wait_for("sendMessage", contains="Ann Li")
            app.stop()
            await running
        await database.close()
    said = board.params
    keys = [key["text"] for row in said["reply_markup"]["inline_keyboard"] for key in row]
    body = (
        '<div class="said mine">/top</div>'
        f'<div class="said"><span class="who">Homeroom</span>{said["text"]}</div>'
        f'<div class="row">{"".join(f"<div class=key>{html.escape(key)}</div>" for key in keys)}</div>'
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 600, "height": 200}, device_scale_factor=2)
        await page.set_content(PAGE.format(body=body))
        await page.screenshot(path=path, full_page=True)
        await browser.close()


class Direct:
    """An intake that does everything before `take` returns: simcord waits for nothing else."""

    def __init__(self, database: Database, house: House, commands: Commands) -> None:
        self._database, self._house, self._commands = database, house, commands

    async def take(self, events: Sequence[Event]) -> None:
        async with self._database.write() as store:
            result = await run_batch(self._house, store, list(events), NOW)
        async with self._database.read() as store:
            waiting = [found for id in result.waiting if (found := await store.inbox.get(id))]
        for each in waiting:
            await self._commands.run(each)

    async def set_aside(self, dead: Sequence[NewDeadEvent]) -> None: ...

    async def suggest(self, command: Any, option: str, typed: str) -> list[tuple[str, str]]:
        return []

    async def cursor(self, platform: str, name: str) -> str | None:
        return None

    async def move_cursor(self, platform: str, name: str, value: str) -> None: ...

    async def gaps(self, platform: str) -> list[Gap]:
        return []


async def draw_discord(chromium: str, path: Path) -> None:
    """A server in which somebody asks for the board."""
    launch = BrowserType.launch

    async def launch_ours(self: BrowserType, **options: Any) -> Any:
        return await launch(self, executable_path=chromium, args=["--no-sandbox"])

    BrowserType.launch = launch_ours  # type: ignore[method-assign]  # simcord would download a browser
    with tempfile.TemporaryDirectory() as folder:
        database = await fresh_database(folder)
        house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts())
        adapter = DiscordAdapter("", texts=load_texts(), clock=lambda: NOW)
        commands = Commands(database, house, {"discord": adapter}, clock=lambda: NOW)
        adapter.prepare(Direct(database, house, commands), FEATURES)  # type: ignore[arg-type]
        async with simcord.run(adapter.client) as env:
            guild = env.create_guild(name="Data School")
            general = guild.create_text_channel("general")
            people = [guild.add_member(env.create_user(name, global_name=name)) for name in NAMES]
            await earn(
                database,
                "discord",
                str(guild.id),
                [(str(p.id), n) for p, n in zip(people, NAMES, strict=True)],
            )
            await people[-1].slash(general, "top")
            async with env.preview(general, viewers=[people[-1]], layout="channel") as preview:
                path.write_bytes((await preview.screenshot()).png)
        await database.close()


if __name__ == "__main__":
    asyncio.run(draw())
