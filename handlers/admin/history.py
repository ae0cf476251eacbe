"""History: what was said before the bot came, brought in from a file or read from the platform itself."""

from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    Asker,
    Between,
    Command,
    Context,
    Feature,
    Help,
    History,
    Pressed,
    Reply,
    UserError,
)

feature = Feature("history")


@feature.command(
    "import",
    needs=ADMIN,
    where="private",
    help=N_("Bring in history, points from another bot, buyers or courses from a file"),
)
async def bring(ctx: Context, command: Command) -> Reply:
    t, history = ctx.t, _history(ctx)
    if command.file is None:
        return Reply(
            t("Send me the file with /import as its caption, or answer it with /import."),
            t("I take Telegram Desktop's export (a group's menu ⋮ → Export chat history → JSON), "
              "DiscordChatExporter's JSON, balances as CSV (external id, name, points),"
              " your buyers as CSV (e-mail, name, course, paid until),"
              " and your courses as CSV or JSON (id, title, level, price, link, lessons)."),
            t("Nothing is stored before you have seen what is in it."),
        )  # fmt: skip
    if command.file.size > history.largest:
        raise UserError(
            t("Telegram gives me files of up to {most} MB, and this one has {size}.",
              most=t.number(history.largest // 2**20), size=t.number(-(-command.file.size // 2**20))),
            t("Pack it (ZIP makes it a tenth), or export fewer days. Or on the server: {command}",
              command="homeroom import telegram result.json"),
        )  # fmt: skip
    history.look(command.file, _asker(ctx))
    return Reply(t("I am reading it. In a moment I tell you what is in it."))


@feature.press("import_go", needs=ADMIN)
async def go(ctx: Context, pressed: Pressed, ticket: str, how: str) -> Reply:
    if not _history(ctx).bring(ticket, _asker(ctx), points=how == "points"):
        raise UserError(ctx.t("I do not have this file any more. Please send it again."))
    return Reply(
        ctx.t("I am bringing it in, and tell you when it is done. You can go on meanwhile."), edit=True
    )


@feature.press("import_drop", needs=ADMIN)
async def drop(ctx: Context, pressed: Pressed, ticket: str) -> Reply:
    _history(ctx).forget(ticket, _asker(ctx))
    return Reply(ctx.t("Thrown away. Nothing was stored."), edit=True)


@feature.command(
    "backfill",
    needs=ADMIN,
    where="space",
    help=N_("Read what was said here before I came (Discord)"),
    examples=("backfill 90",),
)
async def backfill(
    ctx: Context,
    command: Command,
    days: Annotated[int, Between(1, 3_650), Help(N_("How many days back, up to 3,650"))],
) -> Reply:
    t = ctx.t
    assert ctx.space is not None
    if not _history(ctx).backfill(ctx.space.external_id, days, _asker(ctx)):
        raise UserError(
            t("I cannot read this group's history: its platform gives none out, or I am reading it already."),
            t("A file can be brought in: write /import to me in private."),
        )
    return Reply(
        t.n(
            "I am reading {n} day of history, and write to you when it is done.",
            "I am reading {n} days of history, and write to you when it is done.",
            days,
        )
    )


def _history(ctx: Context) -> History:
    if ctx.history is None:
        raise UserError(ctx.t("History cannot be brought in here."))
    return ctx.history


def _asker(ctx: Context) -> Asker:
    if ctx.account is None:
        raise UserError(ctx.t("I cannot see who you are here. Write as yourself, not as the group."))
    return Asker(ctx.account.platform, ctx.account.external_id, ctx.community.id, ctx.t.language)
