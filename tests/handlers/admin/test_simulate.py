from datetime import date

import pytest

from handlers.admin.simulate import offer_rules
from handlers.base import ADMIN
from handlers.base.rehearsal import Left, Moved, OtherBoard, OtherPlace, Rehearsed
from storage.values import MISSING
from tests.handlers.room import button, labels

NOVEMBER = date(2026, 10, 26)
WEEK = OtherBoard(
    "2026-W48",
    (
        OtherPlace(1, 2, "Bob", 40, 2, 40),
        OtherPlace(2, 1, "Ann", 30, 1, 60),
        OtherPlace(3, 3, "Cy", 5, None, 0),
    ),
)
MONTH = OtherBoard("2026-11", (OtherPlace(1, 2, "Bob", 90, 1, 90),))


class Beside:
    """A rehearsal that found something already, and writes down what it was asked."""

    def __init__(self, **found):
        usual = {"days": 30, "posts": 9, "points_before": 100, "points_after": 70, "more": 0, "fewer": 1}
        self.rehearsed = Rehearsed(**{"since": NOVEMBER, "corrections": 6} | usual | found)
        self.asked, self.overlay, self.reply, self.begun, self.busy = [], (), None, [], False

    def look(self, overlay, asker, space, say):
        self.asked.append((asker.account, space))
        self.overlay, self.reply = overlay, say(self.rehearsed, "t1")
        return not self.busy

    def proposed(self, ticket, asker):
        return self.overlay if ticket == "t1" else None

    def found(self, ticket, asker):
        return self.rehearsed if ticket == "t1" else None

    def drop(self, ticket, asker):
        self.overlay = None

    def go_on(self, action):
        self.begun.append(action)


@pytest.fixture
def beside(room):
    room.rehearsal = Beside(
        losers=(Moved(1, "Ann", 60, 30),), refused_anew={"too_soon": 6}, paid_anew=1, boards=(WEEK, MONTH),
        left=Left(edited=2, without_text=1, unpaid=3, other={"thanks": 1, "voice": 4}),
    )  # fmt: skip
    return room.rehearsal


async def test_a_rule_is_looked_at_beside_and_answered_in_full(room, beside):
    told = await room.say("/simulate points.cooldown 5m", role=ADMIN)

    assert told.plain.startswith("I am looking at the last 30 days")
    [overlay] = beside.overlay
    assert (overlay.key, overlay.value, overlay.space_id) == ("points.cooldown", "PT5M", None)
    assert beside.reply.plain.splitlines() == [
        "points.cooldown at 5 minutes instead of 1 minute",
        "1 member would have got less.",
        "Points of these days: 70 instead of 100.",
        "Most to lose",
        "• Ann: 30 instead of 60",
        "6 posts that earned would have earned nothing:",
        "• too soon after the post before: 6",
        "1 post that earned nothing would have earned.",
        "This week: 3 of the first ten would stand elsewhere.",
        "This month: the first ten would be the same.",
        "2 posts were edited and stay as they were judged: I do not keep their first texts.",
        "1 post stays as it was judged: I do not keep its text any more.",
        "3 posts were brought in without points and stay so.",
        "Nothing is changed yet.",
    ]
    assert labels(beside.reply) == [["Boards"], ["Set it"], ["Set it, also for these days"], ["Leave it"]]

    boards = await room.press(button(beside.reply, "Boards"))
    assert boards.plain.splitlines()[:4] == [
        "This week",
        "1. Bob  40 (now 2)",
        "2. Ann  30 (now 1)",
        "3. Cy  5 (new)",
    ]


async def test_it_is_set_alone_and_undone(room, beside):
    await room.say("/simulate points.base 9", role=ADMIN)

    told = await room.press(button(beside.reply, "Set it"))
    assert told.plain.splitlines()[0] == "It is set."
    assert await value_of(room, "points.base") == 9
    assert (await room.press(button(beside.reply, "Set it"))).plain == "These rules hold already."

    await room.press(button(told, "Undo"))
    assert await value_of(room, "points.base") is None
    assert beside.begun == []


async def test_it_is_set_and_applied_to_the_past_and_the_past_alone_is_undone(room, beside):
    await room.say("/simulate points.base 9", role=ADMIN)

    asked = await room.press(button(beside.reply, "Set it, also for these days"))
    assert (
        asked.plain.splitlines()[1] == "6 payments would be corrected, and 1 member would have other points."
    )
    assert labels(asked) == [["Yes, correct them"], ["Only set it", "Leave it"]]
    begun = await room.press(button(asked, "Yes, correct them"))
    assert begun.plain.startswith("I am correcting it")
    [action] = beside.begun
    assert await value_of(room, "points.base") == 9

    assert "not done with it yet" in await room.mistake(f"/undo A{action}", role=ADMIN)
    await room.store.rejudging.move(action, "applying", "applied")
    undone = await room.say(f"/undo A{action}", role=ADMIN)
    assert undone.plain.startswith("I am taking it back")
    assert beside.begun == [action, action]
    assert await value_of(room, "points.base") == 9


async def test_a_set_of_rules_is_tried_out_set_as_one_action_and_undone_as_one(room, beside):
    await room.say("/simulate quiet", role=ADMIN)
    keys = {overlay.key for overlay in beside.overlay}
    assert {"points.base", "thanks.points"} < keys
    assert beside.reply.plain.startswith("The rules “Quiet”")
    assert "Time in voice stays as it was counted" in beside.reply.plain
    assert "1 thank-you was given by /thanks and stays as it is." in beside.reply.plain

    told = await room.press(button(beside.reply, "Set it"))
    assert await value_of(room, "points.base") == 3
    await room.press(button(told, "Undo"))
    assert await value_of(room, "points.base") is None


async def test_set_answers_at_once_and_the_short_form_follows(room, beside):
    assert labels(await room.say("/set points.base 8", role=ADMIN)) == [["Undo"]]
    assert beside.asked == [], "nobody wrote anything yet"
    await room.post("Ann", "1")

    told = await room.say("/set points.base 9", role=ADMIN)
    assert (
        told.plain.splitlines()[-1]
        == "In a moment I write to you what it would have changed in the last days."
    )
    assert beside.reply.plain.splitlines() == [
        "points.base, in the last 30 days",
        "1 member would have got less.",
    ]

    shown = await room.press(button(beside.reply, "Show"))
    assert labels(shown) == [["Boards"], ["Correct these days, too"], ["Leave it"]]
    asked = await room.press(button(shown, "Correct these days, too"))
    assert labels(asked) == [["Yes, correct them"], ["Leave it"]]

    beside.busy = True
    told = await room.say("/set points.base 7 here", role=ADMIN)
    await room.mistake("/simulate points.base 3", role=ADMIN)
    beside.busy = False
    told = await room.press(button(told, "What would it have changed?"))
    assert told.plain.startswith("I am looking at the last 30 days")
    assert beside.reply.plain.splitlines()[0] == "points.base, as it is now"


async def test_what_cannot_be_tried_out_says_why(room, beside):
    assert "changes nobody's points" in await room.mistake("/simulate leaderboard.rows 5", role=ADMIN)
    assert "who is there now" in await room.mistake("/simulate voice.points 5", role=ADMIN)
    assert "Which value" in await room.mistake("/simulate points.base", role=ADMIN)
    assert "between 0 and 1,000" in await room.mistake("/simulate points.base 5000", role=ADMIN)
    assert "There is no setting" in await room.mistake("/simulate points.bas 5", role=ADMIN)
    await room.say("/simulate points.base 9", role=ADMIN)
    with pytest.raises(Exception, match="ask for it again"):
        await room.press("simulate_set||t9")
    room.rehearsal = None
    assert "cannot be tried out" in await room.mistake("/simulate points.base 9", role=ADMIN)


async def test_nothing_to_tell_is_told_shortly_and_in_chinese(room):
    room.rehearsal = Beside(posts=0, days=4, fewer=0, points_after=100, corrections=0)
    await room.say("/simulate points.base 9", role=ADMIN, language="zh_CN")

    assert room.rehearsal.reply.plain.splitlines() == [
        "points.base 由 5 改为 9",
        "这些天没有可以重新评判的发言。",
        "这里的发言太多，我只看了最近 4 天。",
        "目前什么都没有改动。",
    ]
    ctx = await room.context()
    assert [value for value, _ in offer_rules(ctx, "quiet")] == ["quiet"]
    assert "leaderboard.rows" not in [value for value, _ in offer_rules(ctx, "rows")]


async def value_of(room, key):
    rows = await room.store.settings.of(room.community.id)
    return next((row.value for row in rows if row.key == key and row.value is not MISSING), None)
