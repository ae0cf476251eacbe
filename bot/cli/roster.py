"""`homeroom roster`: the buyers who have not come yet, each with a link and a code of their own."""

import asyncio
import csv
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.importing import house_of
from bot.cli.options import (
    Advance,
    AsJson,
    ConfigFile,
    DatabaseUrl,
    advance,
    configured,
    give_up,
    opened,
    report,
    tell,
)
from bot.config import Config

if TYPE_CHECKING:
    from storage.database import Database
    from storage.values import Community

app = typer.Typer(help="Who was sold something: invite them, each by their own link.", no_args_is_help=True)


@app.command()
def links(
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write.", show_default=False)],
    community: Annotated[
        str | None, typer.Option("--community", help="Its number or name; needed where there are several.")
    ] = None,
    codes_only: Annotated[
        bool, typer.Option("--codes-only", help="Make no join links; codes work everywhere.")
    ] = False,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write a line for everybody who has not come yet: e-mail, name, their own join link and code."""
    from bot.importers import ImportProblem
    from bot.platforms import Refused
    from storage.errors import StorageError

    settings = configured(config, database)
    try:
        with advance() as so_far:
            found = asyncio.run(_written(settings, community, out, so_far, codes_only=codes_only))
    except (ImportProblem, StorageError) as error:
        give_up(error.sentence)
    except Refused as error:
        give_up(f"{error} With --codes-only no links are made.")
    except OSError as error:
        give_up(f"{out} cannot be written: {error.strerror}.")
    except KeyboardInterrupt:
        tell("Stopped. Links that were made are kept: give the same command again, and the rest is made.")
        raise typer.Exit(130) from None
    report(found, as_json)


async def _written(
    config: Config, named: str | None, out: Path, so_far: Advance, *, codes_only: bool
) -> dict[str, Any]:
    from bot.importers.giving import community_named

    async with opened(config, with_key=True) as database:
        community = await community_named(database, named)
        return await write_links(config, database, community, out, so_far, codes_only=codes_only)


async def write_links(
    config: Config,
    database: "Database",
    community: "Community",
    out: Path,
    so_far: Advance,
    *,
    codes_only: bool = False,
) -> dict[str, Any]:
    """Make the links that are missing and write the file. Raises Refused, StorageError and OSError."""
    from bot.inviting import CannotInvite, invitations, make_links, space_to_invite_to

    asks = await _asks(config, database, community)
    async with database.read() as store:
        space = space_to_invite_to(await store.communities.spaces(community.id), "telegram")
    made, bot_name = 0, ""
    async with AsyncExitStack() as stack:
        token = config.telegram.token
        if token is not None and not codes_only:
            platform = await stack.enter_async_context(_telegram(config, token.get_secret_value()))
            bot_name = platform.bot_name
            if space is not None:
                try:
                    made = await make_links(
                        database, community, platform, space, asks=asks,
                        progress=lambda done, of: so_far(done / max(of, 1), f"{done:,} of {of:,} links"),
                    )  # fmt: skip
                except CannotInvite as error:
                    tell(
                        f"No more links can be made for {space.title or 'the group'}: {error.reason}. The bot"
                        " needs the right Invite users there. Give the same command again then."
                    )
    people = -1  # the head is no one
    with_link = 0
    with await asyncio.to_thread(out.open, "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        async for line in invitations(database, community, bot_name):
            table.writerow(line)
            people += 1
            with_link += people > 0 and bool(line[4])
    return {
        "community": community.name,
        "people": people,
        "new_links": made,
        "with_link": with_link,
        "file": str(out),
    }


def _telegram(config: Config, token: str) -> "Any":
    from bot.start import telegram_pace
    from bot.telegram_adapter.inviting import inviter

    chosen = config.telegram
    return inviter(token, base_url=chosen.base_url, proxy=chosen.proxy, pace=telegram_pace(config))


async def _asks(config: Config, database: "Database", community: "Community") -> bool:
    """Whether whoever opens a link asks to be let in: the community's setting."""
    from handlers.people.claiming import Settings

    async with database.read() as store:
        rows = await store.settings.of(community.id)
    found = house_of(config).book.at(community, rows, None, ())(Settings)
    assert isinstance(found, Settings)
    return found.ask_first
