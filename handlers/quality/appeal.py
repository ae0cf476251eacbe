"""Appeal: what the author of a flagged or removed post can do about it, in private."""

from typing import Annotated

from handlers.base import (
    N_,
    NO_TEXT,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Field,
    Form,
    Help,
    Pressed,
    Reply,
    Rest,
    Text,
    UserError,
)
from handlers.words.ills import ADVICE, EXAMPLES, READS, quoted
from storage.cases import Case

LONGEST = 500
Number = Annotated[int, Between(1, 2**60)]

feature = Feature("appeal")


@feature.command(
    "appeal",
    help=N_("Ask that other experts look at a post of yours again"),
    examples=("appeal", "appeal it is my own course project"),
)
async def appeal(
    ctx: Context,
    command: Command,
    words: Annotated[Rest, Help(N_("Why the post is fine"))] = NO_TEXT,
) -> Reply:
    mine = await ctx.store.cases.of_member(ctx.community.id, ctx.myself.id)
    open_to_it = [case for case in mine if _can_appeal(case)]
    if not open_to_it:
        return Reply(*_nothing(ctx, mine))
    if words and len(open_to_it) == 1:
        return await _appealed(ctx, open_to_it[0].id, words)
    t = ctx.t
    lines: list[Text] = [Bold(t("Which post is it about? Others than before will look at it."))]
    buttons = []
    for number, case in enumerate(open_to_it[:5], 1):
        lines.append(t("{n}. {why}", n=number, why=t(READS[case.outcome or case.kind])))
        lines.append(quoted(t, case.text or t("a post in {room}", room=_room(case))))
        buttons.append(Button(t("Post {n}", n=number), "appeal", (str(case.id),)))
    return Reply(*lines, buttons=buttons)


@feature.press("appeal", answer="form")
async def ask(ctx: Context, pressed: Pressed, case: Number) -> Form:
    """Why the post is fine, in the author's words."""
    await _mine(ctx, case)
    field = Field("words", ctx.t("Why is the post fine?"), required=False, long=True, max_length=LONGEST)
    return Form(ctx.t("Let others look"), "appeal_send", (field,), (str(case),))


@feature.press("appeal_send")
async def send(ctx: Context, pressed: Pressed, case: Number) -> Reply:
    return await _appealed(ctx, case, pressed.values.get("words", ""))


@feature.press("flag_hint")
async def tip(ctx: Context, pressed: Pressed, kind: str, message: str) -> Reply:
    """How the post could be better, with an example."""
    if kind not in ADVICE:
        raise UserError(ctx.t("This button no longer works. Please run its command again."))
    return Reply(
        ctx.t(ADVICE[kind]),
        ctx.t(EXAMPLES[kind]),
        ctx.t("Then edit the post where it stands: I read it again at once."),
    )


@feature.press("flag_fine")
async def fine(ctx: Context, pressed: Pressed, message: str) -> Reply:
    """The author says that it is fine: those who look at it read that."""
    case = await ctx.store.cases.of_message(ctx.community.id, message)
    if case is None or case.member_id != ctx.myself.id:
        raise UserError(ctx.t("This post is not before our experts. There is nothing to do."))
    if case.state == "decided":
        if _can_appeal(case):
            return Reply(
                ctx.t("Our experts have looked at it already. If you see it otherwise, let others look."),
                buttons=[Button(ctx.t("Let others look"), "appeal", (str(case.id),))],
            )
        return Reply(ctx.t("Our experts have looked at it already: it is settled."))
    await ctx.store.cases.say_fine(ctx.community.id, case.id, ctx.t("The author says that it is fine."))
    return Reply(ctx.t("Thank you. Our experts look at it, and know that you find it fine. I tell you here."))


async def _appealed(ctx: Context, number: int, words: str) -> Reply:
    case = await _mine(ctx, number)
    said = " ".join(words.split())[:LONGEST]
    if not await ctx.store.cases.appeal(ctx.community.id, case.id, said, ctx.now):
        raise UserError(ctx.t("Others look at it already. I tell you here what they find."))
    return Reply(
        ctx.t("Others than before look at your post, and read what you say. I tell you here what they find."),
        ctx.t("If it was fine, everything comes back: the post, where it was taken away, and its points."),
    )


async def _mine(ctx: Context, number: int) -> Case:
    """A case of the one who asks, against whose outcome one can appeal. Raises UserError."""
    case = await ctx.store.cases.get(ctx.community.id, number)
    if case is None or case.member_id != ctx.myself.id:
        raise UserError(ctx.t("I know of no such post of yours. /appeal shows those that there are."))
    if not _can_appeal(case):
        raise UserError(*_nothing(ctx, [case]))
    return case


def _room(case: Case) -> str:
    return case.channel_title or case.space_title


def _can_appeal(case: Case) -> bool:
    return case.bad and case.appealed_at is None


def _nothing(ctx: Context, mine: list[Case]) -> list[Text]:
    """Why there is nothing to appeal."""
    t = ctx.t
    if any(case.state == "open" for case in mine):
        return [t("Our experts look at your post at present. I tell you here what they find.")]
    if any(case.bad for case in mine):
        return [
            t("Others have looked at it already, which can be asked once a post."),
            t("If you think that something went wrong, write to an admin."),
        ]
    return [t("Nothing is held against any post of yours.")]
