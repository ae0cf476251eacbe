"""Facts: what rules know about the people and posts of a batch, read once, kept true in memory.

Listeners only read it. After each listener the dispatcher tells it what was decided, so that the
next event of the batch sees it.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from handlers.base.roles import MUTED
from storage.attendance import Stay
from storage.batches.history import RECENT
from storage.roster import RosterRow
from storage.values import LAST_TURN, Account, Grant, Member, StoredPost, Tally

NOTHING_PAID = Tally()
LAST = 5
"""So many of a member's posts are compared with a new one."""


class PostSeen(NamedTuple):
    """One of a member's recent posts."""

    at: datetime
    normal: str
    """Its normalised text."""
    room: tuple[int, int | None] = (0, None)
    """The space and the channel in which it stood."""


@dataclass(frozen=True, slots=True)
class VoiceState:
    """A person in a voice channel, as stored: `seconds` counted so far and not yet paid."""

    account_id: int
    channel: str
    counts: bool
    since: datetime
    seconds: int


@dataclass(slots=True)
class StandingEntry:
    """What the ledger holds for one rule and source: its newest turn, and whether that is an award."""

    id: int | None
    """None while it is not written yet."""
    turn: int
    points: int
    community_id: int
    member_id: int
    account_id: int
    space_id: int | None
    channel_id: int | None
    message: str | None
    actor_account_id: int | None
    day: date
    happened_at: datetime

    @property
    def live(self) -> bool:
        """An award that was not taken back."""
        return self.turn % 2 == 0


@dataclass(slots=True)
class Facts:
    """What is known. Keys are ids of ours; days are the community's local dates."""

    members: dict[tuple[int, int], Member] = field(default_factory=dict)
    """(community, account) -> member."""
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    """(platform, external id) -> account."""
    account_by_id: dict[int, Account] = field(default_factory=dict)
    handles: dict[tuple[int, str], Account] = field(default_factory=dict)
    """(space, folded handle) -> account, for people named by handle only."""
    posts: dict[tuple[int, str], StoredPost] = field(default_factory=dict)
    """(space, message) -> post."""
    reactions: dict[tuple[int, str, int], tuple[frozenset[str], datetime, int]] = field(default_factory=dict)
    """(space, message, account) -> what is held, when it changed, in which order."""
    voice: dict[tuple[int, int], VoiceState] = field(default_factory=dict)
    """(space, account) -> where they are in voice."""
    voice_moved: list[int] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    """What the present event told of who was in voice, and could hear, until now."""
    grants: dict[int, list[Grant]] = field(default_factory=dict)
    """member -> the roles that were ever granted to them."""
    totals: dict[int, int] = field(default_factory=dict)
    """member -> points of all time."""
    fingerprints: dict[tuple[int, int], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """(space, fingerprint of a normalised text) -> when it was posted."""
    tallies: dict[tuple[int, str, date], Tally] = field(default_factory=dict)
    """(member, rule, day) -> what was paid."""
    pair_tallies: dict[tuple[int, int, str, date], Tally] = field(default_factory=dict)
    """(member, acting account, rule, day) -> what was paid."""
    recent: dict[int, deque[PostSeen]] = field(default_factory=dict)
    """member -> the last nine posts, newest last."""
    standing: dict[tuple[str, str], "StandingEntry"] = field(default_factory=dict)
    """(rule, source) -> the newest entry for it."""
    gone: dict[tuple[int, str], str] = field(default_factory=dict)
    """(space, message deleted now) -> the source it stood for, where it was the giver's only one."""
    writers: set[int] = field(default_factory=set)
    """Accounts that have written a post, of those who react in the batch."""
    rows: dict[str, RosterRow] = field(default_factory=dict)
    """Join link -> the row of the roster whose own it is."""
    rows_named: dict[tuple[int, str, str], RosterRow] = field(default_factory=dict)
    """(community, platform, external id) -> a pending row that names that account."""
    times: dict[tuple[int, str], list[datetime]] = field(default_factory=dict)
    """(member, rule) -> when it paid around the batch; only for members whose events come late."""
    _accounts_of: dict[tuple[int, int], list[int]] = field(default_factory=dict, repr=False)
    _indexed: int = field(default=0, repr=False)

    def accounts_of(self, community: int, member: int) -> Sequence[int]:
        """The accounts of a member, as far as the batch knows them."""
        if self._indexed != len(self.members):  # nobody is ever taken out
            self._accounts_of = defaultdict(list)
            for (of_community, account), known in self.members.items():
                self._accounts_of[of_community, known.id].append(account)
            self._indexed = len(self.members)
        return self._accounts_of.get((community, member), ())

    def ids_of(self, community: int, platform: str, external_id: str) -> Sequence[str]:
        """The ids of a person's accounts on a platform, this one first: what is paid once is paid for one."""
        account = self.accounts.get((platform, external_id))
        member = self.members.get((community, account.id)) if account is not None else None
        if account is None or member is None:
            return (external_id,)
        others = [self.account_by_id.get(id) for id in self.accounts_of(community, member.id)]
        return (
            external_id,
            *(o.external_id for o in others if o and o.platform == platform and o.id != account.id),
        )

    def member(self, community: int, account: int) -> Member:
        """The member that the account is in the community."""
        return self.members[community, account]

    def account(self, platform: str, external_id: str) -> Account | None:
        """An account that takes part in the batch."""
        return self.accounts.get((platform, external_id))

    def post(self, space: int, message: str) -> StoredPost | None:
        """A stored post that the batch refers to."""
        return self.posts.get((space, message))

    def granted(self, member: int, at: datetime) -> tuple[str, ...]:
        """The roles that a member held at a moment because somebody granted them."""
        return tuple(grant.role for grant in self.grants.get(member, ()) if grant.holds(at))

    def is_muted(self, member: int, at: datetime) -> bool:
        """Whether a member was to earn nothing at a moment, and to give nothing."""
        return MUTED in self.granted(member, at)

    def paid(self, member: int, rule: str, day: date) -> Tally:
        """What a rule paid a member on a day, net of what was taken back."""
        return self.tallies.get((member, rule, day), NOTHING_PAID)

    def paid_pair(self, member: int, actor: int, rule: str, day: date) -> Tally:
        """What a rule paid a member on a day because of one account."""
        return self.pair_tallies.get((member, actor, rule, day), NOTHING_PAID)

    def is_paid(self, rule: str, source: str) -> bool:
        """Whether the rule's award for the source stands, or an admin has settled that it does not."""
        entry = self.standing.get((rule, source))
        return entry is not None and (entry.live or entry.turn == LAST_TURN)

    def sources_gone(self, space: int, messages: Sequence[str]) -> list[str]:
        """The sources of deleted replies that were their author's only one to a post."""
        return [self.gone[space, message] for message in messages if (space, message) in self.gone]

    def nearest_paid(self, member: int, rule: str, at: datetime, days: Sequence[date]) -> timedelta | None:
        """How far the nearest payment by the rule is from `at`, before or after; None: there is none near."""
        times = self.times.get((member, rule))
        if times is None:
            found = [tally.last_at for day in days if (tally := self.paid(member, rule, day)).last_at]
        else:
            found = list(times)
        return min((abs(at - moment) for moment in found), default=None)

    def last_posts(self, member: int) -> Sequence[PostSeen]:
        """The member's last five posts before this one, newest last."""
        return list(self.recent.get(member, ()))[-LAST:]

    def lately(self, member: int) -> Sequence[PostSeen]:
        """The member's last nine posts before this one, newest last."""
        return self.recent.get(member, ())

    def seen_text(self, space: int, fingerprint: int, at: datetime, within: timedelta) -> bool:
        """Whether the same text stood in the space within that time before (or, late, after)."""
        return any(abs(at - moment) <= within for moment in self.fingerprints.get((space, fingerprint), ()))

    def company(self, space: int) -> list[VoiceState]:
        """The people whose voice seconds the present event brought up to date."""
        return [self.voice[space, account] for account in self.voice_moved if (space, account) in self.voice]

    def spend_voice(self, space: int, account: int, seconds: int) -> None:
        """Seconds that were paid, or that no longer count."""
        state = self.voice[space, account]
        self.voice[space, account] = replace(state, seconds=state.seconds - seconds)

    # What happened, told by the dispatcher.

    def move_voice(
        self,
        space: int,
        account: int,
        channel: str | None,
        counts: bool,
        at: datetime,
        *,
        community: int | None = None,
    ) -> None:
        """A voice state changed: count the seconds of everybody in the channels concerned, up to now.

        Seconds count while at least two people in the channel can take part, for one account of each. Who
        left (channel None) is kept as a state in channel "" until the event was heard.
        """
        before = self.voice.get((space, account))
        self.stays = []
        if before is not None and before.since > at:
            self.voice_moved = []
            return
        channels = {c for c in (channel, before.channel if before else None) if c}
        company = [s for (where, _), s in self.voice.items() if where == space and s.channel in channels]
        for state in company:
            together: dict[int, int] = {}
            for other in company:
                if other.channel == state.channel and other.counts:
                    member = self.members.get((community, other.account_id)) if community else None
                    together.setdefault(member.id if member else -other.account_id, other.account_id)
            elapsed = int((at - state.since).total_seconds())
            if state.counts and elapsed > 0:
                self.stays.append(Stay(state.account_id, state.channel, state.since, at))
            if len(together) >= 2 and state.account_id in together.values() and elapsed > 0:
                state = replace(state, seconds=state.seconds + elapsed)
            self.voice[space, state.account_id] = replace(state, since=max(at, state.since))
        seconds = self.voice[space, account].seconds if before else 0
        self.voice[space, account] = VoiceState(account, channel or "", counts, at, seconds)
        self.voice_moved = [*(s.account_id for s in company if s.account_id != account), account]

    # What was decided, told by the dispatcher.

    def note_paid(
        self, *, member: int, rule: str, day: date, at: datetime, points: int, actor: int | None, sign: int
    ) -> None:
        """An award (sign 1) or its voiding (sign -1) was decided."""
        self.tallies[member, rule, day] = _moved(self.paid(member, rule, day), points, at, sign)
        if actor is not None:
            self.pair_tallies[member, actor, rule, day] = _moved(
                self.paid_pair(member, actor, rule, day), points, at, sign
            )
        if sign > 0 and (member, rule) in self.times:
            self.times[member, rule].append(at)
        self.totals[member] = self.totals.get(member, 0) + points

    def note_claimed(self, row: int, account: int) -> None:
        """A row of the roster is somebody now."""
        for link, known in self.rows.items():
            if known.id == row and known.account_id is None:
                self.rows[link] = replace(known, account_id=account)

    def note_post(
        self,
        member: int,
        space: int,
        fingerprint: int | None,
        at: datetime,
        normal: str,
        channel: int | None = None,
    ) -> None:
        """A new post was heard by all listeners."""
        self.recent.setdefault(member, deque(maxlen=RECENT)).append(PostSeen(at, normal, (space, channel)))
        if fingerprint is not None:
            self.fingerprints[space, fingerprint].append(at)


def _moved(tally: Tally, points: int, at: datetime, sign: int) -> Tally:
    last = tally.last_at
    if sign > 0:
        last = at if last is None else max(last, at)
    return Tally(tally.count + sign, tally.points + points, last)
