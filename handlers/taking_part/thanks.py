"""Thanks: saying thank you gives points to the person who helped.

"+", "thanks" or "谢谢" as a reply; "thanks @name" without one; or /thanks. One payment for each post
and giver, or for each person and day where no post is named. A thanks that counted is acknowledged
by a reaction of the bot, never by a message.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated

from pydantic import Field

from handlers.base import (
    MUTED,
    N_,
    Action,
    Author,
    Award,
    Command,
    Context,
    Deleted,
    Feature,
    FeatureSettings,
    Help,
    ListenerContext,
    Posted,
    React,
    Reply,
    Rest,
    Someone,
    TakeBack,
    UserError,
    source_given,
    source_given_on,
)
from handlers.taking_part.given import Refused, give, may_give
from storage.values import Account

RULE = "thanks"


class Settings(FeatureSettings):
    """What being thanked earns."""

    points: int = Field(default=3, ge=0, le=1_000, description="Points for a thank-you received.")
    pair_limit: int = Field(
        default=3, ge=0, le=1_000, description="How many thank-yous a day from one person count."
    )
    daily_limit: int = Field(
        default=20, ge=0, le=10_000, description="How many thank-yous received a day count."
    )
    words: str = Field(
        default="", max_length=500, description="Further words that mean thank you here, separated by commas."
    )
    acknowledge: str = Field(default="👍", max_length=8, description="The reaction I set on a thank-you that counted; empty for none.")  # fmt: skip  # noqa: E501


feature = Feature("thanks", Settings)

PLUS = re.compile(r"\A\s*(?:\+{1,3}|\+1|👍+|🙏+|❤️?)\s*(?:\Z|[\s!.。！])")
"""The whole of a reply, or its beginning."""
LONGEST = 4_000
"""Characters of a text in which a thank-you is looked for."""
WORDS = (
    "thanks", "thank", "thankyou", "thanku", "thx", "thnx", "tnx", "thanx", "ty",
    "thnks", "thnk", "thks", "tnk", "tq", "tysm", "cheers", "much appreciated",
    "谢谢", "谢啦", "谢了", "多谢", "感谢", "非常感谢", "謝謝", "多謝", "感謝", "3q",
    "спасибо", "спс", "благодарю", "obrigado", "obrigada", "gracias", "merci", "danke",
)  # fmt: skip
NEGATED = re.compile(
    r"\b(?:no|not|without|don['’]?t),? (?:thanks|thank)\b|\bthank (?:god|goodness|heavens?)\b"
    r"|不用谢|不谢|别谢|thanks (?:to nobody|for nothing)"
)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One linear pattern of literal words: those of letters stand alone, Chinese ones anywhere."""
    return re.compile(
        "|".join(
            re.escape(word) if "\u3400" <= word[0] <= "\u9fff" else rf"(?<!\w){re.escape(word)}(?!\w)"
            for word in words
        )
    )


_KNOWN = _pattern(WORDS)


def thanks(text: str, further: str = "") -> bool:
    """Whether a text says thank you, in the languages we know or by the community's own words."""
    folded = text[:LONGEST].casefold()
    if _says(folded, further):
        # "I do not thank you for it. Thanks all the same" says it once.
        return not NEGATED.search(folded) or _says(NEGATED.sub(" ", folded), further)
    return bool(PLUS.match(text)) and not NEGATED.search(folded)


def _says(folded: str, further: str) -> bool:
    # Every post is looked at, and most hold none of the words: that is found out without the pattern.
    if any(word in folded for word in WORDS) and _KNOWN.search(folded):
        return True
    own = [word for part in further.split(",") if (word := part.strip().casefold())]
    return bool(own) and bool(_pattern(own).search(folded))


@feature.on(Posted)
def thanked(ctx: ListenerContext, event: Posted) -> Iterable[Action]:
    """A post that says thank you pays the person who was answered, or those who are named."""
    rules = ctx.settings(Settings)
    if not rules.points or event.forwarded or event.via_bot or not thanks(event.text, rules.words):
        return
    given: list[Action] = []
    ids = partial(ctx.facts.ids_of, ctx.community.id, event.place.platform)
    reply = event.reply_to
    stored = ctx.facts.post(ctx.space.id, reply.message) if reply and reply.author is Author.PERSON else None
    answered = ctx.facts.account_by_id.get(stored.account_id) if stored and stored.account_id else None
    if reply is not None and answered is not None and stored is not None and not stored.deleted:
        sources = [source_given(event.place, reply.message, giver) for giver in ids(event.person.id)]
        given += _pay(ctx, rules, sources, answered, reply.message)
    else:
        for to in _named(ctx, event):
            if PLUS.match(event.text) and not _KNOWN.search(event.text.casefold()):
                break  # a bare "+ @name" is as likely a vote
            sources = [
                source_given_on(event.place, receiver, giver, ctx.day)
                for giver in ids(event.person.id)
                for receiver in ids(to.external_id)
            ]
            given += _pay(ctx, rules, sources, to, event.message)
    yield from given
    if given and rules.acknowledge:
        yield React(
            key=f"thanks:{event.place.platform}:{event.message}",
            place=event.place,
            message=event.message,
            emoji=rules.acknowledge,
        )


def _named(ctx: ListenerContext, event: Posted) -> Sequence[Account]:
    """The accounts that the text names, each once."""
    found: dict[int, Account] = {}
    for person in event.mentions:
        account = (
            ctx.facts.account(event.place.platform, person.id)
            if person.id
            else ctx.facts.handles.get((ctx.space.id, (person.handle or "").casefold()))
        )
        if account is not None:
            found[account.id] = account
    return list(found.values())


def _pay(
    ctx: ListenerContext, rules: Settings, sources: Sequence[str], to: Account, message: str
) -> Iterable[Action]:
    return give(
        ctx,
        RULE,
        sources,
        to,
        points=rules.points,
        pair_limit=rules.pair_limit,
        daily_limit=rules.daily_limit,
        message=message,
    )


@feature.on(Deleted)
def thanks_deleted(ctx: ListenerContext, event: Deleted) -> Iterable[Action]:
    """A thank-you that is gone, and was that person's only answer, takes its points back."""
    for source in ctx.facts.sources_gone(ctx.space.id, event.messages):
        yield TakeBack(rule=RULE, source=source, at=event.at, note="deleted")


REFUSALS = {
    Refused.ONESELF: N_("Thanking yourself does not count. Kind of you, though."),
    Refused.PAIR_LIMIT: N_(
        "You have thanked {name} {n} times today, which is the most that counts. Tomorrow it counts again."
    ),
    Refused.DAILY_LIMIT: N_(
        "{name} was thanked {n} times today, which is the most that counts. Tomorrow it counts again."
    ),
    Refused.ALREADY: N_("You have thanked {name} for this already."),
    Refused.MUTED: N_("{name} cannot be given points just now."),
    Refused.NOBODY: N_("I do not know who wrote that, so I cannot thank them."),
}


@feature.command(
    "thanks",
    answer="private",
    where="space",
    menu=N_("Thank"),
    help=N_("Thank somebody who helped you"),
    examples=("/thanks @bob",),
)
async def thank(
    ctx: Context,
    command: Command,
    member: Annotated[Someone | None, Help(N_("Whom to thank"))] = None,
    reason: Annotated[Rest | None, Help(N_("What for"))] = None,
) -> list[Action]:
    """Thank a person, for a post when one was answered."""
    rules = ctx.settings(Settings)
    assert ctx.space is not None
    if ctx.account is None or ctx.member is None:
        raise UserError(
            ctx.t("An admin who writes as the group is nobody's giver. Thank them with your own name.")
        )
    reply = command.reply_to
    named = member or (
        Someone(id=reply.person.id, name=reply.person.name) if reply and reply.person else None
    )
    if named is None or (reply is not None and reply.author is not Author.PERSON and member is None):
        raise UserError(ctx.t("Whom do you mean? Answer one of their messages, or name them with @."))
    receiver = await ctx.find(named)
    theirs = await _ids_here(ctx, receiver.id, command, first=named.id)
    to = await ctx.store.people.account(command.place.platform, theirs[0]) if theirs else None
    if to is None or to.is_bot:
        raise UserError(ctx.t(REFUSALS[Refused.NOBODY]))
    about = (
        reply.message
        if reply is not None and reply.person is not None and reply.person.id == to.external_id
        else None
    )
    day = ctx.community.calendar.day(command.at)
    mine = await _ids_here(ctx, ctx.member.id, command, first=ctx.account.external_id)
    sources = (
        [source_given(command.place, about, giver) for giver in mine]
        if about
        else [source_given_on(command.place, their, giver, day) for giver in mine for their in theirs]
    )
    today, from_me = await ctx.store.points.given_today(receiver.id, ctx.member.id, RULE, day)
    refusal = may_give(
        giver=ctx.member.id,
        receiver=receiver.id,
        muted=await ctx.store.grants.held(receiver.id, MUTED, command.at),
        from_giver_today=from_me,
        today=today,
        pair_limit=rules.pair_limit,
        daily_limit=rules.daily_limit,
    )
    # Also as it stands for a giver who was forgotten since, and is back.
    kept = [*sources, *map(ctx.store.privacy.hidden, sources)]
    if refusal is None and any([await ctx.store.points.stands(RULE, source) for source in kept]):
        refusal = Refused.ALREADY
    if refusal is not None:
        n = rules.pair_limit if refusal is Refused.PAIR_LIMIT else rules.daily_limit
        raise UserError(ctx.t(REFUSALS[refusal], name=receiver.name, n=n))
    return [
        Award(
            rule=RULE,
            source=sources[0],
            points=rules.points,
            community=ctx.community.id,
            member=receiver.id,
            account=to.id,
            space=ctx.space.id,
            channel=ctx.channel.id if ctx.channel else None,
            actor=ctx.account.id,
            message=about,
            at=command.at,
            note=str(reason or "")[:200],
        ),
        Reply(
            ctx.t.n(
                "{name} has {n} point more, thanks to you.",
                "{name} has {n} points more, thanks to you.",
                rules.points,
                name=receiver.name,
            )
        ),
    ]


async def _ids_here(ctx: Context, member: int, command: Command, *, first: str) -> list[str]:
    """The ids of a member's accounts on this platform: the one named first, else the newest."""
    accounts = await ctx.store.people.accounts_of(member)
    ids = [each.external_id for each in reversed(accounts) if each.platform == command.place.platform]
    return sorted(ids, key=lambda id: id != first)
