"""/doctor and /status: what is wrong and what to press, the worst first; how everything is, on one screen."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.texts import load_texts
from handlers.admin import status
from handlers.base import ADMIN, Judging, PlatformCondition
from handlers.words.findings import KINDS, mend, say
from storage.condition import NewFinding
from storage.values import NewDeadEvent
from tests.handlers.room import NOW, Room, button

WORDS = {
    "space": "Data School", "channels": ["#a", "#b", "#c", "#d", "#e", "#f"], "platform": "Telegram", "free": "5",
    "seconds": "90", "kinds": ["chat_member"], "reason": "no",
}  # fmt: skip


async def found(room: Room, *kinds: str) -> None:
    rows = [NewFinding(key=kind, kind=kind, space_id=room.space.id, words=WORDS) for kind in kinds]
    await room.store.condition.keep_findings(room.community.id, rows, [], room.now)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_kind_is_said_with_what_to_press(language):
    t = load_texts()(language)

    for kind in KINDS:
        words = say(t, kind, WORDS), mend(t, kind, WORDS)
        assert all(words), kind
        assert "{" not in "".join(words), kind
        assert language == "en" or any("一" <= sign <= "鿿" for sign in words[0]), kind


async def test_the_worst_comes_first_and_what_nobody_must_do_last(room):
    await found(room, "telegram_no_invite", "discord_files", "telegram_no_admin")

    reply = await room.say("/doctor")

    lines = reply.plain.splitlines()
    assert lines[0] == "2 things need you"
    assert lines[1].startswith("✗ I see no reactions and nobody leaving in “Data School”")
    assert lines[2] == "Group settings → Administrators → Add Admin → me."
    assert lines[3].startswith("✗ In “Data School” I may not attach files in #a, #b, #c, #d, #e and 1 more")
    assert lines[5].startswith("✔ ")
    assert lines[6:8] == [
        "Good to know",
        "· In “Data School” I may not make invite links, so nobody gets a personal one.",
    ]
    assert all(
        each.told_at
        for each in await room.store.condition.findings(room.community.id)
        if each.kind != "telegram_no_invite"
    )


async def test_all_well_says_so(room):
    assert (await room.say("/doctor")).plain.startswith("Everything is as it should be\n✔ ")


class Running:
    """What a running process says of itself."""

    started_at = NOW - timedelta(days=3, hours=4, minutes=20)
    backlog = 7
    backs_up = True
    judging: Judging = "reads"

    def platforms(self) -> list[PlatformCondition]:
        return [
            PlatformCondition(platform="telegram", connected=True, silent_seconds=2.4, must_start=True),
            PlatformCondition(platform="discord", connected=False, silent_seconds=None, must_start=False),
        ]

    def back_up(self) -> None: ...


async def test_status_is_short_and_exact(room):
    ann, _ = await room.account("Ann"), await room.account("Bob")
    await room.store.people.set_reachable(ann.id, room.now)
    await room.store.cursors.set("backup", "last", "2026-11-25T03:00:00+00:00")
    await room.store.troubles.add_dead([NewDeadEvent("telegram", "1", "broken", "{}")], room.now)
    await found(room, "telegram_no_admin", "telegram_no_invite")
    ctx = replace(await room.context("Me", role=ADMIN), condition=Running(), version="0.2.0")

    reply = await status.card(ctx)

    lines = reply.plain.splitlines()
    assert lines == [
        "Homeroom 0.2.0 has been running for 3 days 4 hours",
        "✔ Telegram: connected, last heard 2 seconds ago",
        "✗ Discord: not connected",
        "7 events wait to be stored.",
        "In private I can write to 1 of 3 members on Telegram: those who pressed Start.",
        "✔ Posts are read for how good they are",
        "Deliveries: all arrived in the last 7 days",
        "1 event could not be understood, and is kept.",
        next(line for line in lines if re.fullmatch(r"Database: SQLite, 0\.\d MB", line)),
        "Last backup: 25 Nov, 04:00",
        "⚠ 1 thing needs a hand.",
    ]
    assert button(reply, "Check everything").press == "doctor"
