"""Opt out: of boards, of suggestions and judgements, or of everything; and back in."""

from typing import Annotated, Literal

from handlers.base import (
    ANYONE,
    N_,
    AlwaysOn,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Suggest,
    Text,
    Texts,
    UserError,
)
from storage.privacy import Choices

What = Literal["board", "profiling", "all"]
WORDS = {"board": N_("board"), "profiling": N_("profiling"), "all": N_("all")}
OUT = {
    "board": N_("Boards no longer show you. Your points count on, and only you see them."),
    "profiling": N_(
        "From now on I make no suggestions for you, put you in no list of who is active or may leave,"
        " and judge nothing you write for its quality."
    ),
    "all": N_(
        "From now on I keep no text of yours and give you no points, boards do not show you, and your"
        " reactions and thanks count for nobody."
    ),
}
BACK = {
    "board": N_("Boards show you again, with all your points."),
    "profiling": N_("I may make suggestions for you again, and judge what you write."),
    "all": N_("From now on what you write counts again, and boards show you."),
}

feature = Feature("optout", AlwaysOn)


def read_what(word: str, t: Texts) -> What:
    """What somebody opts out of, by its name in English or in the reader's language. Raises UserError."""
    folded = (
        word.strip().casefold().removesuffix("s") if word.casefold() == "boards" else word.strip().casefold()
    )
    for what, name in WORDS.items():
        if folded in (what, t(name).casefold()):
            return what  # type: ignore[return-value]  # WORDS has no others
    raise UserError(
        t(
            "“{word}” is not one of these: {choices}.",
            word=word,
            choices=t.c("list", ", ").join(map(t, WORDS.values())),
        )
    )


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return [(what, ctx.t(name)) for what, name in WORDS.items()]


Chosen = Annotated[What, Parsed(read_what), Suggest(offer), Help(N_("Boards, profiling, or all of it"))]


@feature.command(
    "optout",
    needs=ANYONE,
    help=N_("What may not be done with your data"),
    examples=("optout board", "optout all"),
)
async def optout(ctx: Context, command: Command, what: Chosen | None = None) -> Reply:
    return await state(ctx) if what is None else await choose(ctx, what, allowed=False)


@feature.command(
    "optin", needs=ANYONE, help=N_("Take back what you opted out of"), examples=("optin board", "optin all")
)
async def optin(ctx: Context, command: Command, what: Chosen | None = None) -> Reply:
    return await state(ctx) if what is None else await choose(ctx, what, allowed=True)


@feature.press("optout", needs=ANYONE)
async def pressed_out(ctx: Context, pressed: Pressed, what: Chosen) -> Reply:
    return await choose(ctx, what, allowed=False)


@feature.press("optin", needs=ANYONE)
async def pressed_in(ctx: Context, pressed: Pressed, what: Chosen) -> Reply:
    return await choose(ctx, what, allowed=True)


@feature.press("optout_state", needs=ANYONE)
async def pressed_state(ctx: Context, pressed: Pressed) -> Reply:
    return await state(ctx)


async def state(ctx: Context) -> Reply:
    """What holds now, and a button for each that turns it round."""
    t = ctx.t
    chosen = await ctx.store.privacy.choices(ctx.myself.id)
    allowed = allowed_by(chosen)
    sentences = {
        "board": (t("Boards show you."), t("Boards do not show you.")),
        "profiling": (
            t("What you do may become suggestions and judgements."),
            t("Nothing is made of what you do."),
        ),
        "all": (t("What you write is kept, and counts."), t("What you write is neither kept nor counted.")),
    }
    labels = {
        "board": (t("Off boards"), t("Back on boards")),
        "profiling": (t("No profiling"), t("Allow profiling")),
        "all": (t("Out of everything"), t("Back in")),
    }
    lines: list[Text] = [Bold(t("What may be done with your data here"))]
    buttons = []
    for what, yes in allowed.items():
        if what == "all" or chosen.recorded:
            lines.append(f"• {sentences[what][not yes]}")
            buttons.append(Button(labels[what][not yes], "optout" if yes else "optin", (what,)))
    return Reply(*lines, buttons=buttons)


async def choose(ctx: Context, what: What, *, allowed: bool) -> Reply:
    """Keep the choice, and say what follows from it."""
    me = ctx.myself.id
    privacy, people = ctx.store.privacy, ctx.store.people
    chosen = await privacy.choices(me)
    if what != "all" and not chosen.recorded:
        raise UserError(ctx.t("You opted out of everything. To come back: /optin all"))
    if not allowed and what in ("profiling", "all"):
        await ctx.store.suggestions.look_no_more(me)
    if what in ("board", "all"):
        await people.set_hidden(me, not allowed)
    await privacy.choose(
        me,
        profiled=allowed if what in ("profiling", "all") else None,
        recorded=allowed if what == "all" else None,
    )
    lines: list[Text] = [ctx.t((BACK if allowed else OUT)[what])]
    if not allowed:
        if what == "all":
            lines.append(ctx.t("What I kept until now stays until you use /forget."))
        back = Button(ctx.t("Take it back"), "optin", (what,))
        return Reply(*lines, buttons=[back])
    return Reply(*lines)


def allowed_by(chosen: Choices) -> dict[What, bool]:
    """What may be done, by the words of the command."""
    return {"board": chosen.listed, "profiling": chosen.profiled, "all": chosen.recorded}
