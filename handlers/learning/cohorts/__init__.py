"""Cohorts: a course that some take together: lessons open day by day, a board and a channel of their own."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field as Setting

from handlers.base import (
    N_,
    NO_TEXT,
    TEACHER,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Field,
    Form,
    Help,
    Post,
    Pressed,
    Reply,
    Someone,
    Task,
    UserError,
)
from handlers.learning.cohorts import card as cards
from handlers.learning.cohorts import membership
from handlers.learning.cohorts.membership import log
from handlers.learning.cohorts.opening import tell as tell_opening
from handlers.learning.cohorts.start import Rhythm, StartDay
from handlers.words.cohorts import (
    CohortNumber,
    cohort_named,
    cohort_numbered,
    cohort_targeted,
    course_of,
)
from handlers.words.courses import CourseWords, find_course, one_line, title_of
from handlers.words.dates import day_in_words
from handlers.words.days import the_day
from storage.calendar import zone_of
from storage.cohorts import Cohort, opens_on
from storage.values import AuditRow

LISTED = 8
"""So many cohorts are listed."""
SOON, LONG_OVER = timedelta(days=3), timedelta(days=30)
"""So near its start a cohort should have members; so long after its last lesson it may be over."""
AWAY = timedelta(days=730)
"""So far from today a cohort may begin."""


class Settings(FeatureSettings):
    """How cohorts are run."""

    hour: int = Setting(
        default=9,
        ge=0,
        le=23,
        description=N_("From which hour of the community's day a cohort's channel is told what opened."),
    )
    rows: int = Setting(
        default=10, ge=3, le=25, description=N_("How many members a cohort's board shows on a page.")
    )


feature = Feature("cohorts", Settings)


Page = Annotated[int, Between(1, 100_000), Help(N_("The page of the board"))]


@feature.command(
    "cohort new",
    needs=TEACHER,
    help=N_("Run a course that some take together"),
    examples=("cohort new 2026-12-01 2 git for teams", "cohort new friday weekly git"),
)
async def new(
    ctx: Context, command: Command, start: StartDay, rhythm: Rhythm, course: CourseWords = NO_TEXT
) -> Reply:
    found = await find_course(ctx, course)
    today = ctx.community.calendar.day(ctx.now)
    day = the_day(start, today)
    if abs(day - today) > AWAY:
        raise UserError(ctx.t("{day} is too far away. Choose a day within two years.", day=day.isoformat()))
    cohort = await ctx.store.cohorts.make(
        ctx.community.id,
        found.id,
        "",
        starts_on=day,
        every_days=rhythm,
        space_id=ctx.space.id if ctx.space else None,
        channel_id=ctx.channel.id if ctx.channel else None,
        today=today,
        now=ctx.now,
    )
    action = await log(ctx, "cohort new", cohort, {"course": found.id, "start": day.isoformat()})
    said = ctx.t(
        "A cohort is made. Who enrols in {course} from now on is in it.", course=title_of(ctx.t, found)
    )
    reply = await cards.card(ctx, cohort, [said, ""], runs=True, undo=action)
    reply.edit = False
    return reply


@feature.undo("cohort new")
async def unmake(ctx: Context, row: AuditRow) -> Reply:
    cohort = await cohort_targeted(ctx, row.target)
    members = len(await cards.members_of(ctx, cohort))
    await ctx.store.cohorts.remove(cohort)
    lines = [ctx.t("Undone: the cohort is gone.")]
    if members:
        lines.append(
            ctx.t.n("{n} member goes on by themselves.", "{n} members go on by themselves.", members)
        )
    return Reply(*lines)


@feature.command("cohorts", help=N_("The cohorts there are, and where each stands"), asks_role=True)
async def cohorts(ctx: Context, command: Command) -> Reply:
    runs = ctx.may(TEACHER)
    running = (await ctx.store.cohorts.all(ctx.community.id))[:LISTED]
    if not running:
        lines = [ctx.t("No course is taken together now.")]
        if runs:
            lines.append(ctx.t("To begin: {example}", example="/cohort_new friday 2 git for teams"))
        else:
            lines.append(ctx.t("{command} shows every course.", command="/courses"))
        return Reply(*lines)
    if len(running) == 1:
        return await cards.card(ctx, running[0], runs=runs)
    return await cards.listed(ctx, running, runs=runs)


@feature.press("cohort")
async def show(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await cards.card(ctx, await cohort_numbered(ctx, number), runs=False)


@feature.press("cohort_run", needs=TEACHER)
async def show_runner(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await cards.card(ctx, await cohort_numbered(ctx, number), runs=True)


@feature.press("cohort_days")
async def show_days(ctx: Context, pressed: Pressed, number: CohortNumber, page: Page = 1) -> Reply:
    return await cards.days(ctx, await cohort_numbered(ctx, number), page)


# Its board


@feature.command(
    "cohort board",
    answer="public",
    help=N_("The board of a cohort"),
    examples=("cohort board", "cohort board 3"),
)
async def board(ctx: Context, command: Command, cohort: CohortNumber | None = None, page: Page = 1) -> Reply:
    which = await (cohort_numbered(ctx, cohort) if cohort is not None else _mine(ctx))
    return await cards.board(ctx, which, page, ctx.settings(Settings).rows)


@feature.press("cohort_board")
async def press_board(ctx: Context, pressed: Pressed, number: CohortNumber, page: Page = 1) -> Reply:
    return await cards.board(ctx, await cohort_numbered(ctx, number), page, ctx.settings(Settings).rows)


@feature.press("cohort_place")
async def my_place(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await cards.place(ctx, await cohort_numbered(ctx, number))


async def _mine(ctx: Context) -> Cohort:
    """The cohort that they mean who name none: their own, or the only one. Raises UserError."""
    running = {each.id: each for each in await ctx.store.cohorts.all(ctx.community.id)}
    if ctx.member is not None:
        taken = await ctx.store.enrolments.of(ctx.community.id, ctx.member.id)
        running_mine = [each.cohort_id for each in taken if each.takes and each.cohort_id in running]
        if running_mine:
            return running[running_mine[-1] or 0]
    if len(running) == 1:
        return next(iter(running.values()))
    raise UserError(
        ctx.t("Which cohort? {command} shows them with their numbers.", command="/cohorts"),
        ctx.t("For example: {example}", example="/cohort_board 3"),
    )


# Who is in it


@feature.press("cohort_join")
async def join(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await membership.join(ctx, await _running(ctx, number))


@feature.press("cohort_leave")
async def leave(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await membership.leave(ctx, await cohort_numbered(ctx, number))


@feature.command(
    "cohort add",
    needs=TEACHER,
    help=N_("Put a member into a cohort"),
    examples=("cohort add @ann", "cohort add @ann 3"),
)
async def add(
    ctx: Context,
    command: Command,
    member: Annotated[Someone, Help(N_("The member"))],
    cohort: CohortNumber | None = None,
) -> Reply:
    which = await (_running(ctx, cohort) if cohort is not None else _mine(ctx))
    return await membership.put_in(ctx, which, await ctx.find(member))


@feature.press("cohort_all", needs=TEACHER)
async def add_all(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await membership.put_in_all(ctx, await _running(ctx, number))


@feature.undo("cohort add")
async def take_out(ctx: Context, row: AuditRow) -> Reply:
    return await membership.take_out(ctx, row)


# What is changed of it


@feature.press("cohort_here", needs=TEACHER)
async def here(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    """What opens is told where this is pressed."""
    cohort = await _running(ctx, number)
    if ctx.space is None or ctx.private:
        raise UserError(
            ctx.t(
                "Here nobody else would read it. Ask for {command} in the channel, and press there.",
                command="/cohorts",
            )
        )
    before = {"space": cohort.space_id, "channel": cohort.channel_id}
    channel = ctx.channel.id if ctx.channel else None
    await ctx.store.cohorts.move(cohort, ctx.space.id, channel)
    action = await log(ctx, "cohort channel", cohort, {"space": ctx.space.id, "channel": channel}, before)
    return await cards.card(
        ctx,
        await cohort_numbered(ctx, number),
        [ctx.t("From now on I tell it here."), ""],
        runs=True,
        undo=action,
    )


@feature.press("cohort_call", needs=TEACHER, answer="form")
async def call(ctx: Context, pressed: Pressed, number: CohortNumber) -> Form:
    cohort = await cohort_numbered(ctx, number)
    name = Field("name", ctx.t("What is it called?"), value=cohort.name, required=False, max_length=80)
    return Form(ctx.t("The cohort's name"), "cohort_called", (name,), (str(number),))


@feature.press("cohort_called", needs=TEACHER)
async def called(ctx: Context, pressed: Pressed, number: CohortNumber, name: str = "") -> Reply:
    cohort = await cohort_numbered(ctx, number)
    await ctx.store.cohorts.call(cohort, one_line(name)[:80])
    action = await log(ctx, "cohort name", cohort, {"name": one_line(name)[:80]}, {"name": cohort.name})
    return await cards.card(
        ctx, await cohort_numbered(ctx, number), [ctx.t("It has a new name."), ""], runs=True, undo=action
    )


@feature.undo("cohort channel", "cohort name")
async def put_back(ctx: Context, row: AuditRow) -> Reply:
    cohort = await cohort_targeted(ctx, row.target)
    if row.action == "cohort name":
        await ctx.store.cohorts.call(cohort, row.before["name"])
    else:
        await ctx.store.cohorts.move(cohort, row.before["space"], row.before["channel"])
    return Reply(ctx.t("Undone: the cohort is as before."))


@feature.command(
    "cohort end",
    needs=TEACHER,
    help=N_("End a cohort"),
    examples=("cohort end 3",),
)
async def end(ctx: Context, command: Command, cohort: CohortNumber | None = None) -> Reply:
    return await _end(ctx, await (_running(ctx, cohort) if cohort is not None else _mine(ctx)))


@feature.press("cohort_end", needs=TEACHER)
async def press_end(ctx: Context, pressed: Pressed, number: CohortNumber) -> Reply:
    return await _end(ctx, await _running(ctx, number))


async def _end(ctx: Context, cohort: Cohort) -> Reply:
    await ctx.store.cohorts.end(cohort, ctx.now)
    action = await log(ctx, "cohort end", cohort, {})
    course, today = await course_of(ctx, cohort), ctx.community.calendar.day(ctx.now)
    return Reply(
        Bold(ctx.t("{cohort} has ended.", cohort=cohort_named(ctx.t, cohort, course, today))),
        ctx.t("Every lesson is open for its members, and its board stands still."),
        buttons=[
            Button(ctx.t("Undo"), "undo", (f"A{action}",)),
            Button(ctx.t("Board"), "cohort_board", (str(cohort.id),)),
        ],
    )


@feature.undo("cohort end")
async def go_on(ctx: Context, row: AuditRow) -> Reply:
    cohort = await cohort_targeted(ctx, row.target)
    await ctx.store.cohorts.end(cohort, None)
    return Reply(ctx.t("Undone: the cohort goes on."))


async def _running(ctx: Context, number: int) -> Cohort:
    """A cohort that has not ended. Raises UserError."""
    cohort = await cohort_numbered(ctx, number)
    if cohort.ended_at is not None:
        raise UserError(
            ctx.t("This cohort has ended."), ctx.t("{command} shows them all.", command="/cohorts")
        )
    return cohort


# What happens by itself, and what is told of it


@feature.job("open", "0 * * * *")
async def open_lessons(ctx: Context) -> list[Post]:
    """Tell each cohort's channel which lessons opened. Safe to run twice: a day is told of once."""
    local = ctx.now.astimezone(zone_of(ctx.community.calendar.zone))
    if local.hour < ctx.settings(Settings).hour:
        return []
    said: list[Post] = []
    for cohort in await ctx.store.cohorts.all(ctx.community.id):
        said += await tell_opening(ctx, cohort)
    return said


@feature.task
async def task(ctx: Context) -> list[Task]:
    """Cohorts whose last lesson opened long ago, and cohorts that begin without anybody."""
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    found = []
    for cohort in await ctx.store.cohorts.all(ctx.community.id):
        lessons = await ctx.store.courses.lessons(cohort.course_id)
        name = cohort_named(t, cohort, await course_of(ctx, cohort), today)
        last = opens_on(cohort, max(len(lessons) - 1, 0))
        if last + LONG_OVER < today:
            day = day_in_words(t, last, today)
            words = t("{cohort}: the last lesson opened on {day}. Is it over?", cohort=name, day=day)
            end = Button(t("End it"), "cohort_end", (str(cohort.id),))
            found.append(Task(key=f"cohort:over:{cohort.id}", words=words, action=end, weight=30))
        elif abs(cohort.starts_on - today) <= SOON and not await cards.members_of(ctx, cohort):
            words = t("Nobody has joined {cohort} yet.", cohort=name)
            look = Button(t("Look at it"), "cohort_run", (str(cohort.id),))
            found.append(
                Task(key=f"cohort:empty:{cohort.id}", words=words, action=look, weight=50, opens=True)
            )
    return found


@feature.tell("cohort new", "cohort add", "cohort channel", "cohort name", "cohort end")
async def tell(ctx: Context, row: AuditRow, who: str) -> str:
    t, today = ctx.t, ctx.community.calendar.day(ctx.now)
    cohort = await ctx.store.cohorts.get(ctx.community.id, int(row.target.rpartition(" ")[2]))
    name = t("a cohort that is gone")
    if cohort is not None:
        name = cohort_named(t, cohort, await course_of(ctx, cohort), today)
    match row.action:
        case "cohort new":
            return t("{who} made the cohort {cohort}.", who=who, cohort=name)
        case "cohort add":
            count = t.n("{n} member", "{n} members", len(row.after["rows"]))
            return t("{who} put {count} into {cohort}.", who=who, count=count, cohort=name)
        case "cohort end":
            return t("{who} ended {cohort}.", who=who, cohort=name)
        case "cohort name":
            return t("{who} gave {cohort} its name.", who=who, cohort=name)
        case _:
            return t("{who} gave {cohort} another channel.", who=who, cohort=name)
