"""`homeroom simulate`: a database filled with the life of a sample community."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.db import make_folder
from bot.cli.options import (
    Advance,
    AsJson,
    ConfigFile,
    DatabaseUrl,
    advance,
    configured,
    give_up,
    report,
    until_done,
)
from bot.clock import utc_now
from bot.config import Config

if TYPE_CHECKING:
    from bot.sandbox.simulation import Simulated


class Language(StrEnum):
    """What the sample community speaks."""

    EN = "en"
    ZH = "zh"


def simulate(
    days: Annotated[int, typer.Option(min=1, max=730, help="How many days of life.")] = 90,
    members: Annotated[int, typer.Option(min=1, max=5_000, help="How many people.")] = 200,
    seed: Annotated[int, typer.Option(help="The same number gives the same life.")] = 1,
    language: Annotated[Language, typer.Option(help="What they speak.")] = Language.EN,
    start: Annotated[
        str | None,
        typer.Option(
            help="The first day, such as 2026-01-05.", show_default="so that the last one is yesterday"
        ),
    ] = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database with a sample community that chats, asks, answers and thanks."""
    settings = configured(config, database)
    begins = _midnight(_day(start)) if start else _midnight(utc_now().date()) - timedelta(days=days)
    with advance() as told:
        done = until_done(_simulated(settings, days, members, seed, language, begins, told))
    report(asdict(done), as_json)


async def _simulated(
    config: Config, days: int, members: int, seed: int, language: Language, start: datetime, told: Advance
) -> "Simulated":
    from bot.logs import set_up_logs
    from bot.sandbox.simulation import simulate as fill

    set_up_logs("error", config.logs.format, config.secrets())
    await asyncio.to_thread(make_folder, config)
    return await fill(
        config,
        days=days,
        members=members,
        seed=seed,
        language="zh_CN" if language is Language.ZH else "en",
        start=start,
        told=told,
    )


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        give_up(f'"{written}" is not a day. For example: --start 2026-01-05')


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
