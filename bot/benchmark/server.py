"""Server: a Bot API that does nothing but serve updates, as fast as it can, in a process of its own.

`python -m bot.benchmark.server UPDATES` prints its port. Every token has the same updates, from 1 on.
"""

import asyncio
import json
import sys
from itertools import islice
from urllib.parse import parse_qs

from bot.benchmark.traffic import PLACE, posts
from bot.clock import utc_now
from handlers.base import Person, Posted

PAGE = 100
ME = {
    "id": 1,
    "is_bot": True,
    "first_name": "Homeroom",
    "username": "homeroom_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": True,
    "supports_inline_queries": False,
}
NOTHING_YET_SECONDS = 0.05


def update_of(number: int, post: Posted) -> bytes:
    """A post as Telegram tells it."""
    message = _message(int(post.message.partition("/")[2]), post.person, int(post.at.timestamp()))
    message["text"] = post.text
    if post.reply_to is not None and post.reply_to.person is not None:
        answered = int(post.reply_to.message.partition("/")[2])
        told = _message(answered, post.reply_to.person, int(post.at.timestamp()))
        message["reply_to_message"] = told | {"text": "..."}
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()


def _message(number: int, person: Person, date: int) -> dict[str, object]:
    return {
        "message_id": number,
        "date": date,
        "chat": {"id": int(PLACE.space), "type": "supergroup", "title": PLACE.space_title},
        "from": {
            "id": int(person.id),
            "is_bot": False,
            "first_name": person.name,
            "username": person.handle,
            "language_code": person.language,
        },
    }


async def _serve(updates: list[bytes]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next((int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)  # fmt: skip  # noqa: E501
                body = (await reader.readexactly(length)).decode()
                method = head.split(" ", 2)[1].rpartition("/")[2].lower()
                result = b"true"
                if method == "getme":
                    result = json.dumps(ME).encode()
                elif method == "getupdates":
                    first = max(int(parse_qs(body).get("offset", ["0"])[0]), 1)
                    page = updates[first - 1 : first - 1 + PAGE]
                    if not page:
                        await asyncio.sleep(NOTHING_YET_SECONDS)
                    result = b"[" + b",".join(page) + b"]"
                payload = b'{"ok":true,"result":' + result + b"}"
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                    % len(payload)
                    + payload
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    wanted = list(islice(posts(utc_now()), int(sys.argv[1])))
    asyncio.run(_serve([update_of(number, post) for number, post in enumerate(wanted, 1)]))
