"""Suggest unasked: one private message at a member's own hour, when something fits well; and how often."""

from typing import Annotated

from pydantic import Field

from handlers.base import (
    N_,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    Parsed,
    Pressed,
    Pushing,
    Reply,
    Texts,
    Unasked,
    UserError,
    Wanted,
)
from handlers.learning.suggesting import Reader, cards_for, listed
from handlers.learning.suggesting import Settings as SuggestSettings

RHYTHMS = {0: N_("never"), 28: N_("once a month"), 7: N_("once a week"), 3: N_("twice a week")}
"""Days between two messages, at least -> how it is said."""
_WORDS = {
    0: ("never", "off", "no", "从不", "不要", "关"),
    28: ("monthly", "month", "每月", "每月一次"),
    7: ("weekly", "week", "每周", "每周一次"),
    3: ("twice", "twice a week", "more", "每周两次", "两次"),
}
_NAMES = {0: "never", 28: "monthly", 7: "weekly", 3: "twice"}


class Settings(FeatureSettings):
    """When and to whom I write unasked."""

    everybody: bool = Field(
        default=False,
        description=N_(
            "Whether I write also to members who never asked me for a suggestion. Off: only to those who did."
        ),
    )
    after_days: int = Field(
        default=7,
        ge=0,
        le=90,
        description=N_("For how many days newcomers are not written to, unless they chose how often."),
    )
    evening: int = Field(
        default=19,
        ge=0,
        le=23,
        description=N_("At which hour of the community's day I write to who has no usual hour of their own."),
    )
    quiet_from: int = Field(
        default=21, ge=0, le=23, description=N_("From which hour of the community's day I write to nobody.")
    )
    quiet_until: int = Field(
        default=9, ge=0, le=23, description=N_("Until which hour of the community's day I write to nobody.")
    )

    @property
    def pushing(self) -> Pushing:
        """As what suggests takes them."""
        return Pushing(
            everybody=self.everybody,
            after_days=self.after_days,
            evening=self.evening,
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
        )


feature = Feature("suggest_push", Settings)


def read_rhythm(word: str, t: Texts) -> int:
    """How often, in days, in either language. Raises UserError."""
    folded = " ".join(word.casefold().split())
    for days, words in _WORDS.items():
        if folded in (*words, _NAMES[days], str(days), t(RHYTHMS[days]).casefold()):
            return days
    raise UserError(t("Write never, monthly, weekly or twice."))


Rhythm = Annotated[
    int,
    Parsed(read_rhythm, choices=tuple((_NAMES[days], words) for days, words in RHYTHMS.items())),
    Help(N_("How often I may write to you unasked")),
]


@feature.job("push", "5 * * * *")
async def push(ctx: Context) -> None:
    """Have those written to whose hour it is. Beside: reading and choosing takes a while."""
    if ctx.suggesting is not None and ctx.settings(SuggestSettings).enabled:
        terms = ctx.settings(SuggestSettings).terms
        pushing = ctx.settings(Settings).pushing
        ctx.suggesting.push(ctx.community.id, terms, pushing, letter)


async def letter(to: Unasked) -> Reply | None:
    """The one message: a card, and how to hear less of them."""
    reader = Reader(to.community, to.member, to.account, to.t)
    wanted = Wanted(way="pushed", count=1)
    cards = await cards_for(to.store, reader, to.picked, wanted, to.now)
    if not cards:
        return None
    lines, buttons = listed(to.t, cards)
    return Reply(*lines, buttons=[*buttons, [Button(to.t("How often?"), "suggest_often")]])


@feature.command(
    "suggest_often",
    help=N_("How often I may write to you with a suggestion"),
    examples=("suggest_often monthly", "suggest_often never"),
)
async def often(ctx: Context, command: Command, rhythm: Rhythm | None = None) -> Reply:
    return await asked(ctx) if rhythm is None else await choose(ctx, rhythm)


@feature.press("suggest_often")
async def press_often(ctx: Context, pressed: Pressed, rhythm: Rhythm | None = None) -> Reply:
    reply = await asked(ctx) if rhythm is None else await choose(ctx, rhythm)
    reply.edit = rhythm is not None
    return reply


async def asked(ctx: Context) -> Reply:
    """How it is now, and how it could be."""
    t = ctx.t
    wishes = (await ctx.store.suggestions.wishes(ctx.community.id, [ctx.myself.id])).get(ctx.myself.id)
    every = wishes.every_days if wishes else None
    if every is None:
        head = (
            t("You have not said how often. Who once asked me hears from me at most once a week.")
            if not ctx.settings(Settings).everybody
            else t("You have not said how often. I write at most once a week.")
        )
    elif every == 0:
        head = t("I never write to you unasked.")
    else:
        head = t("I write at most {often}.", often=t(RHYTHMS.get(every, RHYTHMS[7])))
    return Reply(
        Bold(head),
        t("Only when a course fits you well, and never in quiet hours. How often may I?"),
        buttons=[
            Button(t(words), "suggest_often", (_NAMES[days],))
            for days, words in RHYTHMS.items()
            if days != every
        ],
    )


async def choose(ctx: Context, every: int) -> Reply:
    """Keep it."""
    t = ctx.t
    assert ctx.account is not None
    await ctx.store.suggestions.wish(ctx.community.id, ctx.account.id, every_days=every, now=ctx.now)
    if not every:
        return Reply(t("From now on I suggest something only when you ask: /suggest"))
    return Reply(
        t(
            "From now on I write to you at most {often}, when something fits you well.",
            often=t(RHYTHMS[every]),
        ),
        buttons=[Button(t("Rather never"), "suggest_often", ("never",))],
    )
