"""`homeroom export` and `homeroom forget`: what a member can do in the chat, for who writes a letter."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import (
    AsJson,
    ConfigFile,
    DatabaseUrl,
    configured,
    give_up,
    opened,
    report,
    tell,
    until_done,
)
from bot.config import Config

if TYPE_CHECKING:
    from storage.store import Store
    from storage.values import Community

Who = Annotated[
    str,
    typer.Argument(
        help="telegram:12345, discord:12345, or a handle: @ann, telegram:@ann", show_default=False
    ),
]
InCommunity = Annotated[
    str | None, typer.Option("--community", help="Its number or name. Without it: everywhere.")
]


def export(
    who: Annotated[
        str,
        typer.Argument(help="As for forget. Without it: everything of a --community.", show_default=False),
    ] = "",
    community: InCommunity = None,
    out: Annotated[Path, typer.Option("--out", help="The file to write.")] = Path("homeroom-data.zip"),
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write all that is kept of a person, or of a community, as JSON and CSV."""
    if not who and community is None:
        give_up("Say whose data: homeroom export telegram:12345, or homeroom export --community NAME")
    found = until_done(_exported(configured(config, database), who, community, out))
    report(found, as_json)


def forget(
    who: Who,
    community: InCommunity = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person on all linked accounts, everywhere or in one community. It cannot be undone."""
    settings = configured(config, database)
    if not dry_run and not yes:
        for name, value in until_done(_forgotten(settings, who, community, keep=True)).items():
            tell(f"{name.replace('_', ' ')}: {value}")
        if not typer.confirm("Erase this? It cannot be undone.", err=True):
            give_up("Nothing was erased.")
    found = until_done(_forgotten(settings, who, community, keep=dry_run))
    report(found, as_json)
    if not dry_run:
        tell("Backups from before still have it; they are deleted in their turn (backup.keep).")


async def _exported(config: Config, who: str, community: str | None, out: Path) -> dict[str, Any]:
    from bot.texts import load_texts
    from handlers.people.packing import packed

    async with opened(config, with_key=True) as database, database.read() as store:
        where = await _community(store, community)
        if who:
            account = await _account(store, who)
            rows = await store.privacy.everything(account, community_id=where.id if where else None)
        else:
            assert where is not None
            rows = await store.privacy.everything_of_community(where.id)
    try:
        await asyncio.to_thread(out.write_bytes, packed(rows, load_texts()(config.language)))
    except OSError as error:
        give_up(f"{out} cannot be written: {error.strerror}.")
    return {"file": str(out), **{name: len(some) for name, some in rows.items()}}


class _NotKept(Exception):
    """Ends the transaction of a dry run."""


async def _forgotten(config: Config, who: str, community: str | None, *, keep: bool) -> dict[str, Any]:
    from bot.clock import utc_now

    found: dict[str, Any] = {}
    async with opened(config, with_key=True) as database:
        try:
            async with database.write() as store:
                where = await _community(store, community)
                account = await _account(store, who)
                gone = await store.privacy.forget(
                    account, community_id=where.id if where else None, now=utc_now()
                )
                found = {"dry_run": keep, **asdict(gone)}
                if keep:
                    raise _NotKept
        except _NotKept:
            pass
    return found


async def _community(store: "Store", named: str | None) -> "Community | None":
    """The community of a number or name. Raises StorageError."""
    from storage.errors import StorageError

    if named is None:
        return None
    known = await store.communities.all()
    found = [each for each in known if named in (str(each.id), each.name)]
    if len(found) != 1:
        names = ", ".join(f"{each.name or 'without a name'} ({each.id})" for each in known)
        raise StorageError(f"There is no community {named} here, or more than one. These are known: {names}")
    return found[0]


async def _account(store: "Store", who: str) -> int:
    """The account that is meant. Raises StorageError."""
    from storage.errors import StorageError

    platform, _, name = who.rpartition(":")
    found = await store.people.accounts_called(name.removeprefix("@"), platform.casefold() or None)
    if not found:
        raise StorageError(f"Nobody is known as {who}.")
    if len(found) > 1:
        names = ", ".join(f"{each.platform}:{each.external_id}" for each in found)
        raise StorageError(f"{who} is more than one: {names}")
    return found[0].id
