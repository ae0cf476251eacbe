"""Language: how I speak to one person, whatever the community's language is."""

from typing import Annotated

from handlers.base import N_, Button, Command, Context, Feature, Help, Parsed, Pressed, Reply, Texts
from handlers.words.languages import CHOICES, LANGUAGES, read_language

SAME = "same"

feature = Feature("language")


def read_choice(word: str, t: Texts) -> str:
    """A language, or "same" for the community's."""
    if word.casefold() in (SAME, "community", "默认", t("same").casefold()):
        return SAME
    return read_language(word, t)


Choice = Annotated[
    str, Parsed(read_choice, choices=(*CHOICES, (SAME, N_("same")))), Help(N_("The language I speak to you"))
]


@feature.command(
    "language", help=N_("The language I speak to you"), examples=("language zh_CN", "language same")
)
async def language(ctx: Context, command: Command, language: Choice | None = None) -> Reply:
    if language is not None:
        return await choose(ctx, language)
    own = ctx.myself.language
    now = LANGUAGES.get(ctx.t.language, ctx.t.language)
    return Reply(
        ctx.t("I speak {language} to you.", language=now)
        if own
        else ctx.t("I speak {language} to you, as in the whole community.", language=now),
        buttons=[
            *(Button(name, "language", (code,)) for code, name in CHOICES),
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
    return Reply(t("I speak {language} to you from now on.", language=LANGUAGES.get(code, code)))
