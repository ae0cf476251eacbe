"""Telling: admins hear privately of what the bot lacks, each finding once for as long as it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.batch import House
from bot.effects import parcel_of
from bot.platforms import Adapter
from handlers.admin.admins import admins_of
from handlers.base import Bold, Button, DirectMessage, Reply, Text, Texts
from handlers.words.findings import matters, mend, say
from storage.condition import Found
from storage.store import Store
from storage.values import Account, Community

MOST = 5
"""So many are told at once; /doctor shows them all."""


async def tell(
    store: Store,
    house: House,
    adapters: Mapping[str, Adapter],
    owners: Mapping[str, str | None],
    community: Community,
    now: datetime,
) -> bool:
    """Write what is new to every admin who can be reached. Where nobody can, it waits for somebody."""
    new = [
        each
        for each in await store.condition.findings(community.id)
        if each.told_at is None and matters(each.kind)
    ]
    if not new:
        return False
    messages = [
        await _to_admin(store, house, community, account, new)
        for account in await admins_of(store, community.id, now)
        if (adapter := adapters.get(account.platform)) is not None
        and (account.reachable or not adapter.health.must_start)
    ]
    known = {(each.platform, each.account) for each in messages}
    messages += [
        DirectMessage(
            key=_key(community, new, platform, "owner"),
            platform=platform,
            account=owner,
            reply=_reply(house.texts(house.language), community, new),
        )
        for platform, owner in owners.items()
        if owner and platform in adapters and (platform, owner) not in known
    ]
    if not messages:
        return False
    await store.outbox.add([parcel_of(message, community.id, now) for message in messages])
    await store.condition.told([each.id for each in new], now)
    return True


async def _to_admin(
    store: Store, house: House, community: Community, account: Account, new: Sequence[Found]
) -> DirectMessage:
    member = await store.people.member(community.id, account.id)
    t = house.texts((member.language if member else None) or community.language)
    reply = _reply(t, community, new, buttons=[Button(t("Check again"), "doctor")])
    for space in await store.communities.spaces(community.id):
        if space.platform == account.platform and await store.people.is_in(account.id, space.id):
            reply = reply.about(space.id)
            break
    return DirectMessage(
        key=_key(community, new, account.platform, str(account.id)),
        platform=account.platform,
        account=account.external_id,
        reply=reply,
    )


def _reply(t: Texts, community: Community, new: Sequence[Found], buttons: Sequence[Button] = ()) -> Reply:
    lines: list[Text] = [Bold(t("Something in “{name}” needs a hand.", name=community.name))]
    for each in new[:MOST]:
        lines += [f"✗ {say(t, each.kind, each.words)}", mend(t, each.kind, each.words)]
    if len(new) > MOST:
        lines.append(t("All that I found: {command}", command="/doctor"))
    return Reply(*lines, buttons=buttons)


def _key(community: Community, new: Sequence[Found], platform: str, whom: str) -> str:
    """The same findings are told to one person once, whatever happens; anew when they broke anew."""
    latest = max(new, key=lambda each: each.id)
    return f"findings:{community.id}:{latest.id}:{latest.found_at.timestamp():.0f}:{platform}:{whom}"
