"""Leaderboard: who earned the most points, in any period, and where one stands oneself."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from handlers.base import (
    ADMIN_ROLE,
    N_,
    Action,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    Italic,
    Joined,
    LeaveOut,
    ListenerContext,
    Mention,
    Pressed,
    Reply,
    RolesChanged,
    Text,
    Texts,
    UserError,
)
from handlers.taking_part.periods import DAY, MONTH, WEEK, Period, kind_of, stored, title
from handlers.words.names import shown
from handlers.words.numbers import counted, ordinal
from storage.calendar import ALL
from storage.values import BoardRow, Member, Standing

NEIGHBOURS = 3
"""How many places above and below one's own /around shows."""

Page = Annotated[int, Between(1, 100_000), Help(N_("The page of the board"))]


class Settings(FeatureSettings):
    """What a board shows."""

    rows: int = Field(default=10, ge=3, le=25, description=N_("How many members a board shows on a page."))
    staff_on_board: bool = Field(default=True, description=N_("Whether admins have places on boards."))
    show_zone: bool = Field(default=True, description=N_("Whether the board of a day names the time zone."))


feature = Feature("leaderboard", Settings)


@feature.on(Joined, RolesChanged)
def staff(ctx: ListenerContext, event: Joined | RolesChanged) -> Iterable[Action]:
    """Who became an admin, or is one no more, goes off boards or back, where staff is left out."""
    if (
        ctx.member is not None
        and event.person.roles is not None
        and not ctx.settings(Settings).staff_on_board
    ):
        is_staff = ADMIN_ROLE in (*event.person.roles, *ctx.facts.granted(ctx.member.id, ctx.at))
        yield LeaveOut(member=ctx.member.id, left_out=is_staff)


@feature.changed
async def staff_setting(ctx: Context, settings: Settings) -> None:
    """Staff goes off the boards, or comes back, as soon as the setting says so, or somebody is staff."""
    await ctx.store.people.leave_out_staff(ctx.community.id, not settings.staff_on_board, ADMIN_ROLE, ctx.now)


@feature.command(
    "top",
    answer="public",
    aliases=("leaderboard",),
    help=N_("The most active members of a period"),
    examples=("top", "top month", "top 2"),
)
async def top(ctx: Context, command: Command, period: Period = WEEK, page: Page = 1) -> Reply:
    return await board(ctx, stored(period, ctx.community.calendar, ctx.now, ctx.t), page)


@feature.press("board", answer="public")
async def turn(ctx: Context, pressed: Pressed, period: Period, page: Page = 1) -> Reply:
    reply = await board(ctx, stored(period, ctx.community.calendar, ctx.now, ctx.t), page, forgiving=True)
    reply.edit = True
    return reply


@feature.press("open_board")
async def open_board(ctx: Context, pressed: Pressed, period: Period = WEEK) -> Reply:
    return await board(ctx, stored(period, ctx.community.calendar, ctx.now, ctx.t), 1)


@feature.press("place")
async def my_place(ctx: Context, pressed: Pressed, period: Period) -> Reply:
    member = ctx.myself
    period = stored(period, ctx.community.calendar, ctx.now, ctx.t)
    standing = await ctx.store.points.standing(ctx.community.id, member.id, period)
    return Reply(place_in_words(ctx.t, standing, member))


@feature.command(
    "around", help=N_("Your own place and who is next to you"), examples=("around", "around month")
)
async def around(ctx: Context, command: Command, period: Period = WEEK) -> Reply:
    member = ctx.myself
    period = stored(period, ctx.community.calendar, ctx.now, ctx.t)

    standing = await ctx.store.points.standing(ctx.community.id, member.id, period)
    if standing.rank is None:
        return Reply(place_in_words(ctx.t, standing, member))
    rows = await ctx.store.points.around(ctx.community.id, member.id, period, each_side=NEIGHBOURS)

    name, dates = title(ctx.t, period, ctx.community.calendar, ctx.now)
    return Reply(
        (Bold(name), dates),
        *lines(ctx.t, rows, own=member.id),
        place_in_words(ctx.t, standing, member),
        buttons=[Button(ctx.t("Leaderboard"), "open_board", (period,))],
    )


async def board(ctx: Context, period: str, page: int, *, forgiving: bool = False) -> Reply:
    """One page of a stored period's board; a page too far is the last one for the forgiving."""
    settings, t, calendar = ctx.settings(Settings), ctx.t, ctx.community.calendar
    members = await ctx.store.points.members_on(ctx.community.id, period)
    pages = max(1, -(-members // settings.rows))
    if page > pages and not forgiving:
        raise UserError(t.n("This board has {n} page.", "This board has {n} pages.", pages))
    page = min(page, pages)
    rows = await ctx.store.points.board(ctx.community.id, period, rows=settings.rows, page=page)

    name, dates = title(t, period, calendar, ctx.now)
    head = ("🏆 ", Bold(name), dates)
    if not rows:
        return Reply(head, _nobody(t, period, ctx), buttons=periods_beside(t, period))
    foot: list[Text] = []
    if pages > 1:
        foot.append(t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages)))
    if settings.show_zone and kind_of(period) == DAY:
        foot.append(Italic(t("The day goes by the clock of {zone}.", zone=calendar.zone)))
    return Reply(
        head,
        *lines(t, rows),
        *foot,
        buttons=[
            *_pages_beside(t, period, page, pages),
            [Button(t("My place"), "place", (period,)), *periods_beside(t, period)],
        ],
    )


def lines(t: Texts, rows: Sequence[BoardRow], *, own: int | None = None) -> list[Text]:
    """Rows of a board; one's own stands out. A name is a span of its own, so that it cannot turn its line."""
    found: list[Text] = []
    for row in rows:
        rank, points = f"{t.number(row.rank)}. ", f"  {t.number(row.points)}"
        name = Mention(shown(t, row.name, row.member_id), "")
        found.append((Bold(rank), name, Bold(points)) if row.member_id == own else (rank, name, points))
    return found


def place_in_words(t: Texts, standing: Standing, member: Member) -> str:
    """One's own place, and how far it is to the next: "12th with 41. Four points more and you pass Dana." """
    if standing.rank is None and standing.points <= 0:
        return t("You have no points in this period yet. Your next post can change that.")
    if standing.rank is None:
        return t.n(
            "You have {n} point. You are not shown on boards.",
            "You have {n} points. You are not shown on boards.",
            standing.points,
        )
    place = t("{place} with {points}.", place=ordinal(t, standing.rank), points=t.number(standing.points))
    if standing.next_points is None or standing.next_name is None:
        return t("{sentence} Nobody is ahead of you.", sentence=place)
    missing = standing.next_points - standing.points + 1
    further = t.n(
        "{count} point more and you pass {name}.",
        "{count} points more and you pass {name}.",
        missing,
        count=counted(t, missing),
        name=shown(t, standing.next_name, 0),
    )
    return t("{sentence} {next}", sentence=place, next=further)


def periods_beside(t: Texts, period: str) -> list[Button]:
    """Buttons to the two present periods that people look at next."""
    labels = {WEEK: t("Week"), MONTH: t("Month"), ALL: t("All time")}
    shown_now = kind_of(period)
    others = [kind for kind in labels if kind != shown_now]
    return [Button(labels[kind], "board", (kind,)) for kind in others[:2]]


def _pages_beside(t: Texts, period: str, page: int, pages: int) -> list[list[Button]]:
    row = []
    if page > 1:
        row.append(Button(t("Previous"), "board", (period, str(page - 1))))
    if page < pages:
        row.append(Button(t("Next"), "board", (period, str(page + 1))))
    return [row] if row else []


def _nobody(t: Texts, period: str, ctx: Context) -> str:
    if period in ctx.community.calendar.periods(ctx.community.calendar.day(ctx.now)):
        return t("Nobody has earned points in this period yet. Be the first!")
    return t("Nobody earned points in this period.")
