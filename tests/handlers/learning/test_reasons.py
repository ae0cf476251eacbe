"""Reasons: every one that is told is so, for members of whom all sorts of things are known."""

import random

from handlers.base import Wanted
from handlers.learning.suggesting import Reader, Settings, cards_for
from tests.handlers.learning.claims import Claims
from tests.handlers.learning.suggesting import course, learned, suggest_in, took, two_tracks
from tests.handlers.room import TEXTS, Room


async def test_every_reason_that_is_told_is_so(room: Room, tmp_path):
    desk = suggest_in(room, tmp_path)
    made = await two_tracks(room)
    await learned(room, tmp_path, list(made.values()))
    room.later(minutes=1)
    for title, tag in (("Data 5", "statistics"), ("Web 5", "html"), ("Knitting with data", "wool")):
        made[title] = await course(room, title, tag)
    chance, here, seen = random.Random(4), room.community.id, set()
    claims, courses = Claims(room.store, here), list(made.values())

    for number in range(9):
        name = f"N{number}"
        account, member = await room.account(name), await room.member(name)
        mine = chance.sample(courses[:8], chance.randrange(4))
        if mine:
            await took(room, name, *mine, finished=number % 3 > 0)
        if number % 4 == 0:
            await room.store.interests.say(here, account.id, ["html"], wanted=True, now=room.now)
        if number % 5 == 0:
            await room.store.suggestions.wish(here, account.id, reads=True, now=room.now)
            await room.post(name, f"m{number}", "Who likes statistics, and knitting with wool?")
        await desk.ready(here, member.id)
        reader = Reader(room.community, member, account, TEXTS(("en", "zh_CN")[number % 2]))
        for wanted in (
            Wanted(way="asked"),
            Wanted(way="asked", topic="statistics"),
            Wanted(way="asked", like=courses[0]),
            Wanted(way="digest"),
        ):
            terms = Settings(held_out=20).terms
            picked = await desk.pick(room.store, room.community, member, wanted, terms, room.now)
            for card in await cards_for(room.store, reader, picked, wanted, room.now):
                showing = await room.store.suggestions.get(here, member.id, card.showing)
                assert await claims.is_true(showing, card.course, card.reason), (showing, card.reason)
                seen.add((showing.because, showing.lane))
            if number % 7 == 0 and picked.picks:
                await room.store.suggestions.opened(card.showing, room.now)

    assert {because for because, _ in seen} >= {
        "finished",
        "takes",
        "lately",
        "said",
        "told",
        "topic",
        "like",
    }
    assert {lane for _, lane in seen} >= {"blend", "new", "popular"}
