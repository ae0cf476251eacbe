"""Run: the whole bot on the sandbox, in one process, for whoever has no token yet.

It keeps a database of its own, so that nothing tried out is ever mixed with a real community's data.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import structlog

from bot.app import App, open_database, stop_on_signals
from bot.batch import House
from bot.clock import MovableClock, utc_now
from bot.config import Config, load_secret
from bot.config.model import BackupConfig, DatabaseConfig, DiscordConfig, Owner, TelegramConfig
from bot.lock import TokenLocks
from bot.logs import set_up_logs
from bot.sandbox.adapter import SandboxAdapter
from bot.sandbox.happened import Happened
from bot.sandbox.learning import Learnt
from bot.sandbox.life import PLATFORM, SPACE, Life
from bot.sandbox.living import HISTORY, Living, an_admin, settle
from bot.sandbox.studying import Studying, bring_catalogue
from bot.sandbox.world import Message, World, ahead_of
from bot.settings_book import SettingsBook, installation_settings
from bot.texts import load_texts
from bot.web.listening import AddressTaken, bind
from handlers import FEATURES
from handlers.base import Person, Translator
from storage.database import Database
from storage.errors import StorageError

log = structlog.get_logger()
HOST = "127.0.0.1"
"""Nobody but this machine: whoever opens the page may speak as the admin."""
SEED, MEMBERS = 1, 60


@dataclass(slots=True)
class Sandbox:
    """Everything that the page looks at."""

    app: App
    adapter: SandboxAdapter
    world: World
    living: Living
    life: Life
    happened: Happened
    house: House
    clock: MovableClock
    texts: Translator
    language: str


async def run_sandbox(config: Config) -> int:
    """Run until a signal. The exit status: 0 after a stop, 2 for what a person must mend, 1 for a defect."""
    set_up_logs("warning" if config.logs.level == "info" else config.logs.level, config.logs.format)
    own = of_its_own(config)
    try:
        at = bind(HOST, config.web.port)
        own.data_folder.mkdir(parents=True, exist_ok=True)
        database = await open_database(own, load_secret(own.secret_file))
    except AddressTaken as error:
        return _refused(f"{error} Free it, or choose another: HOMEROOM_WEB__PORT=8081")
    except OSError as error:
        return _refused(f"The folder {own.data_folder} cannot be written to: {error.strerror}.")
    except StorageError as error:
        return _refused(error.sentence)
    locks = TokenLocks(database, ["sandbox"])
    world = World()
    try:
        await locks.acquire()
        world.open(own.data_folder / "chat.jsonl")
        sandbox = build(own, database, world, at)
        stop_on_signals(sandbox.app)
        sys.stderr.write(f"Open http://{HOST}:{config.web.port}\n")
        await sandbox.app.run()
    except StorageError as error:
        return _refused(error.sentence)
    except Exception:
        log.exception("the sandbox ended by a defect")
        return 1
    finally:
        world.close()
        await locks.release()
        await database.close()
    return 0


def of_its_own(config: Config) -> Config:
    """The same configuration with a folder and a database of its own, and no other platform."""
    folder = config.data_folder / "sandbox" / config.language
    return config.model_copy(
        update={
            "data_folder": folder,
            "secret_file": folder / "secret.key",
            "database": DatabaseConfig(url=f"sqlite:///{folder / 'homeroom.db'}"),
            "backup": BackupConfig(enabled=False, folder=folder / "backups"),
            "telegram": TelegramConfig(),
            "discord": DiscordConfig(),
            "owner": Owner(),
        }
    )


def build(
    config: Config,
    database: Database,
    world: World,
    at: socket.socket | None = None,
    *,
    members: int = MEMBERS,
    history: timedelta = HISTORY,
) -> Sandbox:
    """The bot, its community and the page (without `at`: no page). Nothing is started yet."""
    texts = load_texts()
    clock = MovableClock(ahead_of(world))
    if "start" not in world.notes:
        clock.stand(utc_now() - history)
        world.note("start", clock().isoformat())
    elif not world.notes.get("begun"):  # it was stopped in its first days, and lives them again
        clock.stand(datetime.fromisoformat(world.notes["start"]))
    start = datetime.fromisoformat(world.notes["start"])
    life = Life(SEED, members, config.language, start)
    house = House(
        FEATURES,
        SettingsBook(FEATURES, installation_settings(FEATURES, config.features)),
        texts,
        config.language,
    )
    happened = Happened(database, house, world, clock)
    adapter = SandboxAdapter(world, clock=clock, taken=happened.taken)

    greeted = asyncio.Event()

    def hear(_: Message, __: bool) -> None:
        greeted.set()

    world.watchers.add(hear)

    async def begin() -> None:
        """The bot has greeted; an admin sets the community up, as one would."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(greeted.wait(), 5)
        world.watchers.discard(hear)
        school = life.school
        line = f"/setup {school.language} {school.zone}"
        asked = await adapter.say(an_admin(world), world.main, line)
        await adapter.answer_to(asked.id)
        async with database.write() as store:
            where = await store.communities.space(PLATFORM, SPACE)
            assert where is not None
            await bring_catalogue(store, where[1].id, school, now=clock())
        await adapter.join(world.people["you"])

    async def due() -> None:
        app.outbox.wake()
        await app.schedule.catch_up()

    async def study(learnings: Sequence[Learnt]) -> None:
        async with database.write() as store:
            await studying.take(store, learnings, now=clock())

    studying = Studying(house)
    living = Living(adapter, world, life, clock, seed=SEED, due=due, begin=begin, study=study)

    async def page() -> None:
        from bot.sandbox.serving import serve_pages

        assert at is not None
        await serve_pages(sandbox, at)

    beside = {"sandbox life": living.run()} | ({"sandbox page": page()} if at is not None else {})
    app = App(
        database, [adapter], config, clock=clock, version=version("homeroom"), beside=beside, judges=True
    )
    # The member one is at first; nobody else moves them.
    t = texts(life.school.language)
    settle(world, life, Person(id="you", name=t.c("a sample member's name", "Robin"), handle="robin"))
    sandbox = Sandbox(app, adapter, world, living, life, happened, house, clock, texts, config.language)
    return sandbox


def _refused(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
