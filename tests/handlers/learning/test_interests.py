"""Interests: told, shown, taken back; and posts, which are looked at only for who allowed it."""

import numpy as np
import pytest

from bot.encoding import Encoding
from tests.handlers.learning.suggesting import course, learned, shown_to, suggest_in, took, two_tracks
from tests.handlers.room import Room, button


@pytest.fixture
async def tracks(room: Room, tmp_path):
    suggest_in(room, tmp_path)
    made = await two_tracks(room)
    made["Forms"] = await course(room, "Accessible forms", "accessibility")
    await learned(room, tmp_path, list(made.values()))
    await took(room, "Me", made["Data 1"])
    return made


async def wrote(room: Room) -> None:
    for number, text in enumerate(
        ["How do I test accessibility of a form?", "Accessibility is hard, isn't it"]
    ):
        await room.post("Me", f"m{number}", text)


async def test_interests_are_told_used_and_taken_back(room, tracks):
    told = await room.say("/interests Accessibility, knitting")
    assert told.plain.splitlines()[:2] == [
        "Noted: Accessibility, knitting.",
        "You like: knitting, accessibility.",
    ]
    suggested = await room.press(button(told, "Suggest something"))
    assert "Because you told me that you like accessibility." in suggested.plain
    left = await room.press(button(told, "✕ knitting"))
    assert "You like: accessibility." in left.plain
    assert "name topics" in (await room.mistake("/interests ,,")).casefold()


async def test_posts_are_looked_at_only_after_a_yes_and_until_the_optout(room, tracks):
    await wrote(room)
    before = await room.say("/suggest")
    assert "what you wrote" not in before.plain

    asked = await room.press(button(before, "Suggest better"))
    assert asked.plain.splitlines()[0] == "May I look at what you write here, to suggest better?"
    await room.press(button(asked, "Yes, you may"))

    assert "Close to what you wrote about accessibility." in (await room.say("/suggest")).plain
    assert [each.because_of for each in await shown_to(room, "Me") if each.because == "said"] == [
        "accessibility"
    ]
    assert "because you allowed it" in (await room.say("/interests")).plain

    await room.say("/optout profiling")
    await room.say("/optin profiling")
    assert "what you wrote" not in (await room.say("/suggest")).plain
    assert "I do not look at what you write here." in (await room.say("/interests")).plain


async def test_a_no_is_remembered_and_not_asked_again(room, tracks):
    asked = await room.press(button(await room.say("/suggest"), "Suggest better"))
    await room.press(button(asked, "No"))
    await wrote(room)
    after = await room.say("/suggest")
    assert "what you wrote" not in after.plain
    assert "Suggest better" not in str(after)


class TwoMeanings:
    """Whatever speaks of a form means one thing, everything else another."""

    name, size = "two", 2

    def encode(self, texts):
        return np.array([[1.0, 0.0] if "form" in text else [0.0, 1.0] for text in texts], np.float32)


async def test_a_word_that_means_something_else_is_no_reason(room, tracks, tmp_path):
    encoding = Encoding(load=lambda name: TwoMeanings())
    desk = suggest_in(room, tmp_path, encoding=encoding)
    account = await room.account("Me")
    await room.store.suggestions.wish(room.community.id, account.id, reads=True, now=room.now)
    await room.post("Me", "m1", "Accessibility of the car park is bad")
    assert "what you wrote" not in (await room.say("/suggest")).plain
    await room.post("Me", "m2", "What of accessibility in a form?", posted_at=room.now.replace(hour=13))
    assert "Close to what you wrote about accessibility." in (await room.say("/suggest")).plain
    await desk.stop()
    await encoding.stop()
