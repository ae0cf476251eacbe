"""Simulated: what other rules would have done to the last days, in words; and how it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.base import (
    N_,
    Asker,
    Bold,
    Button,
    Context,
    Feature,
    Posted,
    Reacted,
    Reply,
    Text,
    Texts,
    UserError,
)
from handlers.base.rehearsal import DAYS, Moved, OtherBoard, OtherPlace, Overlay, Rehearsal, Rehearsed
from handlers.words.dates import period_in_words
from handlers.words.names import shown
from storage.calendar import Calendar

FEW_POSTS = 5_000
"""Of so many posts in the window it is cheap to look: about two seconds of one processor, beside."""
REASONS = {
    "off": N_("nothing can be earned there"),
    "muted": N_("written while muted"),
    "forwarded": N_("forwarded, or made through a bot"),
    "via_bot": N_("forwarded, or made through a bot"),
    "not_text": N_("a sticker, a voice message, a poll or the like"),
    "too_short": N_("too short"),
    "too_soon": N_("too soon after the post before"),
    "daily_cap": N_("more than posts may earn in a day"),
    "low_effort": N_("saying very little"),
    "repeats_itself": N_("too much like the member's last posts"),
    "said_before": N_("said before on that day"),
    "none": N_("a post is worth nothing"),
}


def judges(feature: Feature) -> bool:
    """Whether a feature hears of posts or reactions, so that its settings can change what they earn."""
    return any(issubclass(kind, Posted | Reacted) for kind, _ in feature.listeners)


def rehearsal_of(ctx: Context) -> Rehearsal:
    """Raises UserError where nothing can be tried out."""
    if ctx.rehearsal is None:
        raise UserError(ctx.t("Rules cannot be tried out here."))
    return ctx.rehearsal


def asker_of(ctx: Context) -> Asker:
    """Whom to tell. Raises UserError for an admin who writes as the group."""
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    return Asker(ctx.account.platform, ctx.account.external_id, ctx.community.id, ctx.t.language)


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at, and how it is called in the answer."""

    title: str
    overlay: Sequence[Overlay]
    holds: bool = False
    """It is set already: there is only the past to correct."""


def begin(ctx: Context, question: Question) -> Reply:
    """Have it looked at; the answer comes as a private message. Raises UserError."""
    t, calendar, now = ctx.t, ctx.community.calendar, ctx.now

    def say(rehearsed: Rehearsed, ticket: str) -> Reply:
        return in_full(t, calendar, now, question, rehearsed, ticket)

    if not rehearsal_of(ctx).look(question.overlay, asker_of(ctx), ctx.space.id if ctx.space else None, say):
        raise UserError(t("I am looking at another change just now. Try again in a minute."))
    return Reply(
        t.n(
            "I am looking at the last {n} day, and write to you when I have seen it.",
            "I am looking at the last {n} days, and write to you when I have seen them.",
            DAYS,
        )
    )


async def follow_up(ctx: Context, overlay: Overlay) -> tuple[list[Text], list[Button]]:
    """What the answer to a rule that was set just now adds: lines and buttons.

    The answer does not wait. Where little was written, the short form follows by itself, a second or two
    later; where much was, it would keep a processor busy for what nobody asked for, so there is a button.
    """
    features = {feature.name: feature for feature in ctx.features}
    feature = features.get(overlay.key.partition(".")[0])
    if ctx.rehearsal is None or ctx.account is None or feature is None or not judges(feature):
        return [], []
    calendar = ctx.community.calendar
    since = calendar.start_of(calendar.day(ctx.now) - timedelta(days=DAYS))
    posts = await ctx.store.posts.count_lately(ctx.community.id, since, FEW_POSTS * 2)
    if not posts:
        return [], []
    t = ctx.t
    if posts <= FEW_POSTS:

        def say(rehearsed: Rehearsed, ticket: str) -> Reply:
            return in_short(t, overlay.key, rehearsed, ticket)

        if ctx.rehearsal.look([overlay], asker_of(ctx), ctx.space.id if ctx.space else None, say):
            return [t("In a moment I write to you what it would have changed in the last days.")], []
    where = [str(id or "") for id in (overlay.space_id, overlay.channel_id)]
    return [], [Button(t("What would it have changed?"), "simulate_now", (overlay.key, *where))]


# The answer


def in_full(
    t: Texts,
    calendar: Calendar,
    now: datetime,
    question: Question,
    found: Rehearsed,
    ticket: str,
) -> Reply:
    """Who would have more or less, how boards would differ, and what can be done about it."""
    lines: list[Text] = [Bold(question.title), *_moves(t, found)]
    if found.points_before != found.points_after:
        lines.append(
            t(
                "Points of these days: {after} instead of {before}.",
                after=t.number(found.points_after),
                before=t.number(found.points_before),
            )
        )
    for head, some in ((t("Most to lose"), found.losers), (t("Most to gain"), found.gainers)):
        if some:
            lines += [Bold(head), *(_moved(t, each) for each in some)]
    lines += _posts(t, found)
    lines += [_board(t, board, calendar, now) for board in found.boards]
    lines += left(t, found, question.overlay)
    if not question.holds:
        lines.append(t("Nothing is changed yet."))
    return Reply(*lines, buttons=_buttons(t, question, found, ticket))


def _buttons(t: Texts, question: Question, found: Rehearsed, ticket: str) -> list[Sequence[Button]]:
    rows: list[Sequence[Button]] = []
    if any(board.differs for board in found.boards):
        rows.append([Button(t("Boards"), "simulate_boards", (ticket,))])
    if not question.holds:
        rows.append([Button(t("Set it"), "simulate_set", (ticket,))])
    if found.corrections:
        label = t("Correct these days, too") if question.holds else t("Set it, also for these days")
        rows.append([Button(label, "simulate_past", (ticket,))])
    if rows:
        rows.append([Button(t("Leave it"), "simulate_leave", (ticket,))])
    return rows


def in_short(t: Texts, key: str, found: Rehearsed, ticket: str) -> Reply:
    """Two lines about a rule that was set just now."""
    buttons = [Button(t("Show"), "simulate_show", (ticket,))] if found.corrections else []
    boards = [board for board in found.boards if board.differs]
    lines: list[Text] = [Bold(t("{key}, in the last {n} days", key=key, n=t.number(DAYS))), *_moves(t, found)]
    if found.moves and not boards:
        lines.append(t("The first ten places would have stayed as they are."))
    return Reply(*lines, buttons=buttons)


def _moves(t: Texts, found: Rehearsed) -> list[Text]:
    if found.days < DAYS:
        so_far = t.n(
            "So much is written here that I looked at the last {n} day only.",
            "So much is written here that I looked at the last {n} days only.",
            found.days,
        )
        return [*_who_moves(t, found), so_far]
    return _who_moves(t, found)


def _who_moves(t: Texts, found: Rehearsed) -> list[Text]:
    if not found.posts:
        return [t("There is no post of these days that I could judge again.")]
    if not found.moves:
        return [t("Nobody would have had other points.")]
    lines: list[Text] = []
    if found.fewer:
        lines.append(t.n("{n} member would have got less.", "{n} members would have got less.", found.fewer))
    if found.more:
        lines.append(t.n("{n} member would have got more.", "{n} members would have got more.", found.more))
    return lines


def _moved(t: Texts, one: Moved) -> str:
    return t(
        "• {name}: {after} instead of {before}",
        name=shown(t, one.name, one.member_id),
        after=t.number(one.after),
        before=t.number(one.before),
    )


def _posts(t: Texts, found: Rehearsed) -> list[Text]:
    lines: list[Text] = []
    refused = sum(found.refused_anew.values())
    if refused:
        lines.append(
            t.n(
                "{n} post that earned would have earned nothing:",
                "{n} posts that earned would have earned nothing:",
                refused,
            )
        )
        lines += [
            t("• {reason}: {n}", reason=t(REASONS.get(reason, reason)), n=t.number(n))
            for reason, n in found.refused_anew.items()
        ]
    if found.paid_anew:
        lines.append(
            t.n(
                "{n} post that earned nothing would have earned.",
                "{n} posts that earned nothing would have earned.",
                found.paid_anew,
            )
        )
    return lines


def _board(t: Texts, board: OtherBoard, calendar: Calendar, now: datetime) -> str:
    name, _ = period_in_words(t, board.period, calendar, now)
    if not board.differs:
        return t("{period}: the first ten would be the same.", period=name)
    others = sum(1 for place in board.places if place.rank != place.rank_before)
    return t.n(
        "{period}: {n} of the first ten would stand elsewhere.",
        "{period}: {n} of the first ten would stand elsewhere.",
        others,
        period=name,
    )


def boards(t: Texts, calendar: Calendar, now: datetime, found: Rehearsed) -> Reply:
    """The first ten of this week and this month as they would be, each with where they are."""
    lines: list[Text] = []
    for board in found.boards:
        name, _ = period_in_words(t, board.period, calendar, now)
        lines += [Bold(name), *(_place(t, place) for place in board.places)]
    return Reply(*lines)


def _place(t: Texts, place: OtherPlace) -> str:
    values = {
        "rank": t.number(place.rank),
        "name": shown(t, place.name, place.member_id),
        "points": t.number(place.points),
    }
    if place.rank_before is None:
        return t("{rank}. {name}  {points} (new)", **values)
    if place.rank_before == place.rank:
        return t("{rank}. {name}  {points}", **values)
    return t("{rank}. {name}  {points} (now {before})", before=t.number(place.rank_before), **values)


def left(t: Texts, found: Rehearsed, overlay: Sequence[Overlay]) -> list[Text]:
    """What stays as it is whatever the rules are, and why."""
    kept, lines, keys = found.left, list[Text](), {each.key.partition(".")[0] for each in overlay}
    if kept.edited:
        lines.append(
            t.n(
                "{n} post was edited and stays as it was judged: I do not keep its first text.",
                "{n} posts were edited and stay as they were judged: I do not keep their first texts.",
                kept.edited,
            )
        )
    if kept.without_text:
        lines.append(
            t.n(
                "{n} post stays as it was judged: I do not keep its text any more.",
                "{n} posts stay as they were judged: I do not keep their texts any more.",
                kept.without_text,
            )
        )
    if kept.unpaid:
        lines.append(
            t.n(
                "{n} post was brought in without points and stays so.",
                "{n} posts were brought in without points and stay so.",
                kept.unpaid,
            )
        )
    if "voice" in keys:
        lines.append(t("Time in voice stays as it was counted: I keep who is there now, not who was there."))
    if "thanks" in keys and kept.other.get("thanks"):
        lines.append(
            t.n(
                "{n} thank-you was given by /thanks and stays as it is.",
                "{n} thank-yous were given by /thanks and stay as they are.",
                kept.other["thanks"],
            )
        )
    return lines


# What was done


def failed(t: Texts) -> Reply:
    """It came to no end."""
    return Reply(t("I could not look at the last days. Nothing was changed; please try again later."))


def applied(t: Texts, action: int, done: int) -> Reply:
    """The corrections of an action are written."""
    return Reply(
        t.n(
            "{n} payment of these days is corrected. All points and boards go by it.",
            "{n} payments of these days are corrected. All points and boards go by them.",
            done,
        ),
        t("To take it back: {command}", command=f"/undo A{action}"),
        buttons=[Button(t("Undo"), "undo", (f"A{action}",))],
    )


def undone(t: Texts, action: int, done: int) -> Reply:
    """The corrections of an action are taken back."""
    return Reply(
        t.n(
            "A{action} is taken back: {n} payment is as it was.",
            "A{action} is taken back: {n} payments are as they were.",
            done,
            action=action,
        )
    )
