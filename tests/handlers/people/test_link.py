"""Link: a code proves that two accounts are one person; wrong ones, other people's and old ones do nothing."""

import pytest

from handlers.base import DirectMessage
from storage.codes import LINK
from tests.handlers.room import Room, button

ANN, ANN2 = "Ann", "Ann on Discord"


@pytest.fixture
async def two(room: Room) -> Room:
    """Ann with 5 points, and her other account with 7."""
    await room.account(ANN)
    account = await room.store.people.see("discord", "77", ANN2, now=room.now)
    room.people[ANN2] = account
    await room.store.people.ensure_member(room.community.id, account.id, now=room.now)
    await room.earn(ANN, 5)
    await room.earn(ANN2, 7)
    return room


async def code_of(room: Room, name: str) -> str:
    reply = await room.say("/link", by=name, private=True)
    return reply.plain.splitlines()[0]


async def test_a_code_of_one_account_typed_by_the_other_makes_them_one_person(two: Room):
    code = await code_of(two, ANN)

    reply = await two.say(f"/link {code.lower()}", by=ANN2)

    assert reply.plain.splitlines() == [
        "Done: Ann (Telegram), Ann on Discord (Discord) are one person here.",
        "You have 12 points.",
        "What earned them stays with each account: /unlink parts them again.",
    ]
    assert await two.member(ANN) == await two.member(ANN2)
    [told] = two.effects
    assert isinstance(told, DirectMessage)
    assert (told.platform, told.account) == ("telegram", two.people[ANN].external_id)
    assert told.reply.plain.startswith(
        "Ann on Discord (Discord) typed your code: it is one person with you in Data School now."
    )

    undone = await two.press(button(told.reply, "Undo"), by=ANN)

    assert undone.plain == "Ann on Discord (Discord) is a person of its own again, with 7 points."
    assert await two.mistake("/unlink", by=ANN) == (
        "You have one account here; nothing is linked. To link another: /link"
    )


async def test_undoing_twice_and_by_others_does_nothing(two: Room):
    reply = await two.say(f"/link {await code_of(two, ANN)}", by=ANN2)
    undo = button(reply, "Undo")

    for name, press in (("Bob", undo), (ANN2, undo), (ANN2, undo)):
        if name == ANN2 and await two.member(ANN) == await two.member(ANN2):
            await two.press(press, by=name)
            continue
        with pytest.raises(Exception, match="That is done already"):
            await two.press(press, by=name)

    assert await two.member(ANN) != await two.member(ANN2)


async def test_a_code_is_never_told_where_others_read_it(two: Room):
    assert await two.mistake("/link", by=ANN) == (
        "Write me /link in our private chat: what I tell you there nobody else reads."
    )


async def test_each_code_that_does_nothing_says_why(two: Room):
    code = await code_of(two, ANN)

    async def said(typed: str, by: str = ANN2) -> str:
        return (await two.say(f"/link {typed}", by=by)).plain

    assert await said(code, by=ANN) == (
        "This account was given the code. Type it with your other one, or where that one is."
    )
    assert (await said("AAAA-BBBBBB")).startswith("I do not know this code.")
    connect = await two.store.codes.issue("connect", two.community.id, None, "community", now=two.now)
    assert (await said(connect)).startswith("This code is for something else")
    elsewhere = await two.store.communities.create("Other", language="en", now=two.now)
    foreign = await two.store.codes.issue(LINK, elsewhere.id, two.people[ANN].id, "account", now=two.now)
    assert (await said(foreign)).startswith("This code is from another community.")
    stale = await code_of(two, ANN)
    two.later(minutes=10)
    assert (await said(stale)).startswith("This code has run out")
    assert await two.member(ANN) != await two.member(ANN2)


async def test_both_sides_may_type_each_others_code(two: Room):
    first, second = await code_of(two, ANN), await code_of(two, ANN2)
    await two.say(f"/link {first}", by=ANN2)

    again = await two.say(f"/link {second}", by=ANN)

    assert again.plain == "These two accounts are one person here already. See /unlink"
    assert (await two.say(f"/link {first}", by="Bob")).plain.startswith("This code was used already")


async def test_five_wrong_codes_make_one_wait(two: Room):
    code = await code_of(two, ANN)
    for _ in range(5):
        await two.say("/link AAAA-BBBBBB", by=ANN2)

    reply = await two.say(f"/link {code}", by=ANN2)

    assert reply.plain == "You typed 5 wrong codes in a row. Wait 10 minutes, then try again."


async def test_a_third_account_joins_and_any_may_part(two: Room):
    await two.earn("Ann at work", 1)
    await two.say(f"/link {await code_of(two, ANN)}", by=ANN2)
    offered = await two.say("/link", by=ANN2, private=True)
    assert (
        "You are here with Ann (Telegram), Ann on Discord (Discord) already; one more is fine."
        in offered.plain
    )
    await two.say(f"/link {offered.plain.splitlines()[0]}", by="Ann at work")

    chosen = await two.say("/unlink", by=ANN2)
    reply = await two.press(button(chosen, "Ann (Telegram)"), by=ANN2)

    assert reply.plain == "Ann (Telegram) is a person of its own again, with 5 points."
    assert await two.store.points.total((await two.member(ANN2)).id) == 8
