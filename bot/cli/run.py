"""`homeroom run`: the bot itself, or the sandbox where there is no token yet."""

import asyncio
import os
import sys
from typing import NoReturn

from bot.cli.options import ConfigFile, DatabaseUrl, configured, give_up, tell
from bot.config import Config

HOW_TO_BEGIN = """\
There is no token yet, so this is the sandbox: a community to try everything in, on this machine alone.
For your own group, homeroom init asks for a token and checks it; or put HOMEROOM_TELEGRAM_TOKEN=... (from
@BotFather) or HOMEROOM_DISCORD_TOKEN=... (from discord.com/developers) into a file called .env here."""


def run(config: ConfigFile = None, database: DatabaseUrl = None) -> None:
    """Start the bot on every platform that has a token, or the sandbox. Ctrl-C ends it; twice, at once."""
    found = configured(config, database)
    if found.telegram.token is None and found.discord.token is None:
        tell(HOW_TO_BEGIN)
        _leave(asyncio.run(_try_out(found)))
    from bot.cli.db import make_folder
    from storage.errors import StorageError

    try:
        make_folder(found)
    except StorageError as error:
        give_up(error.sentence)
    _leave(asyncio.run(_run(found)))


async def _run(config: Config) -> int:
    from bot.start import run_bot

    return await run_bot(config)


async def _try_out(config: Config) -> int:
    from bot.sandbox.run import run_sandbox

    return await run_sandbox(config)


def _leave(status: int) -> NoReturn:
    """End now: a driver's thread that hangs in a full disk would hold up an ordinary exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
