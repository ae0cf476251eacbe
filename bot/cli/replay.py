"""`homeroom replay`: recorded events through the real adapter and the real library, without a network."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.options import ConfigFile, DatabaseUrl, configured, give_up, tell, until_done
from bot.config import Config

app = typer.Typer(
    help="Play recorded events; each call that would be made is one JSON line.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="JSON lines, one event each.")]
Community = Annotated[
    str | None, typer.Option("--community", help="The one community that all spaces belong to.")
]
FreshDatabase = Annotated[
    str | None, typer.Option("--database", help="Where it is written. Default: a temporary database.")
]


@app.command()
def telegram(
    file: File, config: ConfigFile = None, database: FreshDatabase = None, community: Community = None
) -> None:
    """Raw updates of Telegram's Bot API."""
    _replay("telegram", file, config, database, community)


@app.command()
def discord(
    file: File, config: ConfigFile = None, database: FreshDatabase = None, community: Community = None
) -> None:
    """Raw frames of Discord's gateway: {"t": ..., "d": ...}."""
    _replay("discord", file, config, database, community)


@app.command()
def events(
    file: File, config: ConfigFile = None, database: FreshDatabase = None, community: Community = None
) -> None:
    """Homeroom's own events, as `homeroom explain` writes them."""
    _replay("events", file, config, database, community)


def _replay(what: str, file: Path, config: Path | None, database: DatabaseUrl, community: str | None) -> None:
    settings = configured(config, database)
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    counted = until_done(
        _played(what, [line for line in lines if line.strip()], settings, database, community)
    )
    tell(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counted.items()))


async def _played(
    what: str, lines: list[bytes], config: Config, database: str | None, community: str | None
) -> dict[str, int]:
    from bot.replay import replay_lines

    return await replay_lines(what, lines, config, database=database, community=community, note=_note)


def _note(call: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(call, ensure_ascii=False) + "\n")
