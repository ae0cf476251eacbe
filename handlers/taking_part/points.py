"""Points: what a post earns its author, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field

from handlers.base import (
    Action,
    Award,
    Content,
    Deleted,
    Feature,
    FeatureSettings,
    ListenerContext,
    Posted,
    Reading,
    Shape,
    TakeBackPost,
    similarity,
    source_of_post,
)

RULE = "post"
SURE_OF_HELP: Final = 0.7
SURE_OF_LOW_EFFORT: Final = 0.8
"""From so sure on the judge weighs in what a post earns; below, a post earns as if nobody had read it. It has
to be surer where it takes: a short thank-you is no noise."""


def read_weights(value: object) -> object:
    """Weights as an admin writes them: "teacher=0.5, vip=2"."""
    if not isinstance(value, str):
        return value
    pairs = (pair.rpartition("=") for pair in value.split(",") if pair.strip())
    return {name.strip(): weight.strip() for name, _, weight in pairs}


Weights = Annotated[dict[str, Annotated[float, Field(ge=0, le=10)]], BeforeValidator(read_weights)]


class Settings(FeatureSettings):
    """What a post earns."""

    PER_CHANNEL: ClassVar[frozenset[str]] = frozenset(
        {"earning", "base", "weight", "cooldown", "min_length", "helpful_weight", "low_effort_weight"}
    )

    earning: bool = Field(default=True, description="Whether anything can be earned here.")
    base: int = Field(default=5, ge=0, le=1_000, description="Points for a post that counts.")
    weight: float = Field(
        default=1.0, ge=0, le=10, description="What the points of this place are multiplied by."
    )
    role_weights: Weights = Field(
        default_factory=dict,
        description="What a role's points are multiplied by, such as teacher=0.5, vip=2.",
    )
    helpful_weight: float = Field(
        default=1.6, ge=1, le=5,
        description="What the points of a post that helps others are multiplied by.",
    )  # fmt: skip
    low_effort_weight: float = Field(
        default=0.4, ge=0, le=1,
        description="What the points of a post that says next to nothing are multiplied by.",
    )  # fmt: skip
    cooldown: timedelta = Field(
        default=timedelta(minutes=1), ge=timedelta(0), le=timedelta(days=1),
        description="The pause between two posts that count.",
    )  # fmt: skip
    daily_cap: int = Field(
        default=100, ge=0, le=100_000, description="The most that posts earn a member in a day."
    )
    min_length: int = Field(
        default=4, ge=0, le=1_000, description="How many characters a post needs in order to count."
    )
    max_similarity: float = Field(
        default=0.85,
        ge=0.3,
        le=1,
        description="How alike one's last five posts a post may be (1 is the same).",
    )


feature = Feature("points", Settings)


class Reason(StrEnum):
    """Why a post earned nothing."""

    OFF = "off"
    MUTED = "muted"
    FORWARDED = "forwarded"
    NOT_TEXT = "not_text"
    VIA_BOT = "via_bot"
    TOO_SHORT = "too_short"
    TOO_SOON = "too_soon"
    DAILY_CAP = "daily_cap"
    LOW_EFFORT = "low_effort"
    REPEATS_ITSELF = "repeats_itself"
    SAID_BEFORE = "said_before"


class Quality(StrEnum):
    """What the judge made of a post, where that weighs."""

    HELPFUL = "helpful"
    LOW_EFFORT = "low_effort"


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a rule needs to know of a post."""

    content: Content
    graphemes: int
    forwarded: bool = False
    via_bot: bool = False
    weight: float = 1.0
    """Of the author's roles."""
    muted: bool = False
    """The author was."""
    quality: Quality | None = None
    """None: it is neither, or nobody read it."""


@dataclass(frozen=True, slots=True)
class RecentActivity:
    """What a rule needs to know of the author's and the space's recent posts."""

    since_last: timedelta | None = None
    """To the nearest post that counted."""
    points_today: int = 0
    nearest_similarity: float = 0.0
    said_before: bool = False
    """The same text stood in this space within 24 hours."""


@dataclass(frozen=True, slots=True)
class Earns:
    """The post counts."""

    points: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The post does not count; `measured` against `limit`, in the reason's own unit."""

    reason: Reason
    measured: float = 0
    limit: float = 0


def points_for(post: PostFacts, recent: RecentActivity, rules: Settings) -> Earns | Refusal:
    """Decide what one post earns, and say why. The first reason that holds is the one given."""
    return next(refusals(post, recent, rules), None) or Earns(
        min(round(_worth(post, rules)), rules.daily_cap - recent.points_today)
    )


def _worth(post: PostFacts, rules: Settings) -> float:
    return rules.base * rules.weight * post.weight * weight_of_quality(post.quality, rules)


def refusals(post: PostFacts, recent: RecentActivity, rules: Settings) -> Iterator[Refusal]:
    """Every reason against a post, in the order in which they are looked at."""
    if not rules.earning:
        yield Refusal(Reason.OFF)
    if post.muted:
        yield Refusal(Reason.MUTED)
    if post.forwarded:
        yield Refusal(Reason.FORWARDED)
    if post.via_bot:
        yield Refusal(Reason.VIA_BOT)
    if post.content not in (Content.TEXT, Content.MEDIA):
        yield Refusal(Reason.NOT_TEXT)
    if post.graphemes < rules.min_length:
        yield Refusal(Reason.TOO_SHORT, post.graphemes, rules.min_length)
    if recent.since_last is not None and recent.since_last < rules.cooldown:
        yield Refusal(Reason.TOO_SOON, recent.since_last.total_seconds(), rules.cooldown.total_seconds())
    if recent.points_today >= rules.daily_cap:
        yield Refusal(Reason.DAILY_CAP, recent.points_today, rules.daily_cap)
    if post.quality is Quality.LOW_EFFORT and not rules.low_effort_weight:
        yield Refusal(Reason.LOW_EFFORT)
    if recent.nearest_similarity > rules.max_similarity:
        yield Refusal(Reason.REPEATS_ITSELF, recent.nearest_similarity, rules.max_similarity)
    if recent.said_before:
        yield Refusal(Reason.SAID_BEFORE)


def weight_of_roles(roles: Iterable[str], weights: dict[str, float]) -> float:
    """The largest weight among the roles that have one; 1 without any."""
    return max((weights[role] for role in roles if role in weights), default=1.0)


def quality_of(helpful: float, low_effort: float) -> Quality | None:
    """What weighs of how a post was read (chances, 0 to 1). A short post that helps is no low effort."""
    if helpful >= SURE_OF_HELP:
        return Quality.HELPFUL
    return Quality.LOW_EFFORT if low_effort >= SURE_OF_LOW_EFFORT else None


def weight_of_quality(quality: Quality | None, rules: Settings) -> float:
    """What a post's points are multiplied by for it; 1 for most."""
    match quality:
        case Quality.HELPFUL:
            return rules.helpful_weight
        case Quality.LOW_EFFORT:
            return rules.low_effort_weight
        case None:
            return 1.0


def nearest_similarity(shape: Shape, earlier: Iterable[str], threshold: float) -> float:
    """How alike the nearest of some normalised texts is; texts surely below the threshold count as 0."""
    return max((similarity(shape.normal, text, at_least=threshold) for text in earlier if text), default=0.0)


@feature.on(Posted)
def earn(ctx: ListenerContext, event: Posted) -> Iterable[Action]:
    """A post earns its author what the rules say."""
    assert ctx.member is not None
    assert ctx.account is not None
    verdict = verdict_on(ctx, event)
    if isinstance(verdict, Earns) and verdict.points > 0:
        yield Award(
            rule=RULE,
            source=source_of_post(event.place, event.message),
            points=verdict.points,
            community=ctx.community.id,
            member=ctx.member.id,
            account=ctx.account.id,
            space=ctx.space.id,
            channel=ctx.channel.id if ctx.channel else None,
            message=event.message,
            at=event.at,
        )


def verdict_on(ctx: ListenerContext, event: Posted) -> Earns | Refusal:
    """What the rule says of a post, by what is known when it is heard."""
    assert ctx.shape is not None
    rules = ctx.settings(Settings)
    assert ctx.member is not None
    post = replace(
        facts_of(event, ctx.shape, ctx.roles, rules),
        muted=ctx.facts.is_muted(ctx.member.id, ctx.at),
        quality=_quality_in(ctx.reading),
    )
    recent = _recent(ctx, rules)
    verdict = points_for(post, recent, rules)
    if isinstance(verdict, Refusal):
        return verdict  # texts are compared only where nothing cheaper speaks against the post
    return points_for(post, _with_texts(ctx, recent, rules), rules)


@feature.on(Deleted)
def take_back(ctx: ListenerContext, event: Deleted) -> Iterable[Action]:
    """A deleted post takes back what stands for it."""
    for message in event.messages:
        yield TakeBackPost(space=ctx.space.id, message=message, at=event.at, note="deleted")


def facts_of(event: Posted, shape: Shape, roles: Sequence[str], rules: Settings) -> PostFacts:
    """What the rule needs to know of an event."""
    return PostFacts(
        event.content,
        shape.graphemes,
        event.forwarded,
        event.via_bot,
        weight_of_roles(roles, rules.role_weights),
    )


def _quality_in(reading: Reading | None) -> Quality | None:
    return None if reading is None else quality_of(reading.helpful, reading.low_effort)


def days_around(ctx: ListenerContext, cooldown: timedelta) -> set[datetime]:
    """The moments a cooldown reaches to."""
    return {ctx.at - cooldown, ctx.at, ctx.at + cooldown}


def _recent(ctx: ListenerContext, rules: Settings) -> RecentActivity:
    assert ctx.member is not None
    facts, calendar = ctx.facts, ctx.community.calendar
    days = {calendar.day(moment) for moment in days_around(ctx, rules.cooldown)}
    return RecentActivity(
        since_last=facts.nearest_paid(ctx.member.id, RULE, ctx.at, sorted(days)),
        points_today=facts.paid(ctx.member.id, RULE, ctx.day).points,
    )


def _with_texts(ctx: ListenerContext, recent: RecentActivity, rules: Settings) -> RecentActivity:
    assert ctx.member is not None
    assert ctx.shape is not None
    earlier = (post.normal for post in ctx.facts.last_posts(ctx.member.id))
    fingerprint = ctx.shape.fingerprint
    return replace(
        recent,
        nearest_similarity=nearest_similarity(ctx.shape, earlier, rules.max_similarity),
        said_before=fingerprint is not None
        and ctx.facts.seen_text(ctx.space.id, fingerprint, ctx.at, timedelta(hours=24)),
    )
