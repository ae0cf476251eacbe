"""Upgrades a database, and dies before its n-th statement, as a machine does whose power is cut.

python -m tests.storage.interrupted URL N
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage.database import Database
from storage.migrations import upgrade


async def main(url: str, statements: int) -> None:
    database = await Database.open(url)
    left = statements

    @event.listens_for(Engine, "before_cursor_execute")
    def count_down(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(9)

    await upgrade(database, None, now=datetime(2026, 11, 25, tzinfo=UTC))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
