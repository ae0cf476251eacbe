"""Rows of cases: the values that leave storage, and how they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import and_, exists, func, select

from storage.outbox import OF_CASE
from storage.tables import accounts, cases, channels, member_accounts, posts, reports, spaces

Outcome = Literal["fine", "excellent", "advert", "abuse", "low_effort", "off_topic"]
GOOD: Final = ("fine", "excellent")
BAD: Final = ("advert", "abuse", "low_effort", "off_topic")
SKIP: Final = "skip"
"""A verdict that is none: somebody else is to look."""
AtOnce = Literal["none", "ask", "take down", "remove"]
GONE_AT_ONCE: Final = ("take down", "remove")
"""What is done at once that takes the post away."""
CONTENT_KINDS: Final = ("advert",)
"""What may be held against posts of who opted out of being judged, beside floods and reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A post for the experts to look at."""

    space_id: int
    channel_id: int | None
    account_id: int
    message: str
    kind: str
    score: float
    origin: str
    """judge, report, flood or sample."""
    at: datetime
    action: AtOnce = "none"
    reasons: Sequence[Mapping[str, Any]] = ()
    """Each with `feature` and `weight`; where there is one, the removed post's `case`, or a word (`of`)."""
    kept: Mapping[str, Any] | None = None
    """The copy of a post that is taken down: its `text` and `content`."""
    wanted: int = 1
    """How many verdicts decide it."""
    enough_good: int = 0
    """Not opened for an author with so many good posts and no bad one; 0: whoever wrote it."""
    anew: bool = False
    """The text is another now: a case that was decided or dropped is open again."""


@dataclass(frozen=True, slots=True)
class Case:
    """A post that experts are to look at, or have looked at."""

    id: int
    space_id: int
    channel_id: int | None
    account_id: int
    message: str
    kind: str
    score: float
    origin: str
    reasons: Sequence[Mapping[str, Any]]
    wanted: int
    state: str
    """open, decided or gone."""
    outcome: str | None
    action: str
    """What was done at once: none, ask, take down or remove."""
    kept: Mapping[str, Any] | None
    restored: str | None
    """The message as which the post was written again."""
    opened_at: datetime
    decided_at: datetime | None
    claimed_by: int | None
    claimed_until: datetime | None
    appeal: str | None
    """What the author says to it."""
    appealed_at: datetime | None
    community_id: int
    platform: str
    space: str
    """The space's id on the platform."""
    space_title: str
    channel: str | None
    channel_title: str
    author: str
    """The author's id on the platform."""
    author_name: str
    member_id: int | None
    reachable: bool
    """Whether the author may be written to in private."""
    text: str | None
    """As it stands now, or as it stood when it was taken down; None: it is not kept any more."""
    content: str
    posted_at: datetime | None
    reply_to: str | None
    deleted: bool
    reports: int

    @property
    def bad(self) -> bool:
        """Whether experts found that something is wrong with the post."""
        return self.state == "decided" and self.outcome in BAD

    @property
    def appealed(self) -> bool:
        """Whether the author asked that others look, and they have not yet."""
        return self.state == "open" and self.appealed_at is not None


@dataclass(frozen=True, slots=True)
class Report:
    """That a member reported a post."""

    account_id: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one expert said."""

    account_id: int
    member_id: int | None
    outcome: str
    again: bool
    """It was decided already: it shows how far experts agree."""
    at: datetime
    void_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How an account's posts were."""

    posts: int
    """That stand in the community, none of them a case that was found bad."""
    bad: int
    """Cases of theirs that experts found bad."""


def removal_key(space_id: int, message: str) -> str:
    """The key of the delivery that takes a post away: a message can only go once."""
    return f"{OF_CASE}{space_id}:{message}"


def case_of(row: Any) -> Case:
    """A row of CASES."""
    values = dict(row._mapping)
    kept = values["kept"]
    if values["text"] is None and kept is not None:
        values["text"] = kept.get("text")
    values["content"] = values["content"] or (kept or {}).get("content", "text")
    return Case(**values)


def in_community(community_id: int) -> Any:
    """That a case is of a space of that community."""
    return cases.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))


_earlier = cases.alias("earlier")
ALONE = ~exists().where(
    cases.c.origin == "flood",
    _earlier.c.space_id == cases.c.space_id,
    _earlier.c.account_id == cases.c.account_id,
    _earlier.c.origin == "flood",
    _earlier.c.state == "open",
    _earlier.c.appealed_at.is_(None),
    cases.c.appealed_at.is_(None),
    _earlier.c.id < cases.c.id,
)
"""Not a later post of a flood whose first is open."""
CASES = select(
    *(column for column in cases.c),
    spaces.c.community_id,
    spaces.c.platform,
    spaces.c.external_id.label("space"),
    spaces.c.title.label("space_title"),
    channels.c.external_id.label("channel"),
    func.coalesce(channels.c.title, "").label("channel_title"),
    accounts.c.external_id.label("author"),
    accounts.c.name.label("author_name"),
    member_accounts.c.member_id,
    accounts.c.reachable_at.is_not(None).label("reachable"),
    posts.c.text,
    posts.c.content,
    posts.c.posted_at,
    posts.c.reply_to,
    posts.c.deleted_at.is_not(None).label("deleted"),
    select(func.count())
    .where(reports.c.case_id == cases.c.id)
    .correlate(cases)
    .scalar_subquery()
    .label("reports"),
).select_from(
    cases.join(spaces, spaces.c.id == cases.c.space_id)
    .join(accounts, accounts.c.id == cases.c.account_id)
    .outerjoin(channels, channels.c.id == cases.c.channel_id)
    .outerjoin(posts, and_(posts.c.space_id == cases.c.space_id, posts.c.message == cases.c.message))
    .outerjoin(
        member_accounts,
        and_(
            member_accounts.c.account_id == cases.c.account_id,
            member_accounts.c.community_id == spaces.c.community_id,
        ),
    )
)
