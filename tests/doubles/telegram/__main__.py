"""`python -m tests.doubles.telegram --port N`: Telegram as a process; its address is the first line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from tests.doubles.telegram.server import TelegramServer


async def serve(port: int, token: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with TelegramServer(port=port, token=token) as telegram:
        print(telegram.url, flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="123456:TEST-token_for_the_double")
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(chosen.port, chosen.token))


if __name__ == "__main__":
    main()
