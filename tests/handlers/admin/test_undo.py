"""Undo: anything an admin did, and any payment, once."""

import pytest

from handlers.base import ADMIN, UserError
from tests.handlers.room import NOW, Room, button


async def test_a_payment_is_taken_back_once(room: Room):
    entry = await room.earn("Bob", 5)

    assert (await room.say(f"/undo P{entry.id}", role=ADMIN)).plain == "Undone. Bob has 0 points now."
    assert await room.mistake(f"/undo {entry.id}", role=ADMIN) == f"P{entry.id} is undone already."
    assert await room.store.points.differences() == []


async def test_what_was_taken_is_given_back(room: Room):
    await room.earn("Bob", 50)
    reply = await room.say("/points_remove @bob 20", role=ADMIN)

    assert (await room.press(button(reply, "Undo"))).plain == "Undone. Bob has 50 points now."


async def test_taking_back_never_goes_below_zero(room: Room):
    await room.account("Bob")
    given = await room.say("/points_add @bob 100", role=ADMIN)
    await room.say("/points_remove @bob 60", role=ADMIN)

    with pytest.raises(UserError, match=r"Bob has 40 points; I cannot take away 100\."):
        await room.press(button(given, "Undo"))


async def test_an_entry_that_took_back_is_no_payment_to_undo(room: Room):
    entry = await room.earn("Bob", 5)
    voided = await room.store.points.void(entry.id, note="deleted", now=NOW)
    assert voided is not None

    assert "Give them again with /points_add" in await room.mistake(f"/undo P{voided.id}", role=ADMIN)


async def test_settings_go_back_to_what_they_were_before(room: Room):
    await room.say("/set points.base 10", role=ADMIN)
    await room.say("/set points.base 20", role=ADMIN)

    assert (await room.say("/undo A2", role=ADMIN)).plain == "Undone. points.base is 10 again."
    assert (await room.say("/undo a1", role=ADMIN)).plain == "Undone. points.base is 5 again."


async def test_undo_alone_names_the_last_action(room: Room):
    assert await room.mistake("/undo", role=ADMIN) == "There is nothing to undo."
    await room.say("/set points.base 10", role=ADMIN)

    assert "The last action was A1: /set points.base" in (await room.say("/undo", role=ADMIN)).plain


@pytest.mark.parametrize("ref", ["A99", "P99", "99"])
async def test_what_is_not_here_cannot_be_undone(room: Room, ref: str):
    assert "There is no" in await room.mistake(f"/undo {ref}", role=ADMIN)


@pytest.mark.parametrize("ref", ["B1", "A", "1.5", "-1", "A1;drop", "٣"])
async def test_what_is_no_number_is_refused(room: Room, ref: str):
    assert "such as A12 or P340" in await room.mistake(f"/undo {ref}", role=ADMIN)


async def test_another_communitys_numbers_do_nothing_here(room: Room):
    other, community = await room.store.communities.add_space(
        "telegram", "-200", "Other", language="en", now=NOW
    )
    stranger = Room(room.store, community, other)
    await room.store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)
    await stranger.say("/set points.base 10", role=ADMIN, by=None)
    entry = await room.earn("Bob", 5)

    assert "There is no action" in await room.mistake("/undo A1", role=ADMIN)
    assert "There is no payment" in await stranger.mistake(f"/undo P{entry.id}", role=ADMIN, by=None)


async def test_undoing_is_in_the_audit_log_with_the_action_marked(room: Room):
    await room.say("/set points.base 10", role=ADMIN)
    await room.say("/undo A1", role=ADMIN)

    undo, first = await room.store.audit.last(room.community.id, 5)
    assert (undo.action, undo.target) == ("undo", "A1")
    assert first.undone_at == NOW
    assert "cannot be undone" in await room.mistake(f"/undo A{undo.id}", role=ADMIN)


async def test_what_was_taken_back_already_is_not_taken_back_again(room: Room):
    entry = await room.earn("Ann", 5, message="-100/1")
    await room.earn("Ann", 20)
    await room.store.points.void(entry.id, note="deleted", now=NOW)
    assert await room.mistake(f"/undo P{entry.id}", role=ADMIN) == f"P{entry.id} is undone already."
    assert await room.store.points.total((await room.member("Ann")).id) == 20


async def test_an_undone_payment_counts_as_settled_for_its_rule(room: Room):
    entry = await room.earn("Ann", 3, rule="thanks", by="Me", message="-100/1")
    assert await room.store.points.stands("thanks", entry.source)
    await room.say(f"/undo P{entry.id}", role=ADMIN)
    assert await room.store.points.stands("thanks", entry.source)
    assert await room.store.points.total((await room.member("Ann")).id) == 0
    assert await room.store.points.differences() == []


async def test_an_action_that_no_feature_undoes_is_refused(room: Room):
    number = await room.store.audit.add(room.community.id, None, "something", "", None, None, NOW)

    assert await room.mistake(f"/undo A{number}", role=ADMIN) == f"A{number} cannot be undone."
