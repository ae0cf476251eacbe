"""Forgetting: `python -m tests.chaos.forgetting` forgets people, and dies in the middle, as by kill -9.

Loaded once; each try is a fork. A line of JSON on standard input begins one: {"url": a database, "account": a
number, "after": so many statements, or null}. A line comes back when it ended: its exit status.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage.database import Database
from tests.chaos.personal import FORGOTTEN_AT, KEY


async def forget(url: str, account: int, after: int | None) -> None:
    database = await Database.open(url, key=KEY)
    left = after

    @event.listens_for(Engine, "before_cursor_execute")
    def count_down(*_: Any) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    async with database.write() as store:
        await store.privacy.forget(account, community_id=None, now=FORGOTTEN_AT)
    await database.close()


def main() -> None:
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 70
            try:
                asyncio.run(forget(wanted["url"], wanted["account"], wanted["after"]))
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
