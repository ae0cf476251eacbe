import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.importers.desk import HistoryDesk
from bot.platforms import DeliveryError
from handlers.base import Asker, File
from storage.tables import outbox
from tests.bot.importers.test_reading import TELEGRAM, message, write
from tests.bot.importers.test_run import house, set_up

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Files:
    """An adapter that gives out files, as far as the desk sees it."""

    def __init__(self, folder):
        self.folder = folder

    async def fetch(self, file, to):
        if not (self.folder / file.id).exists():
            raise DeliveryError("no such file", permanent=True)
        shutil.copyfile(self.folder / file.id, to)


@pytest.fixture
async def desk(sqlite_database, tmp_path):
    clock = {"now": NOW}
    desk = HistoryDesk(sqlite_database, house(), {"telegram": Files(tmp_path)}, clock=lambda: clock["now"])
    desk.later = lambda **duration: clock.update(now=clock["now"] + timedelta(**duration))
    yield desk
    await desk.stop()


async def told(database):
    """What was said, newest last: lines and the data of buttons."""
    async with database.read() as store:
        rows = (
            (await store.connection.execute(select(outbox.c.payload).order_by(outbox.c.id))).scalars().all()
        )
    found = []
    for row in rows:
        reply = (row if isinstance(row, dict) else json.loads(row))["reply"]
        data = [button["args"] for buttons in reply["buttons"] for button in buttons]
        found.append(("\n".join(map(str, reply["lines"])), data))
    return found


def asker(community, **more):
    return Asker(
        **({"platform": "telegram", "account": "7", "community": community.id, "language": "en"} | more)
    )


async def look(desk, database, path, who):
    desk.look(File(path.name, path.name, path.stat().st_size), who)
    await desk.idle()
    return (await told(database))[-1]


async def test_an_export_is_looked_at_and_brought_in_at_a_press(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    rows = [message(n, text=f"something new, number {n}", from_id=f"user{n}") for n in range(1, 4)]
    path = write(tmp_path / "result.json", TELEGRAM | {"messages": [*rows, message(9, date_unixtime="x")]})
    who = asker(community)

    lines, buttons = await look(desk, sqlite_database, path, who)
    assert "3 posts by 3 people, from 2025-09-01 to 2025-09-01." in lines
    assert "1 row cannot be used" in lines
    [ticket, points], [_, none], [dropped] = buttons
    assert (points, none, dropped) == ("points", "none", ticket)
    async with sqlite_database.read() as store:
        assert await store.posts.count() == 0

    assert not desk.bring(ticket, asker(community, account="8"), points=True), "somebody else's"
    assert desk.bring(ticket, who, points=True)
    assert not desk.bring(ticket, who, points=True), "once"
    await desk.idle()

    assert (await told(sqlite_database))[-1][0].startswith(
        "Brought in: 3 new posts, 3 new members, 3 payments."
    )


async def test_another_communitys_history_is_not_taken(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database, space="-100999")
    path = write(tmp_path / "result.json", TELEGRAM | {"messages": [message(1)]})

    lines, buttons = await look(desk, sqlite_database, path, asker(community))

    assert "not of the community" in lines
    assert buttons == []


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04", b"{}", b"\x1f\x8b", b"[", b'{"users": {"1"']
)
async def test_a_file_that_is_none_is_told(desk, sqlite_database, tmp_path, content):
    _, community = await set_up(sqlite_database)

    lines, buttons = await look(desk, sqlite_database, write(tmp_path / "x.json", content), asker(community))

    assert buttons == [] or "0 people" in lines
    assert "Traceback" not in lines


async def test_balances_come_by_chat_as_well(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    path = write(tmp_path / "points.csv", b"id,name,points\n5,Ann,50\n6,Bob,60\nx,,\n")

    lines, buttons = await look(desk, sqlite_database, path, asker(community, language="zh_CN"))
    assert "2 人有起始积分" in lines
    assert desk.bring(buttons[0][0], asker(community), points=True)
    await desk.idle()

    assert (await told(sqlite_database))[-1][0].startswith("已发放 2 份起始积分。")


async def test_what_is_not_pressed_is_thrown_away(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    path = write(tmp_path / "result.json", TELEGRAM | {"messages": [message(1)]})
    who = asker(community)

    first = (await look(desk, sqlite_database, path, who))[1][0][0]
    desk.forget(first, who)
    assert not desk.bring(first, who, points=True)
    second = (await look(desk, sqlite_database, path, who))[1][0][0]
    desk.later(hours=2)
    assert not desk.bring(second, who, points=True)
    lost = File("gone", "gone.json", 1)
    desk.look(lost, who)
    await desk.idle()

    assert "send it again" in (await told(sqlite_database))[-1][0]
    assert list(desk._place().iterdir()) == []


async def test_buyers_are_looked_at_and_put_on_the_roster(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    path = write(tmp_path / "buyers.csv", b"email,name,course\nann@example.com,Ann,SQL\nbob,Bob,SQL\n")
    who = asker(community)

    lines, buttons = await look(desk, sqlite_database, path, who)
    assert desk.bring(buttons[0][0], who, points=True)
    await desk.idle()

    assert lines.startswith("1 buyer for the roster.\n1 row cannot be used:")
    assert (await told(sqlite_database))[-1][0].startswith(
        "On the roster: 1 new, 0 changed, 0 as they were.\n/roster_links gives each their own join link"
    )
    async with sqlite_database.read() as store:
        assert (await store.roster.counts(community.id)).rows == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("积分.csv", b"", "这个文件无法使用。\n积分.csv 是空的。"),
        (
            "points.csv",
            "外部 ID,名字,积分\n5,安,50\n".encode("utf-16"),
            "这个文件无法使用。\npoints.csv 的编码是 UTF-16。请另存为 UTF-8 的 CSV，再发一次。",
        ),
        (
            "result.json",
            "{}".encode("utf-16"),
            "这个文件无法使用。\nresult.json 的编码是 UTF-16。请另存为 UTF-8，再发一次。",
        ),
        (
            "points.csv",
            "外部 ID,名字,积分\n5,安,50\n6,博,5o\n,晨,7\n=8,丁,8\n9,娥,-1\n".encode(),
            "1 人有起始积分。\n有 4 行无法使用：\n• 第 3 行：积分不是整数\n• 第 4 行：外部 ID：没有填写\n"
            "• 第 5 行：ID 是公式或用户名，这里要的是账号的数字 ID\n"
            "• 第 6 行：积分必须在 0 到 1,000,000,000 之间",
        ),
    ],
)
async def test_what_is_wrong_with_a_file_is_told_in_the_admins_language(
    desk, sqlite_database, tmp_path, name, content, said
):
    _, community = await set_up(sqlite_database)

    lines, _ = await look(
        desk, sqlite_database, write(tmp_path / name, content), asker(community, language="zh_CN")
    )

    assert lines == said


async def test_rows_of_an_export_are_told_by_their_messages(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    rows = [message(1), message(9, date_unixtime="x"), "none"]
    path = write(tmp_path / "result.json", TELEGRAM | {"messages": rows})

    lines, _ = await look(desk, sqlite_database, path, asker(community, language="zh_CN"))

    assert lines.endswith(
        "有 2 行无法使用：\n• 第 2 行：消息 9：date_unixtime 不是数字\n• 第 3 行：消息不是 JSON 对象"
    )


async def test_a_catalogue_is_known_for_one_looked_at_and_brought_in(desk, sqlite_database, tmp_path):
    _, community = await set_up(sqlite_database)
    rows = [
        {"id": "git", "title": "Git", "lessons": ["One"]},
        {"id": "sql", "title": "SQL", "price": "a lot"},
    ]
    path = write(tmp_path / "courses.json", rows)
    who = asker(community)

    lines, buttons = await look(desk, sqlite_database, path, who)
    assert lines.startswith(
        "2 courses for the catalogue.\nNew: 2, changed: 0, as they were: 0. 1 new lesson."
    )
    assert "1 thing in it cannot be used:\n• row 2: the price “a lot”" in lines
    [ticket, _], _ = buttons
    async with sqlite_database.read() as store:
        assert await store.courses.all(community.id) == []

    assert desk.bring(ticket, who, points=False)
    await desk.idle()

    assert (await told(sqlite_database))[-1][0].startswith("The catalogue is brought in.\nNew: 2, changed: 0")
    async with sqlite_database.read() as store:
        assert [each.title for each in await store.courses.all(community.id)] == ["Git", "SQL"]
