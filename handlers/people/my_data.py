"""My data: what is kept of one person, in a few lines, and as a file to take along."""

from handlers.base import (
    ANYONE,
    N_,
    AlwaysOn,
    Bold,
    Button,
    Command,
    Context,
    Document,
    Feature,
    Pressed,
    Reply,
    Text,
    UserError,
)
from handlers.people.packing import packed
from handlers.words.dates import day_in_words

LARGEST = 8 * 1024 * 1024
"""Bytes that both platforms take of a file."""

feature = Feature("mydata", AlwaysOn)


@feature.command("mydata", needs=ANYONE, before_setup=True, help=N_("What I keep of you, in short"))
async def mydata(ctx: Context, command: Command) -> Reply:
    account = account_of(ctx)
    t, where = ctx.t, scope_of(ctx)
    found = await ctx.store.privacy.summary(account, community_id=where)
    if found is None:
        raise UserError(t("I keep nothing of you."))
    platforms = t.c("list", ", ").join(platform.capitalize() for platform in found.accounts)
    lines: list[Text] = [
        Bold(t("What I keep of you everywhere") if where is None else t("What I keep of you here")),
        t.n("• {n} account: {where}", "• {n} accounts: {where}", len(found.accounts), where=platforms),
    ]
    if found.first and found.last:
        zone, today = ctx.community.calendar, ctx.community.calendar.day(ctx.now)
        lines += [
            t.n("• {n} post", "• {n} posts", found.posts),
            t(
                "• the first on {first}, the last on {last}",
                first=day_in_words(t, zone.day(found.first), today),
                last=day_in_words(t, zone.day(found.last), today),
            ),
            t.n("• the text of {n} of them", "• the texts of {n} of them", found.texts),
        ]
    lines += [
        t.n("• {n} point", "• {n} points", found.points),
        t.n("• {n} line on how you earned them", "• {n} lines on how you earned them", found.payments),
        *(await _choices(ctx)),
    ]
    return Reply(
        *lines,
        buttons=[
            Button(t("Give me all of it"), "export"),
            Button(t("What may be done with it"), "optout_state"),
            Button(t("Erase it"), "forget_ask", (str(where or 0),)),
        ],
    )


async def _choices(ctx: Context) -> list[Text]:
    if ctx.member is None:
        return []
    chosen = await ctx.store.privacy.choices(ctx.member.id)
    if not chosen.recorded:
        return [ctx.t("• You opted out of everything: nothing new is added.")]
    lines: list[Text] = []
    if not chosen.listed:
        lines.append(ctx.t("• You opted out of boards."))
    if not chosen.profiled:
        lines.append(ctx.t("• You opted out of suggestions and judgements."))
    return lines


@feature.command(
    "export", needs=ANYONE, before_setup=True, help=N_("All I keep of you, as a file for you alone")
)
async def export(ctx: Context, command: Command) -> Reply:
    return await give(ctx)


@feature.press("export", needs=ANYONE, before_setup=True)
async def export_pressed(ctx: Context, pressed: Pressed) -> Reply:
    return await give(ctx)


async def give(ctx: Context) -> Reply:
    """A file with everything; in a group of what belongs to this community."""
    account, where = account_of(ctx), scope_of(ctx)
    everything = await ctx.store.privacy.everything(account, community_id=where)
    if not everything:
        raise UserError(ctx.t("I keep nothing of you."))
    content = packed(everything, ctx.t)
    if len(content) > LARGEST:
        raise UserError(
            ctx.t(
                "It is too much for one message. Whoever runs me gives you the file: show them this answer."
            )
        )
    return Reply(
        ctx.t("All I keep of you here.") if where is not None else ctx.t("All I keep of you."),
        ctx.t("Open data.json with a program, or the tables with a spreadsheet. It names nobody else."),
        document=Document("homeroom-data.zip", content),
        private=True,
    )


def account_of(ctx: Context) -> int:
    """Who asks. Raises UserError for an anonymous admin."""
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    return ctx.account.id


def scope_of(ctx: Context) -> int | None:
    """In a group its community; in a private chat everything."""
    return ctx.community.id if ctx.space is not None else None
