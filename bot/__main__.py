"""The command line: `homeroom run` starts the bot."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.config import Config, ConfigError, environment, load_config

app = typer.Typer(
    help="The community manager for your own Telegram groups and Discord servers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
HOW_TO_BEGIN = (
    "There is no token yet. Put HOMEROOM_TELEGRAM_TOKEN=... (from @BotFather) or HOMEROOM_DISCORD_TOKEN=..."
    " (from discord.com/developers) into a file called .env here, and run this again."
)


@app.callback()
def homeroom() -> None:
    """Points, boards and answers for your community."""


@app.command()
def run(config: Annotated[Path | None, typer.Option(help="The configuration file.")] = None) -> None:
    """Start the bot on every platform that has a token."""
    try:
        found = load_config(config, environment(Path.cwd()))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    if found.telegram.token is None and found.discord.token is None:
        sys.stderr.write(f"{HOW_TO_BEGIN}\n")
        raise typer.Exit(2)
    sys.exit(asyncio.run(_run(found)))


async def _run(config: Config) -> int:
    from bot.start import run_bot

    return await run_bot(config)


def main() -> None:
    """Entry point of the console script."""
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
