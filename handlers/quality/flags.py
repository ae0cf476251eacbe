"""Flags: posts that look bad become cases for the experts; what else happens at once an admin has chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from handlers.base import (
    ADMIN_ROLE,
    EXPERT,
    OWNER_ROLE,
    Action,
    Button,
    Content,
    Context,
    Deleted,
    DirectMessage,
    DropCase,
    Edited,
    Feature,
    Ill,
    ListenerContext,
    OpenCase,
    Posted,
    Reading,
    Remove,
    TakeBackPost,
    Task,
)
from handlers.quality.rules import LOWER, AtOnce, Settings
from handlers.words.ills import hint
from recsys.quality.floods import Before, FloodRules, flooding, mark
from storage.cases import TAKEN, NewCase, removal_key

WEEK = timedelta(days=7)
LATE = timedelta(days=1)
"""What was written longer ago is history: nobody is asked about it, and no flood is stopped any more."""
FEW = 5
"""Who wrote fewer posts here is new."""
EXEMPT = frozenset({OWNER_ROLE, ADMIN_ROLE, EXPERT})
"""Whose posts are not judged by what they say. The platform's own word counts, and what was granted."""
BY_LINKS = ("advert", "off_topic")
"""What a link speaks for."""
LINK = ("http://", "https://", "www.", "t.me/")

feature = Feature("flags", Settings)


FLOOD_RULES = FloodRules()
AGAIN_LASTS, FLOOD_LASTS = timedelta(seconds=FLOOD_RULES.window), timedelta(seconds=FLOOD_RULES.spread)


@dataclass(frozen=True, slots=True)
class Flag:
    """What is held against a post."""

    kind: Ill
    score: float
    origin: str
    reasons: tuple[Mapping[str, Any], ...]
    at_once: AtOnce


@feature.on(Posted, Edited)
def flag(ctx: ListenerContext, event: Posted | Edited) -> Iterable[Action]:
    """A post that looks bad becomes a case. A text that was mended is no longer one."""
    if ctx.account is None or ctx.member is None or ctx.now - ctx.at > LATE:
        return
    found = _flood(ctx) if isinstance(event, Posted) else None
    if found is None and ctx.reading is not None and not EXEMPT.intersection(ctx.roles):
        found = _content(ctx, event, ctx.reading, ctx.settings(Settings))
    if found is not None:
        yield _case(ctx, event, found, ctx.settings(Settings))
    elif isinstance(event, Edited) and ctx.reading is not None:
        yield DropCase(space=ctx.space.id, message=event.message)


@feature.on(Deleted)
def gone(ctx: ListenerContext, event: Deleted) -> Iterable[Action]:
    """Of a post that its author took back there is nothing to look at any more."""
    for message in event.messages:
        yield DropCase(space=ctx.space.id, message=message, reported=True)


@feature.task
async def not_removed(ctx: Context) -> list[Task]:
    """What was to go, and could not: nothing is lost, but an admin has to give the right, or do it."""
    count = await ctx.store.outbox.not_removed(ctx.community.id, ctx.now - WEEK)
    if not count:
        return []
    words = ctx.t.n(
        "I could not take {n} post away. It stands, and is before the experts.",
        "I could not take {n} posts away. They stand, and are before the experts.",
        count,
    )
    open_them = Button(ctx.t("What do I lack?"), "doctor")
    return [Task(key=f"flags:{count}", words=words, action=open_them, weight=80, opens=True)]


def _flood(ctx: ListenerContext) -> Flag | None:
    """The same again and again, everywhere, or too much at once: nobody is exempt."""
    assert ctx.member is not None
    assert ctx.shape is not None
    lately = ctx.facts.lately(ctx.member.id)
    if len(lately) < 2 or ctx.at - lately[-2].at > FLOOD_LASTS:
        return None
    channel = ctx.channel.id if ctx.channel else None
    rooms = {(ctx.space.id, channel), *(seen.room for seen in lately)}
    if ctx.at - lately[-2].at > AGAIN_LASTS and len(rooms) < FLOOD_RULES.channels:
        return None  # too few of late for any flood: what they say need not be compared
    post = Before(ctx.at.timestamp(), str((ctx.space.id, channel)), mark(ctx.shape.normal))
    before = [Before(seen.at.timestamp(), str(seen.room), mark(seen.normal)) for seen in lately]
    found = flooding(post, before)
    if found is None:
        return None
    likeliest = ctx.reading.flagged[:1] if ctx.reading is not None else ()
    kind: Ill = likeliest[0] if likeliest else "low_effort"
    score = ctx.reading.of(kind) if ctx.reading is not None else 1.0
    return Flag(
        kind, score, "flood", ({"feature": found.value, "weight": 1.0},), ctx.settings(Settings).floods
    )


def _content(ctx: ListenerContext, event: Posted | Edited, reading: Reading, rules: Settings) -> Flag | None:
    """What the judge holds against it, the likeliest first; newcomers and links on a stricter line."""
    assert ctx.member is not None
    link = any(sign in event.text.casefold() for sign in LINK)
    new = len(ctx.facts.lately(ctx.member.id)) < FEW
    over = [
        ill
        for ill, line in reading.lines
        if reading.of(ill)
        >= (line * LOWER if rules.stricter(ill) and (new or (link and ill in BY_LINKS)) else line)
    ]
    if not over:
        return None
    kind = max(over, key=reading.of)
    because = next((some for ill, some in reading.because if ill == kind), ())
    return Flag(kind, reading.of(kind), "judge", tuple(map(asdict, because)), rules.at_once(kind))


def _case(ctx: ListenerContext, event: Posted | Edited, found: Flag, rules: Settings) -> OpenCase:
    assert ctx.account is not None
    at_once = found.at_once
    post = ctx.facts.post(ctx.space.id, event.message)
    if at_once is AtOnce.TAKE_DOWN and (post is None or post.content != Content.TEXT):
        at_once = AtOnce.ASK  # a picture could not be shown again
    then: list[TakeBackPost | DirectMessage | Remove] = []
    if at_once.takes_away:
        then += [
            TakeBackPost(space=ctx.space.id, message=event.message, at=ctx.at, note=TAKEN),
            Remove(key=removal_key(ctx.space.id, event.message), place=event.place, message=event.message),
        ]
    if at_once is not AtOnce.NOTHING:
        then.append(_hint(ctx, event, found, at_once))
    return OpenCase(
        case=NewCase(
            space_id=ctx.space.id,
            channel_id=ctx.channel.id if ctx.channel else None,
            account_id=ctx.account.id,
            message=event.message,
            kind=found.kind,
            score=found.score,
            origin=found.origin,
            at=ctx.at,
            action=at_once.stored,
            reasons=found.reasons,
            kept={"text": event.text, "content": Content.TEXT.value} if at_once.takes_away else None,
            enough_good=rules.trusted_after,
            anew=isinstance(event, Edited),
        ),
        then=tuple(then),
    )


def _hint(ctx: ListenerContext, event: Posted | Edited, found: Flag, at_once: AtOnce) -> DirectMessage:
    """What the author is told, alone. Of a flood once an hour."""
    assert ctx.account is not None
    key = f"flag:{ctx.space.id}:{event.message}:{event.key}"
    if found.origin == "flood":
        key = f"flood:{ctx.space.id}:{ctx.account.id}:{ctx.at:%Y%m%d%H}"
    room = ctx.channel.title if ctx.channel and ctx.channel.title else ctx.space.title
    said = hint(
        ctx.t,
        kind="flood" if found.origin == "flood" else found.kind,
        at_once=at_once.stored,
        room=room,
        text=event.text,
        reasons=found.reasons,
        message=event.message,
    )
    return DirectMessage(
        key=key,
        platform=ctx.account.platform,
        account=ctx.account.external_id,
        reply=said.about(ctx.space.id),
        priority=3,
    )
