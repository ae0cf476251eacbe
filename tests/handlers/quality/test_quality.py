"""/quality: what was flagged, whether that was right, and what another line would have flagged."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.base import ADMIN, EXPERT, Button
from storage.cases import NewCase
from tests.handlers.room import NOW, Room

SCORES = {"abuse": 0.1, "low_effort": 0.1, "off_topic": 0.1, "helpful": 0.2, "head": "1"}


@pytest.fixture
async def judged(room: Room) -> dict[str, int]:
    """Four flagged posts, two of them confirmed, one dismissed, one open; and one that was not flagged."""
    account = await room.account("Bob")
    numbers = {}
    outcomes: dict[str, Any] = {"1": "advert", "2": "advert", "3": "fine", "4": None, "5": None}
    for place, (message, outcome) in enumerate(outcomes.items()):
        await room.post("Bob", message, f"Post {message}: all materials, today only")
        score = {"advert": 0.95 - place / 10, **SCORES}
        row = {"space_id": room.space.id, "message": message, "account_id": account.id, "at": NOW}
        await room.store.scores.put([row | score])
        if message == "5":
            continue
        case = NewCase(
            space_id=room.space.id, channel_id=None, account_id=account.id, message=message,
            kind="advert", score=score["advert"], origin="judge", at=NOW - timedelta(hours=1),
        )  # fmt: skip
        [numbers[message]] = (await room.store.cases.open([case])).values()
        if outcome:
            await room.store.cases.decide(room.community.id, numbers[message], outcome, NOW)
    return numbers


async def test_it_says_what_was_flagged_and_how_often_that_was_right(room: Room, judged: Any) -> None:
    room.later(minutes=5)

    reply = await room.say("/quality", role=EXPERT)

    assert reply.plain.startswith("I read 5 posts in 30 days and flagged 4.")
    assert "Adverts: 4 flagged, 2 confirmed, 1 dismissed; right: 67 % (21 to 94 %)" in reply.plain
    assert "From 10 decisions on I learn of them." in reply.plain


async def test_a_line_is_tried_out_before_it_is_set_and_can_be_taken_back(room: Room, judged: Any) -> None:
    room.later(minutes=5)

    tried = await room.say("/quality advert 80", role=ADMIN)
    assert "2 of 5 posts (40.0 %); experts confirmed 2 of them and dismissed 0" in tried.plain
    assert "Nothing is set yet." in tried.plain
    [button, *_] = tried.buttons[0]
    done = await room.press(button, role=ADMIN)
    assert "From 80 %, a post" in done.plain
    assert "an admin drew this line" in (await room.say("/quality advert", role=ADMIN)).plain

    await room.press(done.buttons[0][0], role=ADMIN)
    assert "follows each space's own posts" in (await room.say("/quality advert", role=ADMIN)).plain


async def test_simulate_tries_a_line_out_on_last_month(room: Room, judged: Any) -> None:
    room.later(minutes=5)

    reply = await room.say("/simulate quality.advert_from 0.8", role=ADMIN)

    assert "2 of 5 posts (40.0 %)" in reply.plain
    assert [button.press for row in reply.buttons for button in row] == ["quality_set", "quality_kind"]


async def test_decisions_that_look_wrong_wait_for_an_admin(room: Room, judged: Any) -> None:
    doubts = [[judged["3"], "ok", 0.1, "advert"], [judged["1"], "abuse", 0.1, "ok"]]
    await room.store.heads.add(
        room.community.id, "1", "refused", labels=20, figures={"doubts": doubts}, now=NOW
    )

    card = await room.say("/today", role=ADMIN)
    page = await room.press(Button("Look", "quality_doubts", ("1",)), role=ADMIN)

    assert "1 decision of experts looks wrong to me." in card.plain, "the other was decided otherwise"
    assert f"Case {judged['3']}: decided fine, rather an advert. “Post 3" in page.plain
    assert page.select is not None
    assert page.select.choices[0][0] == str(judged["3"])
    assert "does not serve" in (await room.say("/quality", role=ADMIN)).plain


async def test_who_is_always_contradicted_counts_less(room: Room, judged: Any) -> None:
    ann, eve = await room.account("Ann"), await room.account("Eve")
    for message in ("1", "2", "3"):
        case = await room.store.cases.get(room.community.id, judged[message])
        assert case is not None
        good = case.outcome == "fine"
        await room.store.cases.add_verdict(case, ann.id, "fine" if good else "advert", NOW)
        await room.store.cases.add_verdict(case, eve.id, "advert" if good else "fine", NOW, again=True)
    known = {"foretold": {"ok": [judged["3"]], "advert": [judged["1"], judged["2"]]}, "doubts": []}
    await room.store.heads.add(room.community.id, "1", "serves", labels=20, figures=known, now=NOW)

    from handlers.quality.trusting import trusted

    found = await trusted(await room.context("Ann", role=ADMIN))

    assert found[eve.id] < found[ann.id]


async def test_a_kind_nobody_knows_is_explained(room: Room) -> None:
    assert "/quality advert 90" in await room.mistake("/quality nonsense", role=EXPERT)
