"""Permissions: everybody, in every place, at every command and button, may do what docs/permissions.md says.

The decision is the one that commands get (bot/scene.py); only the handlers are not run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pytest

from bot.batch import House
from bot.permissions import PAGE, SECTIONS, page
from bot.scene import Scene, Spec, admit, look, texts_for
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import (
    ADMIN_ROLE,
    MUTED_ROLE,
    OWNER_ROLE,
    Author,
    Command,
    CommandSpec,
    Person,
    Place,
    Pressed,
    UserError,
)
from handlers.base.roles import NEEDED
from storage.database import Database
from storage.store import Store
from storage.tables import member_accounts
from storage.values import Community, SettingRow, Space
from tests.bot.played import PlayedAdapter
from tests.conftest import NOW

GROUP, TOPIC = Place("telegram", "-1001"), Place("telegram", "-1001", channel="-1001/7")
OTHER, SILENT, SERVER = Place("telegram", "-2002"), Place("telegram", "-3003"), Place("discord", "4004")
HERE = ("group", "topic", "private")
SILENCE = "before /setup"
ELSEWHERE = {"another community": OTHER, "linked account": SERVER}
GRANTED = ("admin, granted", "expert", "teacher", "helper", "muted")
PLATFORM = {
    "owner": {OWNER_ROLE, ADMIN_ROLE},
    "admin": {ADMIN_ROLE},
    "former admin": {ADMIN_ROLE},  # what the platform said less than a minute ago
    "muted by the platform": {MUTED_ROLE},
}
AUTHORS = {
    "anonymous admin": Author.ANONYMOUS_ADMIN,
    "bot": Author.BOT,
    "channel identity": Author.CHANNEL,
}
WHO = (*PLATFORM, *GRANTED, "member", "newcomer", *AUTHORS)
SPECS: list[Spec] = [spec for each in FEATURES for spec in (*each.commands, *each.presses)]


# What the page says


def tables(text: str) -> Mapping[str, list[list[str]]]:
    """Heading -> the rows of its table."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|") and not line.startswith("| --"):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split("|")])
    return found


@dataclass(frozen=True)
class Page:
    """What docs/permissions.md says."""

    rights: Mapping[tuple[str, str], bool]
    """(what is needed, who) -> whether they may."""
    elsewhere: Mapping[str, tuple[str, str]]
    """Who -> what they are in another community, and on a linked account."""
    needs: Mapping[str, tuple[str, str, bool]]
    """Command or button -> what it needs, where it works, whether before /setup."""


@cache
def told() -> Page:
    text = PAGE.read_text(encoding="utf-8")
    (_, *who), *rows = tables(text)["By role"]
    rights = {(row[0], each): mark == "✔" for row in rows for each, mark in zip(who, row[1:], strict=True)}
    elsewhere = {row[0]: (row[1], row[2]) for row in tables(text)["Elsewhere"][1:]}
    needs: dict[str, tuple[str, str, bool]] = {}
    for section in re.split(r"^## ", text, flags=re.M):
        role = next((each.value for each, title in SECTIONS.items() if section.startswith(title)), None)
        if role is None:
            continue
        for name, where, early in re.findall(r"^\| `(/[^`]+)` \|.*\| ([^|]+) \| (.) \|$", section, re.M):
            needs[name] = (role, where, early == "✔")
        for buttons in re.findall(r"^- [a-z_]+: (`.*)$", section, re.M):
            for name, star in re.findall(r"`([a-z_]+)`(\*?)", buttons):
                needs[name] = (role, "group, topic, private", star == "*")
    return Page(rights, elsewhere, needs)


def allowed(who: str, where: str, spec: Spec) -> bool:
    """By the page."""
    page, name = told(), f"/{spec.name}" if isinstance(spec, CommandSpec) else spec.name
    needs, places, early = page.needs[name]
    is_now = who
    if where in ELSEWHERE:
        is_now = page.elsewhere[who][list(ELSEWHERE).index(where)]
    elif where == SILENCE and (who in GRANTED or who == "muted by the platform"):
        is_now = "member"  # it is a community of its own, where nobody was made anything
    is_now = {"admin, granted": "admin", "muted by the platform": "muted"}.get(is_now, is_now)
    here = "group" if where in ELSEWHERE or where == SILENCE else where
    return page.rights[needs, is_now] and here in places and (early or where != SILENCE)


# The stage


@dataclass
class Stage:
    """A community with a group and a server, another one, and one that is not set up; and everybody in them."""

    house: House
    database: Database
    community: Community
    adapters: dict[str, PlayedAdapter]
    rows: list[SettingRow]

    def person(self, who: str, platform: str = "telegram") -> Person:
        """On Discord it is the account that they linked."""
        id = f"{platform}-{who}" if who != "anonymous admin" else GROUP.space
        return Person(id, who, is_bot=who == "bot")

    async def scene(
        self, who: str, where: str, *, press: bool, about: str = ""
    ) -> tuple[Scene, Command | Pressed]:
        """Who acts where, and the event by which they do."""
        place = {"group": GROUP, "topic": TOPIC, SILENCE: SILENT, **ELSEWHERE}.get(
            where, Place("telegram", f"telegram-{who}", private=True)
        )
        person = self.person(who, place.platform)
        event: Command | Pressed
        if press:
            event = Pressed(key="k", at=NOW, place=place, person=person, data=f"x|{about}|1")
        else:
            author = AUTHORS.get(who, Author.PERSON)
            event = Command(key="k", at=NOW, place=place, person=person, name="x", author=author)
        return await look(self.database, event, NOW), event

    async def may(self, spec: Spec, scene: Scene, event: Command | Pressed) -> bool:
        t = texts_for(self.house, scene, event, public=False)
        try:
            await admit(self.house, self.adapters, spec, scene, self.rows, event, t, NOW)
        except UserError:
            return False
        return True


@pytest.fixture
async def stage(sqlite_database: Database) -> Stage:
    telegram, discord = PlayedAdapter(), PlayedAdapter()
    discord.platform = "discord"
    async with sqlite_database.write() as store:
        group, community = await store.communities.add_space(
            "telegram", GROUP.space, "", language="en", now=NOW
        )
        server, _ = await store.communities.add_space(
            "discord", SERVER.space, "", language="en", now=NOW, community=community
        )
        other, another = await store.communities.add_space(
            "telegram", OTHER.space, "", language="en", now=NOW
        )
        await store.communities.add_space("telegram", SILENT.space, "", language="en", now=NOW)
        for each in (community, another):
            await store.communities.finish_setup(each.id, language="en", zone="UTC", week_start=0, now=NOW)
        for who in WHO:
            if who not in AUTHORS:
                await _settle(store, who, community, another, group, server, other)
    for who, roles in PLATFORM.items():
        telegram.standings[GROUP.space, f"telegram-{who}"] = frozenset(roles)
        telegram.standings[SILENT.space, f"telegram-{who}"] = frozenset(roles - {MUTED_ROLE})
    # Whatever is off at first is tried, too.
    rows = [SettingRow(f"{each.name}.enabled", True, None, None, None, NOW) for each in FEATURES]
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts())
    return Stage(house, sqlite_database, community, {"telegram": telegram, "discord": discord}, rows)


async def _settle(
    store: Store,
    who: str,
    community: Community,
    another: Community,
    group: Space,
    server: Space,
    other: Space,
) -> None:
    """They are in all three, with a linked account on Discord, and were granted what they are."""
    joined = NOW if who == "newcomer" else NOW - timedelta(days=100)
    account = await store.people.see("telegram", f"telegram-{who}", who, now=joined)
    linked = await store.people.see("discord", f"discord-{who}", who, now=joined)
    member = await store.people.ensure_member(community.id, account.id, now=joined)
    link = {"community_id": community.id, "account_id": linked.id, "member_id": member.id}
    await store.connection.execute(member_accounts.insert().values(**link))
    await store.people.ensure_member(another.id, account.id, now=joined)
    for each, space in ((account, group), (linked, server), (account, other)):
        await store.people.join(each.id, space.id, joined)
    await store.people.choose_community(account.id, community.id)
    if who == "muted by the platform":  # it told of it when it happened
        await store.people.set_roles(account.id, group.id, [MUTED_ROLE], joined)
    if who in GRANTED:
        role = who.partition(",")[0]
        await store.grants.give(community.id, member.id, account.id, role, by=None, now=joined)


# What happens


def test_the_page_is_as_the_code_is():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m bot.permissions"


def test_the_page_names_every_command_and_button_once():
    names = [f"/{spec.name}" if isinstance(spec, CommandSpec) else spec.name for spec in SPECS]
    assert sorted(names) == sorted(told().needs)
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in names if text.count(f"`{name}`") != 1] == []


@pytest.mark.parametrize(
    "name", ["privacy", "mydata", "export", "forget", "optout", "optin", "roles", "help"]
)
def test_what_concerns_ones_own_data_is_open_to_the_muted(name: str):
    assert told().needs[f"/{name}"][0] == "anyone"


async def test_a_role_that_nothing_needs_yet_is_enough_as_the_page_says(stage: Stage):
    points = next(spec for spec in SPECS if spec.name == "points")
    for who in WHO:
        scene, event = await stage.scene(who, "group", press=False)
        is_now = {"admin, granted": "admin", "muted by the platform": "muted"}.get(who, who)
        may = {needs: await stage.may(replace(points, needs=needs), scene, event) for needs in NEEDED}
        assert may == {needs: told().rights[needs.value, is_now] for needs in NEEDED}, who


async def test_everybody_may_what_the_page_says_and_nothing_else(stage: Stage):
    wrong, cells = [], 0
    for where in (*HERE, *ELSEWHERE, SILENCE):
        for who in WHO:
            for press in (False, True):
                if who in AUTHORS and (press or where == "private"):
                    continue  # what presses is a person; nobody is anonymous in private
                if where in ELSEWHERE and who not in told().elsewhere:
                    continue
                scene, event = await stage.scene(who, where, press=press)
                for spec in SPECS:
                    if isinstance(spec, CommandSpec) != press:
                        cells += 1
                        may = await stage.may(spec, scene, event)
                        if may != allowed(who, where, spec):
                            wrong.append((where, who, spec.name, may))
    assert wrong == []
    assert cells > 5_000


async def test_a_button_pressed_in_private_is_for_whoever_has_the_role_in_its_space(stage: Stage):
    async with stage.database.read() as store:
        found = await store.communities.space("telegram", OTHER.space)
    assert found is not None
    for about, where in ((f"@{stage.community.id}", "private"), (f"@{found[0].id}", "another community")):
        for who in WHO:
            if who in AUTHORS:
                continue
            scene, event = await stage.scene(who, "private", press=True, about=about)
            for spec in SPECS:
                if not isinstance(spec, CommandSpec):
                    assert await stage.may(spec, scene, event) == allowed(who, where, spec), (who, spec.name)


async def test_a_button_of_somebody_elses_is_for_nobody_else(stage: Stage):
    async with stage.database.read() as store:
        owner = await store.people.account("telegram", "telegram-owner")
    assert owner is not None
    for who in WHO:
        if who in AUTHORS:
            continue
        scene, event = await stage.scene(who, "group", press=True, about=str(owner.id))
        for spec in SPECS:
            if not isinstance(spec, CommandSpec) and who != "owner":
                assert not await stage.may(spec, scene, event)
