"""Looking: who looks at cases, how many they have answered, and which they may judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import Field

from handlers.base import N_, Context, FeatureSettings, UserError
from handlers.quality.choosing import in_turn
from handlers.quality.settings import Settings as Judging
from storage.cases import SKIP, Case, Verdict
from storage.committee import Waiting, Wishes
from storage.values import Member

AGAIN_WITHIN: Final = timedelta(days=14)
"""A decided case is judged a second time only while it is as fresh."""


class Settings(FeatureSettings):
    """How experts are asked."""

    PER_CHANNEL = frozenset({"here"})

    here: bool = Field(
        default=False,
        description=N_("Whether cards stand here for all to see who can read here: a review channel."),
    )
    a_day: int = Field(
        default=10,
        ge=1,
        le=500,
        description=N_("How many cards an expert gets a day, unless they wish else."),
    )
    claim_minutes: int = Field(
        default=10, ge=1, le=240, description=N_("For how many minutes a card is one expert's alone.")
    )
    advert_needs: int = Field(
        default=1, ge=1, le=5, description=N_("How many experts must agree on what looks like an advert.")
    )
    abuse_needs: int = Field(
        default=1, ge=1, le=5, description=N_("How many experts must agree on what may hurt somebody.")
    )
    low_effort_needs: int = Field(
        default=1, ge=1, le=5, description=N_("How many experts must agree on what says little.")
    )
    off_topic_needs: int = Field(
        default=1, ge=1, le=5, description=N_("How many experts must agree on what looks off topic.")
    )
    twice_percent: int = Field(
        default=5,
        ge=0,
        le=100,
        description=N_(
            "Of 100 decided cases, how many a second expert judges, to see how far experts agree."
        ),
    )
    contacts: int = Field(
        default=12,
        ge=0,
        le=200,
        description=N_(
            "From how many answers and thanks between two people neither judges the other's posts; 0: never."
        ),
    )
    contact_days: int = Field(
        default=30, ge=1, le=365, description=N_("In how many days those answers and thanks are counted.")
    )
    letter_hour: int = Field(
        default=9,
        ge=0,
        le=23,
        description=N_("At which hour of the community's day experts who wish it hear what waits."),
    )

    def needed(self, kind: str) -> int:
        """How many experts must agree on a case of that kind."""
        return int(getattr(self, f"{kind}_needs", 1))


@dataclass(frozen=True, slots=True)
class Looker:
    """An expert: a person with all their accounts."""

    member: Member
    account: int
    mine: tuple[int, ...]
    wishes: Wishes
    answered: int
    """Cards that they have answered today."""

    def left(self, rules: Settings) -> int:
        """How many cards they still get today."""
        return max((self.wishes.a_day or rules.a_day) - self.answered, 0)


async def looker_of(ctx: Context) -> Looker:
    """Who asks. Raises UserError for an anonymous admin, who is nobody in particular."""
    me = ctx.myself
    assert ctx.account is not None  # there is a member
    mine = tuple(each.id for each in await ctx.store.people.accounts_of(me.id))
    today = ctx.community.calendar.start_of(ctx.community.calendar.day(ctx.now))
    return Looker(
        member=me,
        account=ctx.account.id,
        mine=mine,
        wishes=await ctx.store.committee.wishes(ctx.community.id, mine),
        answered=await ctx.store.committee.looked_at(ctx.community.id, mine, today),
    )


async def candidates(ctx: Context, who: Looker) -> Sequence[Waiting]:
    """What they could look at now, best first."""
    rules, committee = ctx.settings(Settings), ctx.store.committee
    waiting = await committee.waiting(ctx.community.id, who.mine, ctx.now)
    second = await committee.second_looks(
        ctx.community.id,
        who.mine,
        ctx.now,
        percent=rules.twice_percent,
        since=ctx.now - AGAIN_WITHIN,
    )
    unsure = ctx.settings(Judging).unsure_percent
    return in_turn(waiting, second, who.answered, ctx.now, unsure_percent=unsure)


async def is_close(ctx: Context, who: Looker, author: int) -> bool:
    """Whether somebody often answers or thanks the author of a post, or the author them."""
    rules = ctx.settings(Settings)
    them = await ctx.store.people.member(ctx.community.id, author)
    if not rules.contacts or them is None:
        return False
    theirs = [each.id for each in await ctx.store.people.accounts_of(them.id)]
    since = ctx.now - timedelta(days=rules.contact_days)
    times = await ctx.store.committee.contacts(
        who.member.id, who.mine, them.id, theirs, since, rules.contacts
    )
    return times >= rules.contacts


async def refuse(ctx: Context, who: Looker, case: Case, verdicts: Sequence[Verdict]) -> None:
    """Raises UserError where somebody may not judge a case: it is looked at again when it is pressed."""
    if case.account_id in who.mine:
        raise UserError(
            ctx.t("This is your own post, so somebody else judges it. Next: {command}", command="/review")
        )
    if case.appealed_at is not None and any(
        each.account_id in who.mine
        and each.outcome != SKIP
        and each.void_at is None
        and each.at < case.appealed_at
        for each in verdicts
    ):
        raise UserError(
            ctx.t("You decided this before, so an appeal is for others. Next: {command}", command="/review")
        )
    if await is_close(ctx, who, case.account_id):
        raise UserError(
            ctx.t(
                "You and the author often answer each other, so somebody else judges it. Next: {command}",
                command="/review",
            )
        )


def votes(case: Case, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that count now: after an appeal those that were said since."""
    since = case.appealed_at if case.state == "open" else None
    return [
        each
        for each in verdicts
        if each.void_at is None
        and not each.again
        and each.outcome != SKIP
        and (since is None or each.at >= since)
    ]
