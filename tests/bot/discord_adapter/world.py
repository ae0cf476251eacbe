"""The adapter against the played Discord: real sockets, the real library."""

import contextlib
import gettext
from collections.abc import AsyncIterator
from typing import Any

from bot.discord_adapter import DiscordAdapter
from handlers.base import Form, Reply, Texts
from tests.bot.discord_adapter.toys import Taken, toy
from tests.doubles.discord.server import DiscordServer


def texts(code: str) -> Texts:
    return Texts(code, gettext.NullTranslations())


def says(
    adapter: DiscordAdapter, taken: Taken, *answers: Reply | Form, private: bool | None = None
) -> list[Any]:
    """Answer what is asked, in turn; what the adapter told of each answer is kept."""
    waiting, told = list(answers), []

    async def handler(event: Any) -> None:
        answer = waiting.pop(0)
        hidden = private if private is not None else getattr(answer, "private", None) is not False
        told.append(await adapter.answer(event, answer, private=hidden, reachable=True, texts=texts("en")))

    taken.handler = handler
    return told


@contextlib.asynccontextmanager
async def running(dc: DiscordServer, taken: Taken, **options: Any) -> AsyncIterator[DiscordAdapter]:
    """The adapter, started and stopped in order."""
    with dc.points_library():
        adapter = DiscordAdapter(
            dc.token, base_url=dc.api, texts=texts, **({"identify_pause": 0.0} | options)
        )
        await adapter.start(taken, [toy()])
        try:
            yield adapter
        finally:
            await adapter.stop_intake()
            await adapter.stop()
