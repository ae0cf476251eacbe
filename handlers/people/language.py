"""Language: how I speak to one person, whatever the community's language is."""

from typing import Annotated

from handlers.base import (
    N_,
    Button,
    Command,
    Context,
    Feature,
    Help,
    Parsed,
    Pressed,
    Reply,
    Suggest,
    Texts,
)
from handlers.words.languages import named, offer_languages, read_language

SAME = "same"

feature = Feature("language")


def read_choice(word: str, t: Texts) -> str:
    """A language, or "same" for the community's."""
    if word.casefold() in (SAME, "community", "默认", t("same").casefold()):
        return SAME
    return read_language(word, t)


def offer(ctx: Context, typed: str) -> list[tuple[str, str]]:
    return [*offer_languages(ctx.t, typed), (SAME, ctx.t("same"))]


Choice = Annotated[str, Parsed(read_choice), Suggest(offer), Help(N_("The language I speak to you"))]


@feature.command(
    "language", help=N_("The language I speak to you"), examples=("language zh_CN", "language same")
)
async def language(ctx: Context, command: Command, language: Choice | None = None) -> Reply:
    if language is not None:
        return await choose(ctx, language)
    own = ctx.myself.language
    now = named(ctx.t, ctx.t.language)
    return Reply(
        ctx.t("I speak {language} to you.", language=now)
        if own
        else ctx.t("I speak {language} to you, as in the whole community.", language=now),
        buttons=[
            *(Button(name, "language", (code,)) for code, name in ctx.t.languages.items()),
            Button(ctx.t("As the community"), "language", (SAME,)),
        ],
    )


@feature.press("language")
async def chosen(ctx: Context, pressed: Pressed, language: Choice) -> Reply:
    return await choose(ctx, language)


async def choose(ctx: Context, language: str) -> Reply:
    """Keep the choice, and answer in the language chosen."""
    code = ctx.community.language if language == SAME else language
    await ctx.store.people.set_language(ctx.myself.id, None if language == SAME else language)
    t = ctx.texts(code)
    return Reply(t("I speak {language} to you from now on.", language=named(t, code)))
