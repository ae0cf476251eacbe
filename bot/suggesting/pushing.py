"""Pushing: whose hour it is to be written to unasked, and the one message they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.batch import House
from bot.effects import parcel_of
from handlers.base import DirectMessage, Letter, Picked, Pushing, Terms, Unasked
from storage.calendar import zone_of
from storage.store import Store
from storage.suggestions import Addressee, Wishes, Written
from storage.values import Account, Community

WEEKLY, MONTHLY = 7, 28
"""How often, in days, unless somebody says otherwise; and after three messages that nobody heeded."""
UNHEEDED = 3
ENOUGH_POSTS = 5
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Push:
    """One round. platforms: those at hand; must_start: where people must open the chat with the bot first."""

    pushing: Pushing
    terms: Terms
    now: datetime
    platforms: frozenset[str]
    must_start: frozenset[str]

    async def due(self, store: Store, community: Community) -> list[Addressee]:
        """The members whose hour it is, who can be reached, and who were not written to of late."""
        zone = zone_of(community.calendar.zone)
        hour = self.now.astimezone(zone).hour
        if is_quiet(hour, self.pushing):
            return []
        came_before = self.now - timedelta(days=self.pushing.after_days)
        members = await store.suggestions.addressees(community.id, self.now)
        ids = [each.member.id for each in members if self.account_of(each) is not None]
        wishes = await store.suggestions.wishes(community.id, ids)
        written = await store.suggestions.written(community.id, ids)
        able = set(ids)
        waiting = [
            each
            for each in members
            if each.member.id in able
            and self._is_time(
                wishes.get(each.member.id, Wishes()),
                written.get(each.member.id, Written(False, (), 0)),
                new=each.since > came_before,
            )
        ]
        waiting_ids = [each.member.id for each in waiting]
        hours = await store.suggestions.hours(community.id, waiting_ids, self.now - LOOK_BACK)
        offset = int((self.now.astimezone(zone).utcoffset() or timedelta()).total_seconds() // 3600)
        return [
            each
            for each in waiting
            if usual_hour(hours.get(each.member.id, {}), offset, self.pushing) == hour
        ]

    def account_of(self, addressee: Addressee) -> Account | None:
        """The account to write to: one that can be written to, the one they use last."""
        able = [
            each
            for each in addressee.accounts
            if each.platform in self.platforms and (each.reachable or each.platform not in self.must_start)
        ]
        return able[-1] if able else None

    def _is_time(self, wishes: Wishes, written: Written, *, new: bool) -> bool:
        """Whether a member may be written to again. Who chose how often is not new any more."""
        if wishes.every_days == 0 or (new and wishes.every_days is None):
            return False
        if wishes.every_days is None and not (self.pushing.everybody or written.asked):
            return False
        every = wishes.every_days or (MONTHLY if written.unanswered >= UNHEEDED else WEEKLY)
        # An hour less, so that a week later at the same hour is a week later.
        last = max(written.pushed_at, default=None)
        return last is None or self.now - last >= timedelta(days=every) - timedelta(hours=1)


def is_quiet(hour: int, pushing: Pushing) -> bool:
    """Whether nobody is written to in an hour of the community's day."""
    start, end = pushing.quiet_from, pushing.quiet_until
    if start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end


def usual_hour(hours: Mapping[int, int], offset: int, pushing: Pushing) -> int:
    """The hour of the community's day in which somebody writes most, quiet ones left out; else its evening.

    hours: how often they wrote, by hours in UTC; offset: of the community's zone now, in hours.
    """
    local = {(hour + offset) % 24: times for hour, times in hours.items()}
    awake = {hour: times for hour, times in local.items() if not is_quiet(hour, pushing)}
    if sum(awake.values()) >= ENOUGH_POSTS:
        return max(awake, key=lambda hour: (awake[hour], -abs(hour - pushing.evening)))
    return loud(pushing)


def loud(pushing: Pushing) -> int:
    """The community's evening, or the last hour before it that is not quiet."""
    hours: Sequence[int] = [(pushing.evening - back) % 24 for back in range(24)]
    return next((hour for hour in hours if not is_quiet(hour, pushing)), pushing.evening)


async def write_to(
    store: Store,
    house: House,
    community: Community,
    addressee: Addressee,
    picked: Picked,
    push: Push,
    letter: Letter,
) -> bool:
    """Write to a member, if it still holds that they may be: it is looked at again, in the transaction."""
    account = push.account_of(addressee)
    member = addressee.member
    still = await store.suggestions.addressees(community.id, push.now, [member.id])
    wishes = (await store.suggestions.wishes(community.id, [member.id])).get(member.id, Wishes())
    written = (await store.suggestions.written(community.id, [member.id])).get(member.id)
    last = max(written.pushed_at, default=None) if written else None
    if account is None or not still or wishes.every_days == 0:
        return False
    if last is not None and push.now - last < timedelta(days=1):
        return False
    t = house.texts(member.language or community.language)
    reply = await letter(
        Unasked(
            store=store,
            community=community,
            member=member,
            account=account,
            picked=picked,
            t=t,
            now=push.now,
        )
    )
    if reply is None:
        return False
    for space in await store.communities.spaces(community.id):
        if space.platform == account.platform and await store.people.is_in(account.id, space.id):
            reply = reply.about(space.id)
            break
    day = community.calendar.day(push.now).isoformat()
    message = DirectMessage(
        key=f"suggest:{community.id}:{account.id}:{day}",
        platform=account.platform,
        account=account.external_id,
        reply=reply,
    )
    return bool(await store.outbox.add([parcel_of(message, community.id, push.now)]))
