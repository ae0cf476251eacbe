"""Lines: from where on a post is flagged, how often that was right, what others would have flagged."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from handlers.base import ADMIN, ILLS, N_, Bold, Button, Context, Reply, Text, Texts, UserError
from handlers.quality.settings import Settings
from handlers.quality.trusting import LITTLE, trusted
from handlers.words.commands import spelled
from handlers.words.dates import moment_in_words
from handlers.words.quality import listed
from storage.counters import Flags, Over
from storage.heads import StoredHead
from storage.scores import ENOUGH_VERDICTS

KINDS: Final = {
    "advert": N_("Adverts"),
    "abuse": N_("Abuse"),
    "low_effort": N_("Low effort"),
    "off_topic": N_("Off topic"),
}
FLOOD: Final = "flood"
MONTH: Final = timedelta(days=30)
TRIED: Final = (50, 70, 80, 90, 95)
"""Lines that are tried out at once, in percent."""
LEARNS_FROM: Final = 10
"""Verdicts from which on anything is learned."""
_WORDS: Final = {
    "advert": ("advert", "adverts", "ad", "ads", "spam", "广告"),
    "abuse": ("abuse", "insult", "insults", "辱骂", "攻击"),
    "low_effort": ("low_effort", "low", "effort", "灌水"),
    "off_topic": ("off_topic", "off", "topic", "跑题"),
}


def read_kind(word: str, t: Texts) -> str:
    """Raises UserError."""
    folded = word.strip().casefold()
    for kind, words in _WORDS.items():
        if folded in words or folded == t(KINDS[kind]).casefold():
            return kind
    raise UserError(t("Write advert, abuse, low_effort or off_topic, for example: /quality advert 90"))


def kind_of(key: str) -> str | None:
    """The kind whose line a setting draws; None: it draws none."""
    return next((kind for kind in KINDS if key == f"quality.{kind}_from"), None)


async def overview(ctx: Context) -> Reply:
    """What was read and flagged in a month, how often that was right, and what reads."""
    t, now = ctx.t, ctx.now
    read = await ctx.store.scores.count_since(ctx.community.id, now - MONTH)
    flags = await ctx.store.counters.flags(ctx.community.id, now - MONTH, now)
    lines: list[Text] = [
        Bold(
            t.n(
                "I read {n} post in 30 days and flagged {flagged}.",
                "I read {n} posts in 30 days and flagged {flagged}.",
                read,
                flagged=t.number(sum(each.flagged for each in flags.values())),
            )
        )
    ]
    lines += [
        t("{kind}: {counts}", kind=t(KINDS[kind]), counts=counted(t, flags.get(kind, Flags())))
        for kind in ILLS
    ]
    if FLOOD in flags:
        lines.append(t("{kind}: {counts}", kind=t("Floods"), counts=counted(t, flags[FLOOD])))
    lines += ["", *await _over_time(ctx), *await _reads(ctx), *await _experts(ctx)]
    buttons = [[Button(t(KINDS[kind]), "quality_kind", (kind,)) for kind in ILLS]]
    if ctx.may(ADMIN):
        buttons.append([Button(t("Decisions that look wrong"), "quality_doubts", ("1",))])
    return Reply(*lines, buttons=buttons)


def counted(t: Texts, flags: Flags) -> str:
    """ "12 flagged, 8 confirmed, 2 dismissed: right 80 % (49 to 94 %)"."""
    said = t(
        "{flagged} flagged, {confirmed} confirmed, {dismissed} dismissed",
        flagged=t.number(flags.flagged),
        confirmed=t.number(flags.confirmed),
        dismissed=t.number(flags.dismissed),
    )
    return t("{counts}; right: {share}", counts=said, share=right(t, flags)) if flags.decided else said


def right(t: Texts, flags: Flags) -> str:
    """How many of the flags that experts looked at were right, with the interval that it is likely in."""
    from recsys.experiments import Share  # numpy is not loaded before somebody asks

    share = Share(flags.confirmed, flags.decided)
    low, high = share.interval()
    return t(
        "{share} % ({low} to {high} %)",
        share=t.number(round(100 * share.value)),
        low=t.number(round(100 * low)),
        high=t.number(round(100 * high)),
    )


async def _over_time(ctx: Context) -> list[Text]:
    """Whether flags are righter than they were."""
    t = ctx.t
    said = []
    for months in (3, 2, 1):
        until = ctx.now - MONTH * (months - 1)
        flags = await ctx.store.counters.flags(ctx.community.id, until - MONTH, until)
        decided = Flags(0, sum(f.confirmed for f in flags.values()), sum(f.dismissed for f in flags.values()))
        if decided.decided:
            ago = t.n("{n} day ago", "{n} days ago", 30 * months)
            said.append(t("From {ago} on, right: {share}", ago=ago, share=right(t, decided)))
    return [*said, ""] if len(said) > 1 else []


async def _reads(ctx: Context) -> list[Text]:
    """What reads posts, since when, and how good it is."""
    t = ctx.t
    verdicts = await ctx.store.scores.decided(ctx.community.id)
    last = await ctx.store.heads.last(ctx.community.id)
    serving = next((each for each in last if each.state == "serves"), None)
    if serving is None:
        lines: list[Text] = [
            t.n(
                "Posts are read as I came; your experts have decided on {n}.",
                "Posts are read as I came; your experts have decided on {n}.",
                verdicts,
            )
        ]
        if verdicts < LEARNS_FROM:
            lines.append(t("From {n} decisions on I learn of them.", n=LEARNS_FROM))
    else:
        lines = [
            t.n(
                "What {n} decision of your experts taught me reads posts since {moment}.",
                "What {n} decisions of your experts taught me reads posts since {moment}.",
                serving.labels,
                moment=_moment(ctx, serving),
            ),
            *_better(t, serving),
        ]
    if last and last[0].state == "refused":
        lines.append(
            t(
                "What I learned on {moment} was worse on decisions it had not seen, so it does not serve.",
                moment=_moment(ctx, last[0]),
            )
        )
    return lines


def _better(t: Texts, head: StoredHead) -> list[Text]:
    served = [kind for kind in head.figures.get("served", ()) if kind in KINDS]
    if not served:
        return []
    names = listed(t, [t(KINDS[kind]) for kind in served])
    return [t("On decisions that it had not seen it was no worse than I came: {kinds}.", kinds=names)]


async def _experts(ctx: Context) -> list[Text]:
    t = ctx.t
    if not ctx.may(ADMIN):
        return []
    little = sum(share < LITTLE for share in (await trusted(ctx)).values())
    lines: list[Text] = [t("How far your experts agree: {command}", command="/experts")]
    if little:
        lines.append(
            t.n(
                "{n} expert is often contradicted, so their word counts less: {command}",
                "{n} experts are often contradicted, so their word counts less: {command}",
                little,
                command="/experts",
            )
        )
    return lines


# One kind


async def page_of(ctx: Context, kind: str, *said: Text) -> Reply:
    """Where the line is, how it came about, how often it was right, and what others would have flagged."""
    t, now = ctx.t, ctx.now
    flags = await ctx.store.counters.flags(ctx.community.id, now - MONTH, now)
    over = await ctx.store.counters.over(
        ctx.community.id, kind, [percent / 100 for percent in TRIED], now - MONTH
    )
    drawn = _drawn(ctx, kind)
    lines: list[Text] = [
        *said,
        Bold(t(KINDS[kind])),
        await _how_drawn(ctx, drawn),
        *await _elsewhere(ctx, kind),
        t("In 30 days: {counts}.", counts=counted(t, flags.get(kind, Flags()))),
        "",
        t("What other lines would have flagged in 30 days:"),
        *[
            t("From {percent} %: {what}", percent=percent, what=_would(t, over[percent / 100]))
            for percent in TRIED
        ],
        t("Another one: {example}", example=spelled(ctx, f"quality {kind} 85")),
    ]
    rows = [[Button(t("{n} %", n=percent), "quality_try", (kind, str(percent))) for percent in TRIED]]
    if drawn and ctx.may(ADMIN):
        rows.append([Button(t("By your own posts again"), "quality_set", (kind, "0"))])
    rows.append([Button(t("Back"), "quality")])
    return Reply(*lines, buttons=rows)


async def tried(ctx: Context, kind: str, percent: int) -> Reply:
    """What a line would have flagged, before it is set."""
    t = ctx.t
    line = percent / 100
    found = (await ctx.store.counters.over(ctx.community.id, kind, [line], ctx.now - MONTH))[line]
    buttons = [Button(t("Back"), "quality_kind", (kind,))]
    lines: list[Text] = [
        Bold(t("{kind} from {percent} %, in the last 30 days", kind=t(KINDS[kind]), percent=percent)),
        _would(t, found),
    ]
    if ctx.may(ADMIN):
        buttons.insert(0, Button(t("Set it"), "quality_set", (kind, str(percent))))
        lines.append(t("Nothing is set yet."))
    return Reply(*lines, buttons=buttons)


def _would(t: Texts, found: Over) -> str:
    """ "30 of 1,200 posts (2.5 %); experts confirmed 10 of them and dismissed 5"."""
    share = 100 * found.over / found.read if found.read else 0.0
    said = t(
        "{over} of {read} posts ({share} %)",
        over=t.number(found.over),
        read=t.number(found.read),
        share=f"{share:.1f}",
    )
    if not found.confirmed and not found.dismissed:
        return said
    return t(
        "{posts}; experts confirmed {confirmed} of them and dismissed {dismissed}",
        posts=said,
        confirmed=t.number(found.confirmed),
        dismissed=t.number(found.dismissed),
    )


def _drawn(ctx: Context, kind: str) -> float:
    """The line that an admin drew; 0: none."""
    found = ctx.settings(Settings).lines
    return found.get(kind, 0.0)


async def _how_drawn(ctx: Context, line: float) -> str:
    t = ctx.t
    if line:
        return t("Flagged from {percent} %: an admin drew this line.", percent=round(100 * line))
    if await ctx.store.scores.decided(ctx.community.id) >= ENOUGH_VERDICTS:
        return t(
            "The line is the one I came with, as your experts have decided on {n} posts or more.",
            n=ENOUGH_VERDICTS,
        )
    return t(
        "The line follows each space's own posts: at most 1 in 100 is flagged, until {n} are decided.",
        n=ENOUGH_VERDICTS,
    )


async def _elsewhere(ctx: Context, kind: str) -> Sequence[Text]:
    """Spaces and channels with a line of their own."""
    t = ctx.t
    rows: Sequence[Any] = await ctx.store.settings.of(ctx.community.id)
    own = [row for row in rows if row.key == f"quality.{kind}_from" and row.space_id is not None]
    if not own:
        return []
    titles = {each.id: each.title for each in await ctx.store.communities.spaces(ctx.community.id)}
    return [
        t(
            "In {space}, or a channel of it: from {percent} %.",
            space=titles.get(row.space_id, ""),
            percent=round(100 * float(row.value)),
        )
        for row in own
    ]


def _moment(ctx: Context, head: StoredHead) -> str:
    return moment_in_words(ctx.t, head.made_at, ctx.community.calendar)
