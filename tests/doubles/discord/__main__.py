"""`python -m tests.doubles.discord --port N`: Discord as a process; the API's address is the first line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from tests.doubles.discord.control import Control
from tests.doubles.discord.server import DiscordServer


async def serve(port: int, token: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    dc = DiscordServer(port=port, token=token)
    await dc.start(extra_routes=Control(dc).add_routes)
    print(dc.api, flush=True)
    await stop.wait()
    await dc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="discord-token")
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(chosen.port, chosen.token))


if __name__ == "__main__":
    main()
