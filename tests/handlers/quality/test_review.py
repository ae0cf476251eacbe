"""Review: a card, a press, an outcome; who may judge; and what is taken back."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.base import ADMIN, EXPERT, Award, Reply, TakeBackPost, UserError
from handlers.quality.choosing import in_turn, settled
from storage.cases import Case, NewCase
from storage.committee import Waiting
from tests.handlers.room import NOW, Room, button, labels

OUTCOMES = [["Fine", "Excellent"], ["Advert", "Abuse", "Low effort"], ["Off topic", "Skip"]]


async def a_case(room: Room, name: str, message: str, text: str = "Buy cheap followers", **more: Any) -> Case:
    await room.post(name, message, text, channel_id=room.channel.id if room.channel else None)
    new = NewCase(
        **{
            "space_id": room.space.id,
            "channel_id": room.channel.id if room.channel else None,
            "account_id": room.people[name].id,
            "message": message,
            "kind": "advert",
            "score": 0.97,
            "origin": "judge",
            "at": room.now,
            "reasons": (
                {"feature": "money", "weight": 2.0},
                {"feature": "wording", "weight": 1.0, "of": "cheap"},
            ),
        }
        | more
    )
    await room.store.cases.open([new])
    found = await room.store.cases.of_post(room.space.id, message)
    assert found is not None
    return found


async def test_a_card_says_all_that_an_expert_needs_and_one_press_brings_the_next(room: Room):
    await room.in_channel("7", "questions")
    assert room.channel is not None
    await room.post("Cleo", "1", "Does anybody know a good book?", channel_id=room.channel.id)
    room.later(minutes=1)
    case = await a_case(room, "Spammer", "2", at=NOW)
    other = await a_case(room, "Other", "3", "Another one", at=NOW + timedelta(minutes=1))
    room.later(minutes=3)

    card = await room.say("/review", by="Eve")

    assert card.plain.splitlines() == [
        f"Case {case.id} · surely an advert · questions · 3 minutes ago",
        "Cleo: Does anybody know a good book?",
        "“Buy cheap followers”",
        "Why: a price, the words “cheap”.",
        "Author: Spammer, came 3 minutes ago, 1 post.",
    ]
    assert labels(card) == OUTCOMES
    done = await room.press(button(card, "Advert"), by="Eve")
    assert done.edit
    assert done.plain.splitlines()[:3] == [
        f"Case {case.id}: an advert.",
        "",
        f"Case {other.id} · surely an advert · questions · 3 minutes ago",
    ]
    assert [type(each) for each in room.effects][:1] == [TakeBackPost]
    decided = await room.store.cases.get(room.community.id, case.id)
    assert decided is not None
    assert (decided.state, decided.outcome) == ("decided", "advert")
    assert "decided case" in (await room.say("/audit", role=ADMIN)).plain

    undone = await room.press(button(done, "Undo"), by="Eve")
    assert undone.plain == f"Undone: case {case.id} is open again, and points follow."
    again = await room.press(button(undone, "Look at it"), by="Eve")
    assert labels(again) == OUTCOMES


async def test_two_experts_at_once_make_one_outcome(room: Room):
    case = await a_case(room, "Spammer", "1")
    card = await room.say("/review", by="Eve")
    assert (await room.say("/review", by="Finn")).plain.startswith("Nothing waits for you.")
    room.later(minutes=11)  # Eve's claim is over
    second = await room.say("/review", by="Finn")

    await room.press(button(second, "Advert"), by="Finn")
    late = await room.press(button(card, "Low effort"), by="Eve")

    assert late.plain.startswith("Somebody was quicker: it was found an advert. Thank you all the same.")
    assert room.effects == []
    found = await room.store.cases.get(room.community.id, case.id)
    assert found is not None
    assert found.outcome == "advert"
    assert (await room.press(button(card, "Fine"), by="Eve")).plain.startswith(
        "You have judged that one already."
    )


async def test_nobody_judges_their_own_post_nor_that_of_who_is_close(room: Room):
    own = await a_case(room, "Eve", "1")
    close = await a_case(room, "Friend", "2")
    for n in range(12):
        await room.earn("Friend", 3, rule="thanks", by="Eve", message=f"t{n}")

    assert (await room.say("/review", by="Eve")).plain.startswith("Nothing waits for you.")
    for case in (own, close):
        with pytest.raises(UserError, match="somebody else judges it"):
            await room.press(f"review||advert|{case.id}", by="Eve")
    assert (await room.say("/review", by="Finn")).plain.startswith(f"Case {own.id}")


async def test_several_must_agree_where_it_is_wished_and_an_appeal_goes_to_others(room: Room):
    await room.store.settings.set(room.community.id, "review.advert_needs", 2, by=None, now=NOW)
    case = await a_case(room, "Spammer", "1")
    await room.press(f"review||advert|{case.id}", by="Eve")
    still = await room.store.cases.get(room.community.id, case.id)
    assert still is not None
    assert still.state == "open"
    await room.press(f"review||low_effort|{case.id}", by="Finn")
    await room.press(f"review||advert|{case.id}", by="Gus")
    decided = await room.store.cases.get(room.community.id, case.id)
    assert decided is not None
    assert decided.outcome == "advert"

    room.later(hours=1)
    assert await room.store.cases.appeal(room.community.id, case.id, "It is my homework", room.now)
    with pytest.raises(UserError, match="an appeal is for others"):
        await room.press(f"review||fine|{case.id}", by="Eve")
    card = await room.say("/review", by="Hans")
    assert card.plain.splitlines()[0].startswith(f"Case {case.id} · appeal: found an advert")
    assert "The author says: It is my homework" in card.plain
    await room.press(button(card, "Fine"), by="Hans")
    await room.press(f"review||fine|{case.id}", by="Ida")
    fine = await room.store.cases.get(room.community.id, case.id)
    assert fine is not None
    assert fine.outcome == "fine"


async def test_excellent_earns_and_skipping_leaves_it_to_others(room: Room):
    case = await a_case(room, "Author", "1", "A long and kind explanation of joins")
    card = await room.say("/review", by="Eve")
    skipped = await room.press(button(card, "Skip"), by="Eve")
    assert skipped.plain.splitlines()[0] == "Left to somebody else."
    card = await room.say("/review", by="Finn")
    await room.press(button(card, "Excellent"), by="Finn")
    assert [each.points for each in room.effects if isinstance(each, Award)] == [10]
    assert [each.id for each in await room.store.committee.excellent(room.community.id, NOW)] == [case.id]


async def test_some_are_judged_twice_without_knowing(room: Room):
    await room.store.settings.set(room.community.id, "review.twice_percent", 100, by=None, now=NOW)
    case = await a_case(room, "Spammer", "1")
    await room.press(f"review||advert|{case.id}", by="Eve")
    card = await room.say("/review", by="Finn")
    assert card.plain.startswith(f"Case {case.id} · surely an advert")
    done = await room.press(button(card, "Advert"), by="Finn")
    assert done.plain.startswith("Noted: an advert.")
    assert room.effects == []
    told = await room.say("/experts", by="Me", role=ADMIN)
    assert "Two experts judged the same post 1 time: too few to say how far they agree." in told.plain
    assert "Eve: 1 post, others said the same 1 times of 1" in told.plain


async def test_at_most_so_many_a_day_and_none_while_they_pause(room: Room):
    for n in range(3):
        await a_case(room, f"Author{n}", str(n))
    assert (await room.say("/experts_cards 2", by="Eve")).plain.startswith("You get at most 2 cards a day.")
    card = await room.say("/review", by="Eve")
    card = await room.press(button(card, "Fine"), by="Eve")
    enough = await room.press(button(card, "Fine"), by="Eve")
    assert "Those were your 2 cards for today. Thank you." in enough.plain
    assert "1 case can wait until tomorrow." in enough.plain
    room.later(days=1)
    assert labels(await room.say("/review", by="Eve"))[:3] == OUTCOMES
    await room.say("/experts_pause 3", by="Eve")
    assert (await room.say("/review", by="Eve")).plain == "You have a rest until Sun 29 Nov."


async def test_a_channel_becomes_one_for_review_and_no_longer(room: Room):
    await room.in_channel("9", "experts")
    await a_case(room, "Spammer", "1")
    made = await room.say("/review_here", role=ADMIN)
    assert (await room.say("/review", by="Eve", role=EXPERT)).private is False
    await room.press(button(made, "Undo"), role=ADMIN)
    assert (await room.say("/review", by="Eve", role=EXPERT)).private is None


async def test_what_waits_is_told_once(room: Room):
    from handlers.quality.backlog import letters, tasks

    ctx = await room.context("Me", role=ADMIN)
    assert await tasks(ctx) == []
    await a_case(room, "Spammer", "1")
    eve = await room.member("Eve")
    await room.store.grants.give(room.community.id, eve.id, room.people["Eve"].id, EXPERT, by=None, now=NOW)
    await room.press("experts_letters||1", by="Eve")
    room.later(hours=20)  # nine in the morning in Berlin

    [task] = await tasks(await room.context("Me", role=ADMIN))
    assert task.words == "1 post waits for an expert, the oldest came 20 hours ago."
    [told] = await letters(await room.context(None))
    assert "1 post waits for an expert such as you" in told.reply.plain
    await room.press("experts_letters||0", by="Eve")
    assert await letters(await room.context(None)) == []


async def test_cases_are_listed_and_each_has_a_history(room: Room):
    case = await a_case(room, "Spammer", "1")
    shown = await room.say("/cases", by="Eve")
    assert shown.plain.splitlines() == [
        "1 case is open.",
        f"{case.id} · surely an advert · just now · Buy cheap followers",
    ]
    assert shown.select is not None
    page = await room.press(shown.select.data, by="Eve", choice=str(case.id))
    assert "25 Nov, 13:00: opened" in page.plain
    judging = await room.press(button(page, "Judge it"), by="Eve")
    await room.press(button(judging, "Advert"), by="Eve")
    decided = await room.say("/cases decided", by="Eve")
    assert decided.select is not None
    page = await room.press(decided.select.data, by="Me", role=ADMIN, choice=str(case.id))
    assert "25 Nov, 13:00: Eve: an advert" in page.plain
    again: Reply = await room.press(button(page, "Open it again"), role=ADMIN)
    assert again.plain.startswith("Undone: case")


async def test_whose_record_speaks_for_it_is_suggested(room: Room):
    for n in range(20):
        await room.earn("Ann", 5, message=f"p{n}")
    for n in range(5):
        await room.earn("Ann", 3, rule="thanks", by="Bob", message=f"t{n}")
    told = await room.say("/experts", role=ADMIN)
    assert "Ann could be one: 20 good posts and 5 thanks in 90 days." in told.plain
    made = await room.press(button(told, "Make Ann an expert"), role=ADMIN)
    assert made.plain.startswith("Ann is an expert now.")
    assert "could be one" not in made.plain
    await room.press(button(made, "Undo"), role=ADMIN)
    assert "Ann could be one" in (await room.say("/experts", role=ADMIN)).plain


def test_a_third_is_to_learn_from_and_what_is_grave_comes_first():
    def case(number: int, **more: Any) -> Waiting:
        return Waiting(
            **{
                "id": number, "account_id": 1, "kind": "low_effort", "score": 0.9, "origin": "judge",
                "action": "none", "opened_at": NOW, "appealed_at": None, "reports": 0,
            } | more
        )  # fmt: skip

    old, abuse = case(1, opened_at=NOW - timedelta(hours=20)), case(2, kind="abuse")
    unsure = case(3, origin="sample", score=0.5)
    appeal = case(4, appealed_at=NOW)

    def order(answered: int) -> list[int]:
        return [each.id for each in in_turn([old, abuse, unsure, appeal], [case(5)], answered, NOW)]

    assert order(0) == [4, 2, 1, 3, 5]
    assert order(3) == [4, 3, 2, 1, 5]
    assert order(4) == [4, 5, 2, 1, 3]


def test_enough_is_said_when_so_many_agree():
    assert settled(["advert"], 1) == "advert"
    assert settled(["advert", "abuse"], 2) is None
    assert settled(["advert", "abuse", "advert"], 2) == "advert"
    assert settled(["fine", "excellent"], 2) == "fine"
    assert settled(["excellent", "excellent"], 2) == "excellent"
