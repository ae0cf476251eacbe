"""Personal: two people in two communities, on both platforms, who touch every feature there is.

Everything that is Annabel's can be told from everybody else's by how it is spelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.batch import House
from bot.dispatch import Dispatcher
from bot.effects import parcel_of
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from bot.wire import event_to_json
from handlers import FEATURES
from handlers.base import (
    BotStanding,
    Command,
    DirectMessage,
    Edited,
    Event,
    Joined,
    Mention,
    Person,
    Place,
    Post,
    Posted,
    ReachChanged,
    Reacted,
    RepliedTo,
    Reply,
    RolesChanged,
    Standing,
    VoiceChanged,
)
from handlers.words.members import member_target
from storage.cases import NewCase
from storage.database import Database
from storage.roster import NewRow, Purchase
from storage.store import Store
from storage.tables import accounts, expert_wishes, labels, scores
from storage.values import NewEntry, NewWaiting
from tests.chaos.personal_learning import fill_learning

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
"""When all of it happens, about."""
FORGOTTEN_AT = NOW + timedelta(days=1)
KEY = b"a key for tests, and for nothing"

ANN = {
    "telegram": Person("771000001", "Annabel Quixote", "annabel_q", language="en"),
    "discord": Person("772000000000000001", "Quixotic Annabella", "annaq.dc"),
}
BOB = {
    "telegram": Person("881000001", "Bertram Oldfield", "bertie_o", language="en"),
    "discord": Person("882000000000000001", "Oldish Bertram", "bert.dc"),
}
ANNS = (
    "771000001",
    "772000000000000001",
    "Annabel",
    "Quixot",
    "annabel_q",
    "annaq",
    "annabelwords",
    "annabelmail",
)
"""What must be found nowhere any more, whatever the case of its letters."""
BOBS = ("881000001", "882000000000000001", "Bertram", "bertie_o", "bert.dc", "bertramwords", "bertrammail")
SPACES = (
    Place("telegram", "-1001777", space_title="Data School"),
    Place("discord", "900000000000000001", space_title="Data School", channel="910000000000000001"),
    Place("telegram", "-1002777", space_title="Cooking"),
    Place("discord", "900000000000000002", space_title="Cooking", channel="910000000000000002"),
)


def message(place: Place, number: int) -> str:
    return f"{place.space}/{number}" if place.platform == "telegram" else str(10**18 + number)


def what_happened(place: Place, first: int) -> list[Event]:
    """Posts, answers, thanks, reactions, an album, an edit, voice, roles, invites: by both, about each other."""
    ann, bob = ANN[place.platform], BOB[place.platform]
    at = NOW + timedelta(minutes=first)

    def when(minutes: float) -> dict[str, Any]:
        number = first * 100 + int(minutes * 10)
        return {
            "key": f"{place.space}-{number}",
            "order": number,
            "at": at + timedelta(minutes=minutes),
            "place": place,
        }

    def post(minutes: float, who: Person, text: str, number: int, **more: Any) -> Posted:
        return Posted(**when(minutes), message=message(place, first + number), person=who, text=text, **more)

    hers, his = message(place, first + 1), message(place, first + 2)
    return [
        Joined(**when(0), person=ann, invite="https://t.me/+annabelwords"),
        post(1, ann, f"annabelwords: how do I split the data by time in {place.space}?", 1),
        post(2, bob, "bertramwords: group it by week first, then split at one date",
             2, reply_to=RepliedTo(hers, ann, text="annabelwords: how do I split", at=at)),
        post(4, ann, "thank you, annabelwords, that is what I needed", 3, reply_to=RepliedTo(his, bob, at=at)),
        post(6, bob, f"bertramwords: thanks @{ann.handle}, that was a good question", 4, mentions=(ann,)),
        post(8, ann, "annabelwords in a picture", 5, album=f"{place.space}/annabel-album"),
        post(8, ann, "", 6, album=f"{place.space}/annabel-album"),
        Reacted(**when(9), message=his, person=ann, added=("👍",), to=bob),
        Reacted(**when(9.1), message=hers, person=bob, added=("👍",), to=ann),
        Edited(**when(10), message=hers, person=ann, text="annabelwords, said better: how do I split by time?"),
        RolesChanged(**when(11), person=Person(ann.id, ann.name, ann.handle, roles=("annabelwords-role",))),
        VoiceChanged(**when(12) | {"place": Place(place.platform, place.space, "voice")}, person=ann),
        VoiceChanged(**when(12.5) | {"place": Place(place.platform, place.space, "voice")}, person=bob),
        ReachChanged(**when(13), person=ann, reachable=True),
    ]  # fmt: skip


def events() -> list[Event]:
    """Everything, in every space."""
    return [event for number, place in enumerate(SPACES) for event in what_happened(place, 1 + 100 * number)]


async def take_in(database: Database, happened: Sequence[Event]) -> None:
    """By the way that events go. One that cannot be kept is set aside."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    dispatcher = Dispatcher(database, house, clock=lambda: NOW)
    consumer = asyncio.ensure_future(dispatcher.run())
    try:
        await dispatcher.take(list(happened))
    finally:
        dispatcher.stop()
        await consumer


async def fill(database: Database) -> None:
    """Two communities of two spaces, and in every table something of Annabel's."""
    async with database.write() as store:
        for place in SPACES:
            _, community = await store.communities.add_space(
                place.platform, place.space, place.space_title, language="en", now=NOW
            )
            await store.communities.finish_setup(
                community.id, language="en", zone="UTC", week_start=0, now=NOW
            )
    await take_in(
        database, [BotStanding(key=f"b{p.space}", at=NOW, place=p, standing=Standing.ADMIN) for p in SPACES]
    )
    await take_in(database, events())
    (broken,) = [e for e in what_happened(SPACES[0], 1) if isinstance(e, Edited)]
    poison = Posted(
        key="poison annabelwords", at=NOW.replace(tzinfo=None), place=SPACES[0], message="-1001777/99",
        person=ANN["telegram"], text="annabelwords that cannot be kept",
    )  # fmt: skip
    await take_in(database, [poison, broken])
    async with database.write() as store:
        for host, guest in ((1, 2), (3, 4)):
            await _fill_community(store, host, guest)


async def _fill_community(store: Store, host: int, guest: int) -> None:
    """What is not done by events: linked, connected, sold, granted, set, undone, sent and asked."""
    telegram, discord = await account_of(store, ANN["telegram"]), await account_of(store, ANN["discord"])
    bob = await account_of(store, BOB["telegram"])
    for community, account in ((host, telegram), (guest, discord)):
        member = await store.people.member(community, account)
        assert member is not None
        await _earn(store, community, member.id, account, bob, "annabelwords, a note on her")
    theirs = await store.people.member(host, bob)
    assert theirs is not None
    await _earn(store, host, theirs.id, bob, telegram, "annabelwords, a note of hers")
    await store.people.ensure_member(host, discord, now=NOW)
    await store.joining.connect(host, guest, by=telegram, now=NOW)
    me, other = await store.people.member(host, telegram), await store.people.member(host, discord)
    assert me is not None
    assert other is not None
    await store.joining.join(host, me.id, other.id)

    await store.people.choose_community(telegram, host)
    await store.people.set_language(me.id, "zh_CN")
    await store.settings.set(host, "points.base", 7, by=telegram, now=NOW)
    about = member_target(me.id)
    await store.audit.add(host, bob, "points add", about, {"points": 0}, {"member": me.id}, NOW)
    await store.audit.add(host, telegram, "set", "community.name", "x", {"name": "Annabel Quixote"}, NOW)
    await store.grants.give(host, me.id, telegram, "expert", by=bob, now=NOW)
    await store.grants.give(host, theirs.id, bob, "helper", by=telegram, now=NOW)
    await store.codes.issue("link", host, telegram, f"account {telegram}", now=NOW)
    proven = await store.codes.issue("connect", host, bob, f"space {host}", now=NOW)
    await store.codes.prove("connect", proven, telegram, now=NOW)
    await store.codes.count_wrong(telegram, now=NOW)
    await store.today.put_off(host, telegram, "match:1", NOW + timedelta(days=9))
    await store.today.read_at(host, telegram, 9, weekly=True)
    await _fill_roster(store, host, telegram, bob)
    (space, *_) = await store.communities.spaces(host)
    await store.requests.ask(
        [{"space_id": space.id, "account_id": telegram, "invite": "annabelwords", "asked_at": NOW}]
    )
    await _fill_quality(store, host, space.id, telegram, bob)
    await _fill_boxes(store, host)


async def _fill_roster(store: Store, community: int, ann: int, bob: int) -> None:
    course = (Purchase("SQL from zero", "paid", date(2026, 1, 2), date(2027, 1, 2)),)
    rows = [
        NewRow(
            email="annabelmail@example.com",
            customer=f"annabelmail-{community}",
            name=ANN["telegram"].name,
            purchases=course,
        ),
        NewRow(
            email="bertrammail@example.com",
            customer=f"bertrammail-{community}",
            name=BOB["telegram"].name,
            purchases=course,
        ),
    ]
    await store.roster.take_in(community, rows, now=NOW)
    hers = await store.roster.by_email(community, "annabelmail@example.com")
    his = await store.roster.by_email(community, "bertrammail@example.com")
    assert hers is not None
    assert his is not None
    await store.roster.claim(community, hers.id, ann, how="code", now=NOW)
    await store.roster.refuse(community, his.id, ann, "no", now=NOW)
    await store.roster.claim(community, his.id, bob, how="code", now=NOW)
    await store.codes.issue("claim", community, None, str(hers.id), now=NOW)


async def _fill_quality(store: Store, community: int, space: int, ann: int, bob: int) -> None:
    """Posts of both before the experts; each reported the other's, and judged it."""
    for account, other, words in ((ann, bob, "annabelwords"), (bob, ann, "bertramwords")):
        post = f"case-{community}-{words}"
        await store.cases.open(
            [
                NewCase(
                    space_id=space, channel_id=None, account_id=account, message=post, kind="advert",
                    score=0.9, origin="report", at=NOW, action="take down",
                    kept={"text": words, "content": "text"},
                )
            ]
        )  # fmt: skip
        found = await store.cases.of_post(space, post)
        assert found is not None
        theirs = "bertramwords" if words == "annabelwords" else "annabelwords"
        await store.cases.report(found, other, f"{theirs} say that it is an advert", NOW)
        await store.cases.claim(community, found.id, other, NOW + timedelta(hours=1), NOW)
        await store.cases.add_verdict(found, other, "advert", NOW)
        await store.cases.say_fine(community, found.id, f"{words} say that it is fine")
        common = {"space_id": space, "account_id": account, "at": NOW}
        read = dict.fromkeys(("advert", "abuse", "low_effort", "off_topic", "helpful"), 0.5)
        await store.connection.execute(insert(scores).values(**common, **read, message=post, head="seed"))
        await store.connection.execute(
            insert(labels).values(
                **common, case_id=found.id, outcome="advert", weight=1.0, encoder="usem3",
                mark=words, features=words.encode(),
            )
        )  # fmt: skip

    wish = {"a_day": 5, "paused_until": None, "letters": True, "at": NOW}
    await store.connection.execute(
        insert(expert_wishes).values(community_id=community, account_id=ann, **wish)
    )
    await fill_learning(store, community, space, ann, bob, NOW)


async def _fill_boxes(store: Store, community: int) -> None:
    ann = ANN["telegram"]
    named = Reply(("Look at ", Mention(ann.name, ann.id), ", annabelwords"))
    letter = DirectMessage(
        key=f"letter:{community}:{ann.id}", platform="telegram", account=ann.id, reply=named
    )
    public = Post(key=f"post:{community}:{ann.id}", place=SPACES[0], reply=named)
    waits = Post(key=f"waits:{community}", place=SPACES[0], reply=named)
    sent = await store.outbox.add([parcel_of(each, community, NOW) for each in (letter, public, waits)])
    for id in sent[:2]:
        await store.outbox.sent(id, "1", NOW)
    asked = Command(
        key=f"asked-{community}", at=NOW, place=SPACES[0], name="rank", person=ann, text="annabelwords"
    )
    waiting = NewWaiting(platform="telegram", key=asked.key, payload=event_to_json(asked), received_at=NOW)
    await store.inbox.add([waiting])


async def account_of(store: Store, person: Person) -> int:
    """The number of their account."""
    found = await store.connection.execute(select(accounts.c.id).where(accounts.c.external_id == person.id))
    return int(found.scalar_one())


async def _earn(store: Store, community: int, member: int, account: int, actor: int, note: str) -> None:
    await store.points.record(
        [
            NewEntry(
                community_id=community,
                member_id=member,
                account_id=account,
                rule="manual",
                source=f"manual:{community}:{account}:{note}",
                points=11,
                actor_account_id=actor,
                happened_at=NOW,
                recorded_at=NOW,
                note=note,
            )
        ]
    )
