"""Profile: what I know of one member, each thing with where it comes from, and how to correct it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from babel.dates import get_day_names

from handlers.base import (
    ADMIN,
    ANYONE,
    N_,
    Action,
    AlwaysOn,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    NotAllowed,
    Pressed,
    Reply,
    Someone,
    Text,
    Texts,
    UserError,
)
from handlers.learning.letters import letter
from handlers.learning.pages import Taken, all_taken
from handlers.learning.teachers import admins
from handlers.people.rhythm import WINDOW, Rhythm, rhythm_of, topics_in
from handlers.words.commands import pressable
from handlers.words.courses import named, one_line, progress_bar
from handlers.words.dates import clock_in_words, day_in_words
from handlers.words.members import member_target, name_targeted
from handlers.words.names import shown
from handlers.words.purchases import buyer, purchases_in_words
from storage.calendar import zone_of
from storage.courses import Course
from storage.enrolments import Source
from storage.interests import fold_topic
from storage.roster import RosterRow
from storage.values import AuditRow, Member

DAYS = 90
"""So far back what somebody wrote is looked at."""
POSTS = 500
READ = 100
"""Of so many posts the words are looked at, where they allowed it."""
ASKED = 1_000
"""So many questions are counted."""
TOPICS = 6
COURSES = 8
TOPIC_BYTES = 24

Number = Annotated[int, Between(1, 2**60)]
SOURCES: dict[Source, str] = {
    "chat": N_("you enrolled here"),
    "admin": N_("an admin enrolled you"),
    "import": N_("from the school's file"),
    "shop": N_("from the shop"),
    "roster": N_("from the shop's list"),
}

feature = Feature("profile", AlwaysOn)


@dataclass(frozen=True, slots=True)
class Liked:
    """A topic that somebody likes, or seems to."""

    topic: str
    source: str
    """Where that comes from, in words."""
    told: bool = False
    """They said so themselves."""


@feature.command(
    "profile",
    needs=ANYONE,
    asks_role=True,
    help=N_("What I know of you, and where from"),
    examples=("profile", "profile @bob"),
)
async def profile(
    ctx: Context, command: Command, member: Annotated[Someone | None, Help(N_("Who (for admins)"))] = None
) -> Reply:
    found = await ctx.find(member) if member else ctx.myself
    if found == ctx.member:
        return await own(ctx)
    if not ctx.may(ADMIN):
        raise NotAllowed(
            ctx.t("What I know of others is for admins to see. Your own: {command}", command="/profile")
        )
    account = ctx.account.id if ctx.account else None
    await ctx.store.audit.add(
        ctx.community.id, account, "profile", member_target(found.id), None, {}, ctx.now
    )
    return await of_another(ctx, found)


@feature.tell("profile")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    return ctx.t("{who} looked at the profile of {name}.", who=who, name=await name_targeted(ctx, row.target))


@feature.press("profile")
async def press_profile(ctx: Context, pressed: Pressed) -> Reply:
    reply = await own(ctx)
    reply.edit = True
    return reply


@feature.press("profile_not_liked")
async def not_liked(ctx: Context, pressed: Pressed, topic: str) -> Reply:
    """It was taken for an interest, and is none; or they like it no more."""
    assert ctx.account is not None
    said = await ctx.store.interests.of(ctx.community.id, ctx.myself.id)
    if any(each.wanted and each.topic == fold_topic(topic) for each in said):
        await ctx.store.interests.unsay(ctx.community.id, ctx.myself.id, topic)
    else:
        await ctx.store.interests.say(ctx.community.id, ctx.account.id, [topic], wanted=False, now=ctx.now)
    reply = await own(ctx, ctx.t("Noted: {topic} is not for you.", topic=topic))
    reply.edit = True
    return reply


@feature.press("profile_not_mine")
async def not_mine(ctx: Context, pressed: Pressed) -> Reply:
    """Purchases that are somebody else's."""
    t, rows = ctx.t, await ctx.store.roster.rows_of(ctx.community.id, ctx.myself.id)
    if not rows:
        raise UserError(t("No purchase stands under your name any more."))
    buttons = [
        [Button(t("Not mine: {buyer}", buyer=buyer(t, row))[:60], "profile_tell", (str(row.id),))]
        for row in rows[:5]
    ]
    return Reply(
        Bold(t("What is not yours?")),
        t("I tell an admin, who looks at it. Nothing is lost meanwhile."),
        t("If you bought something that is missing: {command}", command="/claim"),
        buttons=buttons,
    )


@feature.press("profile_tell")
async def tell_admins(ctx: Context, pressed: Pressed, row: Number) -> list[Action]:
    """An admin looks at a purchase that somebody says is not theirs."""
    t = ctx.t
    rows = await ctx.store.roster.rows_of(ctx.community.id, ctx.myself.id)
    found = next((each for each in rows if each.id == row), None)
    if found is None:
        raise UserError(t("That does not stand under your name any more."))
    readers = await admins(ctx)
    if not readers:
        raise UserError(t("I cannot write to an admin here. Tell one yourself: they use {command}.",
                          command="/roster"))  # fmt: skip
    assert ctx.account is not None
    letters = [
        await letter(
            reader,
            f"not mine:{found.id}:{ctx.account.id}:{reader.account.id if reader.account else 0}",
            Reply(
                Bold(
                    reader.t(
                        "{name} says that the purchases of {buyer} are not theirs.",
                        name=shown(reader.t, ctx.myself.name, ctx.myself.id),
                        buyer=buyer(reader.t, found),
                    )
                ),
                buttons=[Button(reader.t("That is not them"), "match_release", (str(found.id),))],
            ),
        )
        for reader in readers
    ]
    return [Reply(t("An admin knows, and looks at it."), edit=True), *letters]


async def own(ctx: Context, *said: Text) -> Reply:
    """What a member sees of themselves."""
    t, me = ctx.t, ctx.myself
    allowed = await _may_profile(ctx, me)
    likes = await _interests(ctx, me, mine=True) if allowed else []
    rows = await ctx.store.roster.rows_of(ctx.community.id, me.id)
    lines: list[Text] = [*said, Bold(t("What I know of you in {school}", school=ctx.community.name))]
    if allowed:
        lines += [*_interest_lines(t, likes), *await _rhythm_lines(ctx, me)]
    else:
        lines.append(t("You opted out of profiling: I make nothing of what you do."))
    lines += [*await _course_lines(ctx, me), *await _purchase_lines(ctx, rows), *await _asked_lines(ctx, me)]
    lines += ["", t("Is something wrong? Press it away, or tell me: {command}", command="/interests")]
    wrong = [
        Button(f"✕ {each.topic}", "profile_not_liked", (each.topic,))
        for each in likes
        if len(each.topic.encode()) <= TOPIC_BYTES and "|" not in each.topic
    ]
    below: list[Button] = []
    if pressable(ctx, "interests"):
        below.append(Button(t("My interests"), "interests"))
    if rows:
        below.append(Button(t("That is not mine"), "profile_not_mine"))
    below.append(Button(t("What may be done with it"), "optout_state"))
    return Reply(*lines, buttons=[*wrong, below])


async def of_another(ctx: Context, member: Member) -> Reply:
    """What an admin sees: nothing that was read from their posts, and no words of theirs."""
    t = ctx.t
    rows = await ctx.store.roster.rows_of(ctx.community.id, member.id)
    lines: list[Text] = [Bold(shown(t, member.name, member.id))]
    if await _may_profile(ctx, member):
        likes = await _interests(ctx, member, mine=False)
        lines += [*_interest_lines(t, likes), *await _rhythm_lines(ctx, member)]
    else:
        lines.append(t("They opted out of profiling: only what serves them is shown."))
    lines += [*await _course_lines(ctx, member, mine=False), *await _purchase_lines(ctx, rows)]
    asked = await ctx.store.asked.of(ctx.community.id, member.id, ASKED)
    if asked:
        lines.append(t.n("{n} question asked with /ask", "{n} questions asked with /ask", len(asked)))
    lines += ["", t("That you looked stands in {command}.", command="/audit")]
    buttons = [
        Button(t("Not theirs: {buyer}", buyer=buyer(t, row))[:60], "match_release", (str(row.id),))
        for row in rows[:3]
    ]
    return Reply(*lines, buttons=[[each] for each in buttons])


# Interests


async def _interests(ctx: Context, member: Member, *, mine: bool) -> list[Liked]:
    """What they said, then what their courses and, for their own eyes, their posts tell."""
    t = ctx.t
    said = await ctx.store.interests.of(ctx.community.id, member.id)
    known = {each.topic for each in said}
    told = t("you told me") if mine else t("told me by themselves")
    found = [Liked(each.topic, told, told=True) for each in said if each.wanted]
    tags = {fold_topic(tag): tag for tag, _ in await ctx.store.courses.tags(ctx.community.id)}
    for course in await _finished(ctx, member):
        for tag in course.tags:
            topic = fold_topic(tag)
            if topic in tags and topic not in known:
                known.add(topic)
                title = named(t, course)
                yours = t("from {course}, which you finished", course=title)
                theirs = t("from {course}, which they finished", course=title)
                found.append(Liked(topic, yours if mine else theirs))
    if mine and await _may_read(ctx, member):
        posts = await ctx.store.posts.lately(member.id, ctx.now - timedelta(days=DAYS), READ)
        counted = topics_in([text for _, text in posts], [topic for topic in tags if topic not in known])
        for topic, count in counted.most_common():
            if count > 1:
                words = t.n(
                    "from {n} of your posts in the last {days} days",
                    "from {n} of your posts in the last {days} days",
                    count,
                    days=DAYS,
                )
                found.append(Liked(topic, words))
    return found[:TOPICS]


async def _finished(ctx: Context, member: Member) -> Sequence[Course]:
    taken = await ctx.store.enrolments.of(ctx.community.id, member.id)
    done = [each.course_id for each in taken if each.finished_at is not None]
    return list((await ctx.store.courses.named(ctx.community.id, done)).values())


def _interest_lines(t: Texts, likes: Sequence[Liked]) -> list[Text]:
    if not likes:
        return ["", Bold(t("Interests")), t("I know none yet.")]
    return ["", Bold(t("Interests")), *(f"• {one_line(each.topic)} · {each.source}" for each in likes)]


# Rhythm


async def _rhythm_lines(ctx: Context, member: Member) -> list[Text]:
    posts = await ctx.store.posts.lately(member.id, ctx.now - timedelta(days=DAYS), POSTS)
    zone = zone_of(ctx.community.calendar.zone)
    found = rhythm_of([at for at, _ in posts], zone)
    if found is None:
        return []
    t = ctx.t
    source = t.n(
        "from {n} post in the last {days} days",
        "from {n} posts in the last {days} days",
        found.posts,
        days=DAYS,
    )
    return ["", Bold(t("Rhythm")), f"• {rhythm_in_words(ctx, found)} · {source}"]


def rhythm_in_words(ctx: Context, found: Rhythm) -> str:
    """ "mostly Tue and Thu, 19:00 to 22:00", by the community's clock."""
    t, zone = ctx.t, ctx.community.calendar.zone
    here = ctx.now.astimezone(zone_of(zone)).replace(minute=0, second=0, microsecond=0)
    first, last = (clock_in_words(t, _at(here, (found.hour + k) % 24), zone) for k in (0, WINDOW))
    hours = t("{first} to {last}", first=first, last=last)
    if not found.days:
        return t("mostly {hours}", hours=hours)
    names = get_day_names("abbreviated", locale=t.language)
    days = t.c("list", ", ").join(names[day] for day in found.days)
    return t("mostly {days}, {hours}", days=days, hours=hours)


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour)


# Courses, purchases, questions


async def _course_lines(ctx: Context, member: Member, *, mine: bool = True) -> list[Text]:
    t = ctx.t
    enrolments = [each for each in await ctx.store.enrolments.of(ctx.community.id, member.id) if each.takes]
    courses = await ctx.store.courses.named(ctx.community.id, [each.course_id for each in enrolments])
    pairs = [(courses[each.course_id], each) for each in enrolments if each.course_id in courses]
    if not pairs:
        return []
    lines: list[Text] = ["", Bold(t("Courses"))]
    for taken in await all_taken(ctx, pairs[-COURSES:]):
        source = t(SOURCES[taken.enrolment.source]) if mine else _source_of_another(t, taken)
        lines.append(f"• {named(t, taken.course)} · {_progress(t, taken)} · {source}")
    return lines


def _progress(t: Texts, taken: Taken) -> str:
    if taken.finished:
        return t("finished")
    return progress_bar(t, taken.count, len(taken.lessons)) if taken.lessons else t("begun")


def _source_of_another(t: Texts, taken: Taken) -> str:
    words = {"chat": t("enrolled here"), "admin": t("enrolled by an admin")}
    return words.get(taken.enrolment.source) or t(SOURCES[taken.enrolment.source])


async def _purchase_lines(ctx: Context, rows: Sequence[RosterRow]) -> list[Text]:
    if not rows:
        return []
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    bought = await ctx.store.roster.purchases_of([row.id for row in rows])
    lines: list[Text] = ["", Bold(t("Purchases, from the shop's list"))]
    for row in rows:
        lines += purchases_in_words(t, bought[row.id], today, most=4)
    return lines


async def _asked_lines(ctx: Context, member: Member) -> list[Text]:
    t, asked = ctx.t, await ctx.store.asked.of(ctx.community.id, member.id, ASKED)
    if not asked:
        return []
    day = day_in_words(t, ctx.community.calendar.day(asked[0].at), ctx.community.calendar.day(ctx.now))
    count = t.n("{n} question asked with /ask", "{n} questions asked with /ask", len(asked))
    return ["", Bold(count), t("The last, on {day}: {question}", day=day, question=one_line(asked[0].text))]


# What is allowed


async def _may_profile(ctx: Context, member: Member) -> bool:
    return member.id in await ctx.store.privacy.may_profile(ctx.community.id, [member.id])


async def _may_read(ctx: Context, member: Member) -> bool:
    """Whether they said that what they write may be looked at."""
    wishes = (await ctx.store.suggestions.wishes(ctx.community.id, [member.id])).get(member.id)
    return wishes is not None and wishes.reads is True
