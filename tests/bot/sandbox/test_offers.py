"""The composer proposes commands, then the values of their options."""

from bot.sandbox.offers import Offers, offers_for
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Person

SPECS = [spec for feature in FEATURES for spec in feature.commands]
PEOPLE = [Person(id="1", name="Ann Li", handle="ann"), Person(id="2", name="Bob", handle="bob")]


async def offered(line: str, *, admin: bool = False, private: bool = False, language: str = "en") -> Offers:
    async def suggest(command: str, option: str, typed: str) -> list[tuple[str, str]]:
        return [("points.cooldown", "points.cooldown: The pause between two posts")]

    return await offers_for(
        line, SPECS, admin=admin, private=private, people=PEOPLE, t=load_texts()(language), suggest=suggest
    )


async def test_nothing_is_proposed_for_a_message():
    assert await offered("hello /top") == Offers()
    assert await offered("/top\nand more") == Offers()


async def test_commands_that_begin_so_come_first():
    labels = [each.label for each in (await offered("/to")).list]
    assert labels[0] == "/top"
    assert (await offered("/to")).complete is False
    assert (await offered("/top")).complete is True


async def test_admins_commands_are_proposed_to_admins():
    assert "/set" not in [each.label for each in (await offered("/")).list]
    assert "/set" in [each.label for each in (await offered("/", admin=True)).list]


async def test_an_options_usual_values_are_proposed_and_its_place_is_shown():
    found = await offered("/top mo")
    assert [each.line for each in found.list] == ["/top month "]
    assert found.hint is not None
    assert (found.hint.command, found.hint.at) == ("/top", 0)


async def test_people_are_proposed_by_name_and_by_handle():
    assert [each.line for each in (await offered("/points_add @an", admin=True)).list] == [
        "/points_add @ann "
    ]
    assert [each.line for each in (await offered("/points_add bo", admin=True)).list] == ["/points_add @bob "]


async def test_what_a_feature_suggests_is_told_apart_from_what_it_means():
    [offer] = (await offered("/set poi", admin=True)).list
    assert (offer.line, offer.label, offer.about) == (
        "/set points.cooldown ",
        "points.cooldown",
        "The pause between two posts",
    )


async def test_proposals_speak_the_readers_language():
    [top] = [each for each in (await offered("/top", language="zh_CN")).list if each.label == "/top"]
    assert top.about != "The most active members of a period"
