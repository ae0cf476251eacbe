"""The door: links for one, and requests that are decided once, whoever decides."""

import pytest

from bot.platforms import DeliveryError
from bot.telegram_adapter.door import short
from handlers.base import LetIn, Place


async def decided(adapter, group, person, *, welcome=True):
    place = Place("telegram", space=str(group.id))
    await adapter.deliver(LetIn(key="k", place=place, account=str(person.id), welcome=welcome), nonce="n")


async def test_a_request_is_decided_once_and_again_does_no_harm(tg, adapter, group):
    eve, bob = tg.user("Eve"), tg.user("Bob")
    for person in (eve, bob):
        await person.asks_to_join(group)

    for _ in range(2):
        await decided(adapter, group, eve)
        await decided(adapter, group, bob, welcome=False)

    assert (group.has(eve.id), group.has(bob.id)) == (True, False)


async def test_a_link_carries_a_name_and_lets_one_in_or_makes_them_ask(tg, adapter, group):
    one = await adapter.invite(str(group.id), "Ann " + "😀" * 40, asks=False)
    asking = await adapter.invite(str(group.id), "", asks=True)

    assert (group.links[one]["name"], group.links[one]["member_limit"]) == ("Ann " + "😀" * 14, 1)
    assert group.links[asking]["creates_join_request"]
    assert adapter.bot_name == tg.world.bot["username"]


async def test_without_the_right_no_link_is_made(tg, adapter, group):
    await group.promote_bot(can_invite_users=False)

    with pytest.raises(DeliveryError) as caught:
        await adapter.invite(str(group.id), "Ann", asks=False)

    assert caught.value.permanent


def test_a_name_is_as_short_as_telegram_counts():
    assert short("  A \n B  ") == "A B"
    assert len(short("x" * 100)) == 32
