"""Scene: who gave a command, where, in which language, and whether they may."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.batch import House
from bot.platforms import Adapter, DeliveryError
from bot.settings_book import Resolve
from handlers.base import (
    ADMIN,
    ANYONE,
    MEMBER,
    MUTED,
    MUTED_ROLE,
    Author,
    Command,
    CommandSpec,
    NotAllowed,
    Place,
    Pressed,
    PressSpec,
    Role,
    Texts,
    UserError,
    press_parts,
    press_space,
)
from handlers.base.roles import may, roles_from, runs
from handlers.people.roles import Settings as RoleSettings
from handlers.words.dates import moment_in_words
from handlers.words.roles import ONLY
from storage.calendar import Calendar
from storage.database import Database
from storage.store import Store
from storage.values import Account, Channel, Community, Grant, Member, SettingRow, Space

log = structlog.get_logger()
Spec = CommandSpec | PressSpec
NOWHERE = Community(0, "", "en", Calendar(), None, 0)
"""Stands for "no community" in a private chat."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who gave a command, and where, as far as it is known."""

    community: Community | None = None
    space: Space | None = None
    channel: Channel | None = None
    account: Account | None = None
    member: Member | None = None
    choices: tuple[Community, ...] = ()
    """In a private chat: the communities that it may be about."""
    spaces: tuple[Space, ...] = ()
    """In a private chat: the community's spaces on this platform."""
    granted: tuple[Grant, ...] = ()
    """What the member was granted, and holds now."""
    told_muted: bool = False
    """The platform once told that they may not write in one of the community's spaces."""
    first_seen: datetime | None = None


async def look(database: Database, event: Command | Pressed, now: datetime) -> Scene:
    """The scene before the transaction. Reads only."""
    place = event.place
    async with database.read() as store:
        account = await store.people.account(place.platform, event.person.id)
        if place.private:
            return await with_grants(store, await private_scene(store, account, event), now)
        space, community = await store.communities.space(place.platform, place.space) or (None, None)
        channel = (
            await store.communities.channel(space.id, place.channel) if space and place.channel else None
        )
        member = await store.people.member(community.id, account.id) if community and account else None
        return await with_grants(store, Scene(community, space, channel, account, member), now)


async def with_grants(store: Store, scene: Scene, now: datetime) -> Scene:
    """The scene with what is known of the member's roles."""
    if scene.member is None or scene.account is None:
        return scene
    return replace(
        scene,
        granted=await store.grants.of(scene.member.id, now),
        told_muted=MUTED_ROLE in await store.grants.told(scene.member.community_id, scene.account.id),
        first_seen=await store.grants.first_seen(scene.member.id),
    )


async def private_scene(store: Store, account: Account | None, event: Command | Pressed) -> Scene:
    """A private chat is about the community that was chosen, or the only one there is.

    A button of an answer that was asked for in a space is about that space, for whoever is still in it.
    """
    if account is None:
        return Scene()
    if isinstance(event, Pressed) and (asked_in := press_space(event.data)) is not None:
        space = await store.communities.space_by_id(asked_in)
        if space is None or space.platform != account.platform:
            return Scene(account=account)
        if not await store.people.is_in(account.id, space.id):
            return Scene(account=account)
        community = await store.communities.get(space.community_id)
        assert community is not None
        member = await store.people.member(community.id, account.id)
        return Scene(community, space, None, account, member, (community,), (space,))
    communities = tuple(await store.people.communities_of(account.id))
    chosen = await store.people.chosen_community(account.id)
    only = communities[0] if len(communities) == 1 else None
    community = next((each for each in communities if each.id == chosen), only)
    if community is None:
        return Scene(account=account, choices=communities)
    member = await store.people.member(community.id, account.id)
    spaces = [
        each for each in await store.communities.spaces(community.id) if each.platform == account.platform
    ]
    return Scene(community, None, None, account, member, communities, tuple(spaces))


def settings_in(house: House, scene: Scene, rows: list[SettingRow]) -> Resolve:
    """The settings where the command was given."""
    chain: list[int] = []
    if scene.channel is not None:
        chain = [scene.channel.parent_id] if scene.channel.parent_id is not None else []
        chain.append(scene.channel.id)
    space = scene.space.id if scene.space else None
    return house.book.at(scene.community or NOWHERE, rows, space, chain)


def texts_for(house: House, scene: Scene, event: Command | Pressed, *, public: bool) -> Texts:
    """Texts in the reader's language: in public the community's; else the member's own choice comes first."""
    community, member = scene.community, scene.member
    known = community.language if community and community.set_up_at else None
    if public and not event.place.private and known:
        return house.texts(known)
    chosen = member.language if member else None
    return house.texts(chosen or known or event.person.language or house.language)


def refuse(
    house: House, spec: Spec, scene: Scene, rows: list[SettingRow], event: Command | Pressed, t: Texts
) -> None:
    """Everything that can be refused without asking the platform. Raises UserError."""
    _refuse_person(scene, event, t)
    if isinstance(spec, CommandSpec):
        if spec.where == "space" and event.place.private:
            raise UserError(t("Please use this in the group itself, where I can see whom it is about."))
        if spec.where == "private" and not event.place.private:
            raise UserError(t("Please write me this in private."))
    if event.place.private:
        _refuse_unclear(spec, scene, t)
    elif not spec.before_setup and (scene.community is None or scene.community.set_up_at is None):
        raise UserError(t("I am not set up here yet. An admin can do it in a minute: /setup"))
    name = spec.feature.name
    if scene.community is not None and not settings_in(house, scene, rows)(spec.feature.settings).enabled:
        raise UserError(
            t("This is switched off here. An admin can switch it on: /set {name}.enabled on", name=name)
        )


def _refuse_person(scene: Scene, event: Command | Pressed, t: Texts) -> None:
    if isinstance(event, Pressed):
        _, owner, _ = press_parts(event.data)
        if owner is not None and (scene.account is None or scene.account.id != owner):
            raise NotAllowed(
                t("These buttons belong to somebody else's question. Ask me yourself and you get your own.")
            )
    author = event.author if isinstance(event, Command) else Author.PERSON
    if author in (Author.BOT, Author.CHANNEL) or (event.person.is_bot and author is Author.PERSON):
        raise NotAllowed(t("I take commands from people only."))


def _refuse_unclear(spec: Spec, scene: Scene, t: Texts) -> None:
    if scene.community is not None:
        if scene.community.set_up_at is None and not spec.before_setup:
            raise UserError(t("I am not set up here yet. An admin can do it in a minute: /setup"))
        return
    if spec.before_setup:
        return
    if not scene.choices:
        raise UserError(
            t("I know of no community that you are in. Write something in your group, then ask again.")
        )
    names = t.c("list", ", ").join(each.name for each in scene.choices)
    raise UserError(t("You are in several communities: {names}. Choose one first: /community", names=names))


async def admit(
    house: House,
    adapters: Mapping[str, Adapter],
    spec: Spec,
    scene: Scene,
    rows: list[SettingRow],
    event: Command | Pressed,
    t: Texts,
    now: datetime,
) -> frozenset[str]:
    """Whether the person may do this here and now: everything but the arguments. Raises UserError.

    Returns the platform roles that were asked for, so that nothing is asked again inside the transaction.
    """
    refuse(house, spec, scene, rows, event, t)
    standing = await standing_of(adapters, spec, scene, event)
    require(spec, scene, roles_in(house, scene, rows, standing, now), event, t)
    return standing


def require(spec: Spec, scene: Scene, roles: frozenset[Role], event: Command | Pressed, t: Texts) -> None:
    """Raises NotAllowed, which says who may, unless one of these roles is enough."""
    if may(roles, spec.needs):
        return
    if MUTED in roles and not runs(roles):
        raise NotAllowed(_muted_in_words(scene, t))
    if isinstance(event, Pressed) and spec.needs is ADMIN:
        raise NotAllowed(t("Only admins can change this."))
    raise NotAllowed(t(ONLY[spec.needs]))


def _muted_in_words(scene: Scene, t: Texts) -> str:
    ends = [grant.until for grant in scene.granted if grant.role == MUTED]
    if not ends or None in ends or scene.community is None:
        return t("You are muted here. An admin can change that; what I keep of you is still yours: /help")
    until = moment_in_words(t, max(end for end in ends if end), scene.community.calendar)
    return t(
        "You are muted here until {when}. What I keep of you is still yours: /help",
        when=until,
    )


def roles_in(
    house: House, scene: Scene, rows: list[SettingRow], standing: frozenset[str], now: datetime
) -> frozenset[Role]:
    """What the person is here: by the platform's word, by what was granted, by how long they are here."""
    settings = settings_in(house, scene, rows)(RoleSettings)
    assert isinstance(settings, RoleSettings)
    newest = now - timedelta(days=settings.newcomer_days)
    return roles_from(
        standing,
        [grant.role for grant in scene.granted],
        named=settings.named,
        new=scene.first_seen is None or scene.first_seen > newest,
    )


async def standing_of(
    adapters: Mapping[str, Adapter], spec: Spec, scene: Scene, event: Command | Pressed
) -> frozenset[str]:
    """The platform roles of the person. The platform is asked, now, where it matters.

    A right holds where the platform gives it: in that space, and in private chat about its community. A mute
    that the platform told of is asked about, too: it may have ended without a word.
    """
    if isinstance(event, Command) and event.author is Author.ANONYMOUS_ADMIN:
        return frozenset({ADMIN})
    asks = spec.needs not in (ANYONE, MEMBER) or (isinstance(spec, CommandSpec) and spec.asks_role)
    adapter = adapters.get(event.place.platform)
    if adapter is None or not (asks or scene.told_muted):
        return frozenset()
    places = [event.place]
    if event.place.private:
        places = [
            Place(each.platform, each.external_id) for each in scene.spaces if each.standing != "removed"
        ]
    found: frozenset[str] = frozenset()
    for place in places:
        try:
            found |= await adapter.standing_of(place, event.person)
        except DeliveryError as error:
            log.warning("could not ask what somebody is", platform=place.platform, reason=error.reason)
    return found
