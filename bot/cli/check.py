"""`homeroom check`: is everything as it must be, and if not, how to mend it."""

import asyncio
import importlib.util
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bot.cli.options import CONFIG_FILE, AsJson, ConfigFile, DatabaseUrl, tell
from bot.config import Config, ConfigError, environment, load_config

if TYPE_CHECKING:
    from bot.portals import Standing

State = Literal["fine", "note", "wrong"]
SIGNS = {"fine": "✔", "note": "·", "wrong": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    says: str


def check(
    health: Annotated[
        bool,
        typer.Option("--health", help="Only ask the running bot how it is; exit code 1 if it is not well."),
    ] = False,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Look at configuration, database, tokens, rights and models; exit code 2 if something is wrong."""
    try:
        settings = _settings(config, database)
    except ConfigError as error:
        _say([Finding("configuration", "wrong", str(problem)) for problem in error.problems], as_json)
        raise typer.Exit(2) from None
    if health:
        _health(settings, as_json)
        return
    findings = [Finding("configuration", "fine", "The configuration can be used.")]
    findings += asyncio.run(_look(settings))
    findings += _extras(settings.encoder)
    _say(findings, as_json)
    if any(one.state == "wrong" for one in findings):
        raise typer.Exit(2)


def _settings(config: Path | None, database: str | None) -> Config:
    here = Path.cwd()
    if config is None and (here / CONFIG_FILE).is_file():
        config = here / CONFIG_FILE
    more = {} if database is None else {"HOMEROOM_DATABASE_URL": database}
    return load_config(config, environment(here) | more)


def _say(findings: list[Finding], as_json: bool) -> None:
    wrong = sum(one.state == "wrong" for one in findings)
    if as_json:
        print(
            json.dumps({"ok": not wrong, "findings": [asdict(one) for one in findings]}, ensure_ascii=False)
        )
        return
    for one in sorted(findings, key=lambda each: ("wrong", "note", "fine").index(each.state)):
        print(f"{SIGNS[one.state]} {one.what}: {one.says}")
    tell(f"\n{wrong} to mend." if wrong else "\nAll is well.")


async def _look(config: Config) -> list[Finding]:
    found = await _look_at_database(config)
    return found + await _look_at_platforms(config)


async def _look_at_database(config: Config) -> list[Finding]:
    from bot.texts import load_texts
    from handlers.words.findings import both, matters
    from storage.database import Database, database_url, is_sqlite, sqlite_path
    from storage.errors import StorageError
    from storage.migrations import current, head

    try:
        address = database_url(config.database.url)
        if is_sqlite(address):
            path = sqlite_path(address)
            if not await asyncio.to_thread(path.is_file):
                return [_place_for(path)]
        database = await Database.open(config.database.url)
    except StorageError as error:
        return [Finding("database", "wrong", error.sentence)]
    try:
        revision = await current(database)
        if revision != head():
            return [
                Finding("database", "note", "It is of an older version; the next start brings it up to date.")
            ]
        async with database.write():  # that it may be written to
            pass
        t = load_texts()("en")
        async with database.read() as store:
            found = [Finding("database", "fine", f"{await store.posts.count()} posts; it can be written to.")]
            dead = await store.troubles.dead_count()
            if dead:
                found.append(
                    Finding("events", "note", f"{dead} events could not be understood and were set aside.")
                )
            for community in await store.communities.all():
                if community.set_up_at is None:
                    says = (
                        f"{community.name or 'A community'} is not set up. An admin can do it there: /setup"
                    )
                    found.append(Finding("community", "note", says))
                found += [
                    Finding("rights", "wrong", both(t, each.kind, each.words))
                    for each in await store.condition.findings(community.id)
                    if matters(each.kind)
                ]
            return found
    except StorageError as error:
        return [Finding("database", "wrong", error.sentence)]
    finally:
        await database.close()


def _place_for(path: Path) -> Finding:
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if os.access(folder, os.W_OK):
        return Finding("database", "note", "There is none yet; the first start makes it.")
    return Finding("database", "wrong", f"It cannot be made: {folder} may not be written to.")


async def _look_at_platforms(config: Config) -> list[Finding]:
    from bot.portals import PortalError, ask_discord, ask_telegram, in_english

    telegram, discord = config.telegram, config.discord
    asked: dict[str, Any] = {}
    if telegram.token is not None:
        asked["telegram"] = ask_telegram(telegram.token.get_secret_value(), telegram.base_url, telegram.proxy)
    if discord.token is not None:
        asked["discord"] = ask_discord(discord.token.get_secret_value(), discord.base_url, discord.proxy)
    if not asked:
        return [Finding("tokens", "wrong", "There is no token yet. Add one with: homeroom init")]
    found: list[Finding] = []
    for platform, answer in asked.items():
        try:
            standing: Standing = await answer
        except PortalError as error:
            found.append(Finding(platform, "wrong", str(error)))
            continue
        found.append(
            Finding(platform, "fine", f"The token is {standing.name}'s. Invite it: {standing.invite}")
        )
        found += [Finding(platform, "wrong", in_english(problem)) for problem in standing.problems]
    return found


def _extras(encoder: str) -> list[Finding]:
    from recsys.encoders import BUILTIN

    found = []
    if importlib.util.find_spec("lightfm") is None:
        says = "lightfm is missing: courses are suggested by order and popularity. See docs/install.md"
        found.append(Finding("models", "note", says))
    if importlib.util.find_spec("sentence_transformers") is None:
        if encoder == BUILTIN:
            says = "transformers is missing: the small encoder of Homeroom's own is used, which is enough."
            found.append(Finding("models", "note", says))
        else:
            says = f"encoder: {encoder} needs transformers. See docs/install.md, or set encoder: {BUILTIN}"
            found.append(Finding("models", "wrong", says))
    return found


def _health(config: Config, as_json: bool) -> None:
    """Ask the bot that runs on this machine."""
    import httpx

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.web.host, config.web.host)  # noqa: S104 - compared
    address = f"[{host}]" if ":" in host else host
    try:
        answer = httpx.get(f"http://{address}:{config.web.port}/healthz", timeout=8, trust_env=False)
        found = answer.json()
    except (httpx.HTTPError, ValueError):
        found = {"ok": False, "platforms": {}}
        tell(f"Nothing answers on {address}:{config.web.port}. Does Homeroom run, with web: configured?")
    well = bool(found.get("ok"))
    if as_json:
        print(json.dumps(found))
    else:
        for name, one in found.get("platforms", {}).items():
            print(f"{name}: {'connected' if one['connected'] else 'not connected'}")
    if not well:
        raise typer.Exit(1)
