"""Turns the real chats of the sample folder into the neutral format: `python -m tests.bot.importers.sample_chats`.

Every file is read line by line. What the sources do not have (times and names in kdconv) is made up, always
the same way. The licences of the sources stay with what is made of them: see LICENSES.txt beside them.
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "chat"


def gitter(rows: Iterator[Json]) -> Iterator[Json]:
    """One space, its rooms as channels. The answers that were inferred are replies."""
    for row in rows:
        room = row["room"]
        value = {
            "platform": "gitter", "space": "fcc", "space_title": "freeCodeCamp", "channel": room,
            "channel_title": room, "id": f"{room}-{row['id']}", "at": row["ts"], "user": row["user"],
            "name": row["user"], "handle": row["user"], "text": row["text"],
        }  # fmt: skip
        if row.get("bot"):
            value["bot"] = True
        if row.get("mentions"):
            value["mentions"] = [{"id": name, "handle": name, "name": name} for name in row["mentions"]]
        if row.get("reply_to_inferred"):
            value["reply_to"] = f"{room}-{row['reply_to_inferred']}"
        yield value


def irc(rows: Iterator[Json]) -> Iterator[Json]:
    """A space a channel; files are slices of different days. A line that answers several answers the first."""
    for row in rows:
        space = row["channel"]
        value = {
            "platform": "irc",
            "space": space,
            "space_title": f"#{space}",
            "at": row["ts"],
            "user": row.get("user"),
        }
        value["name"] = row.get("user")
        if row["type"] == "system":
            if row.get("event") in ("join", "leave") and row.get("user"):
                yield value | {"kind": row["event"]}
            continue
        if row.get("bot"):
            value["bot"] = True
        value |= {"id": f"{row['file']}-{row['idx']}", "text": row["text"], "handle": row.get("user")}
        if row.get("reply_to"):
            value["reply_to"] = f"{row['file']}-{min(row['reply_to'])}"
        yield value


def kdconv(rows: Iterator[Json]) -> Iterator[Json]:
    """A channel a subject; times and names are invented: a conversation every hour, a turn every minute."""
    began, number = datetime(2024, 1, 1, tzinfo=UTC), {}
    for row in rows:
        at = number.setdefault(row["conv"], len(number))
        person = f"{row['speaker']}{at % 50}"
        value = {
            "platform": "kdconv", "space": "kdconv", "space_title": "KdConv", "channel": row["domain"],
            "channel_title": row["domain"], "id": f"{row['conv']}-{row['turn']}", "user": person, "name": person,
            "at": (began + timedelta(hours=at, minutes=row["turn"])).isoformat(), "text": row["text"],
        }  # fmt: skip
        if row["turn"]:
            value["reply_to"] = f"{row['conv']}-{row['turn'] - 1}"
        yield value


READERS: dict[str, Callable[[Iterator[Json]], Iterator[Json]]] = {
    "gitter-fcc.jsonl.gz": gitter,
    "irc-ubuntu-train.jsonl.gz": irc,
    "irc-ubuntu-dev.jsonl.gz": irc,
    "irc-newdomains.jsonl.gz": irc,
    "kdconv-zh-dev.jsonl.gz": kdconv,
}


def rows_of(name: str) -> Iterator[Json]:
    """The lines of a sample file as they are."""
    with gzip.open(SAMPLES / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def neutral(name: str) -> Iterator[Json]:
    """The lines of a sample file in the neutral format."""
    return READERS[name](rows_of(name))


def convert(name: str, folder: Path, limit: int | None = None) -> Path:
    """Write a sample file in the neutral format, sorted by time: slices of days come in no order."""
    lines = sorted(neutral(name), key=lambda value: str(value["at"]))
    made = folder / f"{name.partition('.')[0]}.neutral.jsonl"
    with made.open("w", encoding="utf-8") as out:
        for value in lines[:limit]:
            out.write(json.dumps(value, ensure_ascii=False) + "\n")
    return made


if __name__ == "__main__":
    into = Path(sys.argv[1] if len(sys.argv) > 1 else "build/chats")
    if not SAMPLES.is_dir():
        sys.exit("The sample chats are not beside this folder: ../shared/data/chat")
    into.mkdir(parents=True, exist_ok=True)
    for each in READERS:
        print(convert(each, into))
