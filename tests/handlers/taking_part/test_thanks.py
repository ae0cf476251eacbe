"""Thanks: which texts say it, and the command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base import Author, RepliedTo
from handlers.taking_part.given import Refused, may_give
from handlers.taking_part.thanks import thanks
from tests.handlers.room import Room


@pytest.mark.parametrize(
    "text",
    [
        "+", "+1", "++", " + ", "+ that did it", "👍", "🙏🙏 so good", "❤️",
        "thanks", "Thanks!", "THANK YOU so much", "many thx", "ty", "谢谢", "多谢大佬", "非常感谢你的回答", "3q",
        "спасибо большое", "merci", "Gracias, amigo", "that works, thanks.",
    ],
)  # fmt: skip
def test_these_say_thank_you(text: str):
    assert thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "+5 points", "1+1", "no thanks", "No, thank you", "don't thank me", "不用谢", "不谢", "别谢我",
        "thanks to nobody", "thanks for nothing", "party", "empty", "thanksgiving dinner", "mercies",
        "a + b", "+ve result", "C++", "👎",
    ],
)  # fmt: skip
def test_these_do_not(text: str):
    assert not thanks(text)


def test_a_community_may_have_words_of_its_own():
    assert thanks("kiitos paljon", "kiitos, dank je")
    assert thanks("Dank je wel", "kiitos, dank je")
    assert not thanks("kiitospaljon", "kiitos")
    assert not thanks("whatever", " , ,")
    assert thanks("(a+)+$ indeed", "(a+)+$")  # words, never patterns


@given(st.text(max_size=2_000), st.text(max_size=100))
def test_any_text_is_one_or_the_other(text: str, further: str):
    assert thanks(text, further) in (True, False)


def test_a_long_text_is_read_in_no_time():
    assert not thanks("a+" * 500_000, "(a+)+$, " + "a" * 400)


@pytest.mark.parametrize(
    ("giver", "from_giver", "today", "refused"),
    [
        (1, 0, 0, None),
        (2, 0, 0, Refused.ONESELF),
        (1, 3, 3, Refused.PAIR_LIMIT),
        (1, 2, 19, None),
        (1, 0, 20, Refused.DAILY_LIMIT),
    ],
)
def test_who_may_give(giver: int, from_giver: int, today: int, refused: Refused | None):
    found = may_give(
        giver=giver, receiver=2, from_giver_today=from_giver, today=today, pair_limit=3, daily_limit=20
    )
    assert found is refused


def test_limits_of_zero_mean_none_are_given():
    assert may_give(
        giver=1, receiver=2, from_giver_today=0, today=0, pair_limit=0, daily_limit=20
    ) is Refused.PAIR_LIMIT  # fmt: skip


async def test_whom_is_asked_where_nobody_is_named(room: Room):
    assert await room.mistake("/thanks") == (
        "Whom do you mean? Answer one of their messages, or name them with @."
    )


async def test_bots_and_channels_are_not_thanked(room: Room):
    room.people["Robot"] = await room.store.people.see("telegram", "9", "Robot", "robot", True, now=room.now)
    assert (await room.mistake("/thanks @robot")).startswith("I do not know")
    channel = RepliedTo("-100/7", None, Author.CHANNEL)
    assert (await room.mistake("/thanks", reply_to=channel)).startswith("Whom do you mean?")


async def test_the_pair_limit_is_of_the_giver_and_counts_the_other_way_round_apart(room: Room):
    """A limit that looked at the wrong person let one thank for ever."""
    await room.account("Ann")
    for number in range(3):
        await room.earn("Ann", 3, rule="thanks", by="Me", message=f"-100/{number}")
    refused = await room.mistake("/thanks @ann")
    assert refused == (
        "You have thanked Ann 3 times today, which is the most that counts. Tomorrow it counts again."
    )
    await room.account("Bob")
    back = await room.context("Ann")
    assert await back.store.points.given_today(
        (await room.member("Me")).id, (await room.member("Ann")).id, "thanks", room.now.date()
    ) == (0, 0)
    ann = (await room.member("Ann")).id
    assert await back.store.points.given_today(
        ann, (await room.member("Bob")).id, "thanks", room.now.date()
    ) == (
        3,
        0,
    )


async def test_an_admin_who_writes_as_the_group_gives_nothing(room: Room):
    await room.account("Ann")
    assert (await room.mistake("/thanks @ann", by=None)).startswith("An admin who writes as the group")
