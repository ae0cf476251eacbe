"""`homeroom explain`: what happened under an error's reference, and a file that plays it again."""

import hashlib
import json
import os
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
    from storage.values import Trouble

NUMBERS = {"id", "space", "channel", "parent", "message", "old_space", "account"}
NAMES = {"name", "handle", "space_title", "channel_title"}
WORDS = {"text", "rest", "quote"}
KEPT_AS_IT_IS = {"event", "platform", "at", "data"}
"""A button's data holds our own numbers, and nobody else's."""


def explain(
    ref: Annotated[str, typer.Argument(help="The reference that was shown, for example 7f3a2c91.")],
    to: Annotated[Path | None, typer.Option("--to", help="Where the file to replay goes.")] = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show an error's event, place and traceback; write a redacted file for `homeroom replay events`."""
    trouble = until_done(_trouble(configured(config, database), ref))
    if trouble is None:
        give_up(f"There is no error {ref} here. Errors are kept for 30 days; is this the right database?")
    file = to or Path(f"homeroom-{trouble.ref}.jsonl")
    event = redacted(trouble.event)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(json.dumps(event, ensure_ascii=False) + "\n")
    except OSError as error:
        give_up(f"{file} cannot be written: {error.strerror}.")
    found: dict[str, Any] = {
        "ref": trouble.ref,
        "at": trouble.at.isoformat(),
        "place": trouble.where,
        "event": event.get("event", ""),
        "file": str(file),
    }
    if as_json:
        report(found | {"redacted": event, "traceback": trouble.traceback}, as_json)
        return
    report(found, as_json)
    print(f"\n{trouble.traceback.rstrip()}")
    tell(f"\nTo play it again: homeroom replay events {file}")


async def _trouble(config: Config, ref: str) -> "Trouble | None":
    async with opened(config) as database, database.read() as store:
        return await store.troubles.get(ref.strip().casefold())


def redacted(event: dict[str, Any]) -> dict[str, Any]:
    """The event without anybody's id, name or words; what was equal stays equal, and as long as it was."""
    found: dict[str, Any] = _redacted(event)
    if event.get("event") == "Command":  # which command it was is the point, and names nobody
        found["name"] = event.get("name", "")
    return found


def _redacted(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _redacted(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_redacted(item, key) for item in value]
    if not isinstance(value, str) or key in KEPT_AS_IT_IS:
        return value
    if key in NUMBERS or key in ("key", "answer_token", "album", "invite"):
        return _another(value)
    if key in NAMES:
        return f"someone-{_digest(value)[:6]}" if value else value
    if key in WORDS or len(value) > 24 or not value.isascii():
        return "".join("x" if sign.isalnum() else sign for sign in value)
    return value


def _another(value: str) -> str:
    """Another id of the same kind: a number stays a number, with its sign."""
    digits = value.lstrip("-")
    if digits.isdigit():
        return ("-" if value.startswith("-") else "") + str(int(_digest(value)[:12], 16) % 10**12 + 1)
    return _digest(value)[:16]


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
