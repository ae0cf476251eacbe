"""Verdicts: what each rule said of one post, in words. What earned nothing is judged again."""

from collections import defaultdict
from datetime import timedelta

from handlers.base import MUTED, Content, Context, Shape, shape_of
from handlers.base.overrides import effective
from handlers.base.shape import normalise
from handlers.taking_part import points as rule
from handlers.words.durations import duration
from handlers.words.names import shown
from handlers.words.rules import payments_in_words, rule_in_words
from storage.values import LAST_TURN, Entry, StoredPost


async def verdicts(ctx: Context, post: StoredPost) -> list[str]:
    """One line a rule that gave points, the largest first; then why the post itself gave none."""
    entries = await ctx.store.points.entries_for_message(post.space_id, post.message)
    standing = still_standing(entries)
    by_rule: dict[str, list[Entry]] = defaultdict(list)
    for entry in standing:
        by_rule[entry.rule].append(entry)
    lines = []
    for name, paid in sorted(by_rule.items(), key=lambda item: -sum(e.points for e in item[1])):
        points = ctx.t.number(sum(entry.points for entry in paid))
        names = [who for entry in paid if (who := await _actor(ctx, entry))]
        if names:
            what = payments_in_words(ctx.t, name, len(paid))
            listed = ctx.t.c("list", ", ").join(dict.fromkeys(names))
            lines.append(
                ctx.t("{points} for {payments} ({names})", points=points, payments=what, names=listed)
            )
        else:
            lines.append(ctx.t("{points} for {payments}", points=points, payments=rule_in_words(ctx.t, name)))
        if name == rule.RULE and (weighed := await _weighed(ctx, post, paid)):
            lines.append(weighed)
    if rule.RULE not in by_rule and not post.deleted:
        lines += [undone] if (undone := _undone(ctx, entries)) else await _refusals(ctx, post)
    return lines


def still_standing(entries: list[Entry]) -> list[Entry]:
    """The payments that were not taken back."""
    voided = {entry.voids for entry in entries if entry.voids is not None}
    return [entry for entry in entries if entry.voids is None and entry.id not in voided]


async def _actor(ctx: Context, entry: Entry) -> str:
    if entry.actor_account_id is None or entry.actor_account_id == entry.account_id:
        return ""
    account = await ctx.store.people.account_by_id(entry.actor_account_id)
    return shown(ctx.t, account.name, account.id) if account else ""


async def _weighed(ctx: Context, post: StoredPost, paid: list[Entry]) -> str:
    """What the post's quality did to its points; empty where that is not what they were worked out with:
    other rules held, or it was written anew and read again since."""
    quality = await _quality(ctx, post)
    rules = await _rules_at(ctx, post)
    weight = rule.weight_of_quality(quality, rules)
    plain = rules.base * rules.weight
    worth = {round(plain * of_role * weight) for of_role in (1.0, *rules.role_weights.values())}
    if quality is None or weight == 1 or sum(entry.points for entry in paid) not in worth:
        return ""
    if quality is rule.Quality.HELPFUL:
        return ctx.t("× {weight}, because it is helpful", weight=f"{weight:g}")
    return ctx.t("× {weight}, because it says very little; a full sentence earns more", weight=f"{weight:g}")


async def _quality(ctx: Context, post: StoredPost) -> rule.Quality | None:
    score = await ctx.store.scores.of(post.space_id, post.message)
    return None if score is None else rule.quality_of(score.helpful, score.low_effort)


def _undone(ctx: Context, entries: list[Entry]) -> str:
    """What an admin took back of the post's own points, in words."""
    undone = next((e for e in entries if e.rule == rule.RULE and e.turn == LAST_TURN), None)
    return (
        ""
        if undone is None
        else ctx.t("An admin took its {points} back.", points=_points(ctx, -undone.points))
    )


def _points(ctx: Context, n: int) -> str:
    return ctx.t.n("{n} point", "{n} points", n)


async def _refusals(ctx: Context, post: StoredPost) -> list[str]:
    """Every reason why the post itself earned nothing, by the rules as they are now."""
    if post.account_id is None or post.author != "person":
        return [ctx.t("Only what people write under their own name counts.")]
    rules = await _rules_at(ctx, post)
    shape = shape_of(post.text or "")
    author = await ctx.store.people.member(ctx.community.id, post.account_id)
    muted = author is not None and await ctx.store.grants.held(author.id, MUTED, post.posted_at)
    facts = rule.PostFacts(
        Content(post.content),
        shape.graphemes,
        forwarded=post.forwarded,
        muted=muted,
        quality=await _quality(ctx, post),
    )
    recent = await _recent(ctx, post, shape, rules)
    found = [
        _in_words(ctx, refusal)
        for refusal in rule.refusals(facts, recent, rules)
        if post.text is not None or refusal.reason is not rule.Reason.TOO_SHORT
    ]
    if post.text is None and facts.content is Content.TEXT:
        found.append(ctx.t("Its text is not kept, so I cannot say whether it was long enough."))
    return found or [
        ctx.t("By the rules as they are now it would count; they were different when it was written.")
    ]


async def _rules_at(ctx: Context, post: StoredPost) -> rule.Settings:
    """The rules where the post stands, which need not be where one asks."""
    chain: list[int] = []
    if post.channel_id is not None and (
        channel := await ctx.store.communities.channel_by_id(post.channel_id)
    ):
        chain = [id for id in (channel.parent_id, channel.id) if id is not None]
    rows = await ctx.store.settings.of(ctx.community.id)
    base = ctx.defaults.get(rule.feature.name)
    found = effective(rule.feature, rows, base=base, space_id=post.space_id, channel_ids=chain)
    assert isinstance(found, rule.Settings)
    return found


async def _recent(ctx: Context, post: StoredPost, shape: Shape, rules: rule.Settings) -> rule.RecentActivity:
    """What was known when the post was judged: everything before it, and nothing of what it earned itself."""
    assert post.account_id is not None
    member = await ctx.store.people.member(ctx.community.id, post.account_id)
    if member is None:
        return rule.RecentActivity()
    last = await ctx.store.points.last_payment(member.id, rule.RULE, before=post)
    day = ctx.community.calendar.day(post.posted_at)
    earlier = await ctx.store.posts.texts_before(member.id, post, limit=5)
    fingerprint = shape.fingerprint
    return rule.RecentActivity(
        since_last=None if last is None else post.posted_at - last,
        points_today=await ctx.store.points.paid_on(member.id, rule.RULE, day, before=post),
        nearest_similarity=rule.nearest_similarity(shape, map(normalise, earlier), rules.max_similarity),
        said_before=fingerprint is not None
        and await ctx.store.posts.said_before(post, fingerprint, timedelta(hours=24)),
    )


def _in_words(ctx: Context, refusal: rule.Refusal) -> str:
    t, measured, limit = ctx.t, refusal.measured, refusal.limit
    match refusal.reason:
        case rule.Reason.OFF:
            return t("Nothing can be earned in this place.")
        case rule.Reason.MUTED:
            return t("Whoever is muted earns nothing.")
        case rule.Reason.FORWARDED | rule.Reason.VIA_BOT:
            return t("Forwarded posts, and posts made through a bot, do not count.")
        case rule.Reason.NOT_TEXT:
            return t("Stickers, voice messages, polls and the like do not count.")
        case rule.Reason.TOO_SHORT:
            return t.n(
                "Length: {have} of the {n} character that is needed.",
                "Length: {have} of the {n} characters that are needed.",
                int(limit),
                have=t.number(int(measured)),
            )
        case rule.Reason.TOO_SOON:
            return t(
                "Cooldown: {have} after your last post that counted; the pause is {need}.",
                have=duration(t, timedelta(seconds=round(measured))),
                need=duration(t, timedelta(seconds=limit)),
            )
        case rule.Reason.DAILY_CAP:
            return t(
                "Daily limit: {have} of the {limit} points that posts can earn in a day were reached.",
                have=t.number(int(measured)),
                limit=t.number(int(limit)),
            )
        case rule.Reason.LOW_EFFORT:
            return t("It says very little, and such posts earn nothing here. A full sentence earns.")
        case rule.Reason.REPEATS_ITSELF:
            return t(
                "Repetition: it is {have}% the same as one of your last five posts; the limit is {limit}%.",
                have=t.number(round(measured * 100)),
                limit=t.number(round(limit * 100)),
            )
        case rule.Reason.SAID_BEFORE:
            return t("Repetition: the same text stood here within the last 24 hours.")
