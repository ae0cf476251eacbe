"""`homeroom init`: asks for the tokens, proves them at the platforms, and keeps them in .env."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.options import ConfigFile, configured, give_up

if TYPE_CHECKING:
    from bot.portals import Standing

TELEGRAM, DISCORD = "HOMEROOM_TELEGRAM_TOKEN", "HOMEROOM_DISCORD_TOKEN"
WHERE_TELEGRAM = (
    "Telegram: write /newbot to @BotFather, then paste its token here. Nothing is shown as you paste."
)
WHERE_DISCORD = "Discord: discord.com/developers, New Application, Bot, Reset Token; paste it here."
TRIES = 3


def init(config: ConfigFile = None) -> None:
    """Ask for the tokens, check them and the portals' switches live, and write .env."""
    from bot.portals import ask_discord, ask_telegram

    settings = configured(config)
    telegram, discord = settings.telegram, settings.discord
    found: dict[str, str] = {}
    print("Leave empty what you do not use, or what is in .env already.\n")
    for name, where, ask in (
        (TELEGRAM, WHERE_TELEGRAM, lambda token: ask_telegram(token, telegram.base_url, telegram.proxy)),
        (DISCORD, WHERE_DISCORD, lambda token: ask_discord(token, discord.base_url, discord.proxy)),
    ):
        print(where)
        if token := _asked(ask):
            found[name] = token
        print()
    if not found:
        give_up("No token was given, so nothing was written. Run homeroom init again when you have one.")
    path = Path.cwd() / ".env"
    try:
        write_env(path, found)
    except OSError as error:
        give_up(f"{path} cannot be written: {error.strerror}.")
    print("Written to .env, which only you can read. Start with: homeroom run")


def _asked(ask: "Callable[[str], Awaitable[Standing]]") -> str | None:
    """A token that its platform knows; None when it was left empty."""
    from bot.portals import PortalError, in_english

    for _ in range(TRIES):
        token = str(typer.prompt("Token", default="", hide_input=True, show_default=False)).strip()
        if not token:
            return None
        if not token.isascii() or any(sign.isspace() or sign in "'\"#/\\" for sign in token):
            print("✗ This is no token: it has signs that none has. Copy it once more.")
            continue
        try:
            standing = asyncio.run(_wait(ask(token)))
        except PortalError as error:
            print(f"✗ {error}")
            continue
        print(f"✔ This is {standing.name}.")
        for problem in standing.problems:
            print(f"✗ {in_english(problem)}")
        print(f"  Invite it: {standing.invite}")
        return token
    sys.stderr.write("That did not work three times; it is left out.\n")
    return None


async def _wait(answer: "Awaitable[Standing]") -> "Standing":
    return await answer


def write_env(path: Path, values: dict[str, str]) -> None:
    """Set these lines of a .env file and leave the others; nobody else may read it, not even for a moment."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in values]
    partial = path.with_name(f".{path.name.lstrip('.')}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n")
    partial.replace(path)
