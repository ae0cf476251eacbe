"""Asking: everything that is looked at for one community, and what was found."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.platforms import Adapter, DeliveryError, Examined, Examines
from bot.room import LITTLE_ROOM, free_bytes
from handlers.base import ADMIN_ROLE, OWNER_ROLE, Finding, Person, Place, RolesChanged
from storage.condition import NewFinding
from storage.database import Database
from storage.values import Community, Space

log = structlog.get_logger()
ASK_SECONDS = 8.0
"""As long a platform may think about one question."""
SILENT_SECONDS = 90.0
SKEW_SECONDS = 60.0
RUN_IT = (ADMIN_ROLE, OWNER_ROLE)


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a community before the platforms are asked."""

    community: Community
    spaces: tuple[Space, ...]
    heard: Mapping[int, frozenset[str]]
    """Space -> the channels in which something was said lately."""
    refusing: Mapping[int, str]
    """Space -> why it took no message."""
    admins: Mapping[int, frozenset[str]]
    """Space -> who is known to run it, by their ids on its platform."""
    backup_failed: bool


@dataclass(slots=True)
class Look:
    """What came of looking."""

    found: list[NewFinding] = field(default_factory=list)
    unknown: list[int | None] = field(default_factory=list)
    """Spaces that could not be asked about: what was found there before still stands."""
    mended: list[int] = field(default_factory=list)
    """Spaces that refused a message once, and may be written to."""
    news: list[RolesChanged] = field(default_factory=list)
    """Who runs a space, where that was not known."""


async def view_of(database: Database, community_id: int) -> View | None:
    """None where the community is silent still, or gone."""
    async with database.read() as store:
        community = await store.communities.get(community_id)
        if community is None or community.set_up_at is None:
            return None
        spaces = tuple(
            each for each in await store.communities.spaces(community_id) if each.standing != "removed"
        )
        return View(
            community,
            spaces,
            {each.id: await store.condition.heard(each.id) for each in spaces},
            await store.condition.refusing(community_id),
            {each.id: await store.condition.running(each.id, RUN_IT) for each in spaces},
            bool(await store.cursors.get("backup", "failed")),
        )


async def ask(
    view: View, adapters: Mapping[str, Adapter], database: Database, now: datetime, *, judge: str = ""
) -> Look:
    """Look at the installation, at each platform, and at each space, side by side. `judge`: why posts cannot
    be read, if they cannot."""
    look = Look()
    if judge:
        look.found.append(_new(Finding(kind="judge", words={"reason": judge})))
    look.found += await _of_installation(view, adapters, database)
    platforms = sorted({each.platform for each in view.spaces if each.platform in adapters})
    await asyncio.gather(
        *(_of_platform(look, name, adapters[name]) for name in platforms),
        *(_of_space(look, view, space, adapters.get(space.platform), now) for space in view.spaces),
    )
    return look


async def _of_installation(
    view: View, adapters: Mapping[str, Adapter], database: Database
) -> list[NewFinding]:
    found: list[NewFinding] = []
    for name, adapter in adapters.items():
        health = adapter.health
        if not health.connected and time.monotonic() - health.last_contact > SILENT_SECONDS:
            found.append(_new(Finding(kind="silent", subject=name, words={"platform": name.capitalize()})))
        if health.skew is not None and abs(health.skew) > SKEW_SECONDS:
            seconds = str(round(abs(health.skew)))
            if not any(each.kind == "clock" for each in found):
                found.append(_new(Finding(kind="clock", words={"seconds": seconds})))
    if view.backup_failed:
        found.append(_new(Finding(kind="backup")))
    if database.path is not None:
        free = await asyncio.to_thread(free_bytes, database.path.parent)
        if free < LITTLE_ROOM:
            found.append(_new(Finding(kind="disk", words={"free": str(free // 2**20)})))
    return found


async def _of_platform(look: Look, name: str, adapter: Adapter) -> None:
    if not isinstance(adapter, Examines):
        return
    try:
        async with asyncio.timeout(ASK_SECONDS):
            found = await adapter.examine_all()
    except (DeliveryError, TimeoutError) as error:
        log.info("a platform could not be asked how we stand", platform=name, reason=type(error).__name__)
        look.unknown.append(None)
        return
    look.found += [_new(each) for each in found]


async def _of_space(look: Look, view: View, space: Space, adapter: Adapter | None, now: datetime) -> None:
    refusal = view.refusing.get(space.id)
    if not isinstance(adapter, Examines):
        examined = Examined()
    else:
        place = Place(space.platform, space.external_id, space_title=space.title)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                examined = await adapter.examine(place, view.heard[space.id])
        except (DeliveryError, TimeoutError) as error:
            log.info("a space could not be asked about", space=space.id, reason=type(error).__name__)
            look.unknown.append(space.id)
            return
        if refusal is not None and not any(each.kind.endswith(CLOSED) for each in examined.findings):
            look.mended.append(space.id)
            refusal = None
        look.news += _news(place, view.admins[space.id], examined.admins, now)
    found = list(examined.findings)
    if refusal is not None and not any(each.kind.endswith(CLOSED) for each in found):
        found.append(Finding(kind="unreachable", words={"reason": refusal}))
    look.found += [_new(each, space) for each in found]


CLOSED = ("_mute", "_gone")
"""How the kinds end that say why nothing can be written."""


def _news(
    place: Place, known: frozenset[str], told: Sequence[Person] | None, now: datetime
) -> list[RolesChanged]:
    """Those who run a space and were not known to, and those who do not any more."""
    if told is None:
        return []
    there = {person.id: person for person in told}
    changed = [person for id, person in there.items() if id not in known]
    changed += [Person(id, roles=()) for id in known if id not in there]
    return [
        RolesChanged(
            key=f"examined:{place.space}:{each.id}:{now.timestamp():.0f}", at=now, place=place, person=each
        )
        for each in changed
    ]


def _new(found: Finding, space: Space | None = None) -> NewFinding:
    where = str(space.id) if space else ""
    words = dict(found.words) | ({"space": space.title} if space else {})
    return NewFinding(
        key=f"{found.kind}:{where}:{found.subject}",
        kind=found.kind,
        space_id=space.id if space else None,
        words=words,
    )
