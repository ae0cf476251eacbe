"""Suggestions report: what came of suggestions, and whether choosing for members beats popularity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from handlers.base import (
    ADMIN,
    N_,
    Between,
    Bold,
    Command,
    Context,
    Feature,
    Help,
    Reply,
    Text,
    Texts,
)
from handlers.learning.suggesting import Settings as SuggestSettings
from recsys.experiments import Difference, Share, difference, members_needed
from storage.suggestions import Arm, Figure

DAYS = 90
FEWEST = 20
"""With fewer members on one side nothing is said of a difference."""
LONG = 104
"""So many weeks, or more, are said to be years."""
WORTH = 0.05
"""A smaller difference than this is not waited for."""
WAYS = {
    "asked": N_("Asked for"),
    "pushed": N_("Written unasked"),
    "finished": N_("After a course"),
    "welcome": N_("In the welcome"),
    "digest": N_("In a digest"),
}
LANES = {
    "blend": N_("Chosen for the member"),
    "new": N_("New courses"),
    "pinned": N_("Pinned"),
    "popular": N_("Popular"),
    "path": N_("Next on the path"),
}

Days = Annotated[int, Between(7, 730), Help(N_("How many days back"))]

feature = Feature("suggestions_report")


@dataclass(frozen=True, slots=True)
class Compared:
    """The two arms, by members: who was shown something, and who of them enrolled in it."""

    model: Share
    popular: Share

    @property
    def members(self) -> int:
        """In both."""
        return self.model.of + self.popular.of

    @property
    def difference(self) -> Difference:
        """The model's share less popularity's."""
        return difference(self.model, self.popular)


@feature.command(
    "suggestions_report",
    needs=ADMIN,
    help=N_("What came of suggestions, and whether choosing beats popularity"),
    examples=("suggestions_report", "suggestions_report 30"),
)
async def report(ctx: Context, command: Command, days: Days = DAYS) -> Reply:
    t = ctx.t
    await ctx.store.suggestions.note_enrolments(ctx.community.id, ctx.now)
    figures = await ctx.store.suggestions.figures(ctx.community.id, ctx.now - timedelta(days=days))
    figures = [each for each in figures if each.lane in LANES]
    lines: list[Text] = []
    if not figures:
        lines = [
            Bold(
                t.n(
                    "Nothing was suggested in the last {n} day.",
                    "Nothing was suggested in the last {n} days.",
                    days,
                )
            ),
            t("Members ask for suggestions with {command}.", command="/suggest"),
        ]
    else:
        compared = compare(figures)
        share = ctx.settings(SuggestSettings).held_out / 100
        lines = [
            Bold(verdict(t, compared, share, days)),
            *arms(t, compared),
            "",
            t("How it was suggested:"),
            *(told(t, t(WAYS[way]), some) for way, some in grouped(figures, "way", WAYS)),
            "",
            t("Where it came from:"),
            *(told(t, t(LANES[lane]), some) for lane, some in grouped(figures, "lane", LANES)),
        ]
    serving = ctx.suggesting.serving(ctx.community.id) if ctx.suggesting else None
    if serving is not None and serving.trouble:
        lines += ["", t("The file of the newest model cannot be used; what served before goes on: /model")]
    return Reply(*lines)


def compare(figures: Iterable[Figure]) -> Compared:
    """Members of each arm; who was in both, because accounts became one, is in neither."""
    arms_of: dict[int, set[Arm]] = {}
    won: set[int] = set()
    for each in figures:
        if each.arm == "none" or each.lane == "pinned":  # what is pinned is shown to both
            continue
        arms_of.setdefault(each.member_id, set()).add(each.arm)
        if each.enrolled:
            won.add(each.member_id)
    sides = {
        arm: [member for member, theirs in arms_of.items() if theirs == {arm}] for arm in ("model", "popular")
    }
    return Compared(*(Share(len(won.intersection(members)), len(members)) for members in sides.values()))


def verdict(t: Texts, compared: Compared, share: float, days: int) -> str:
    """What can be said of the difference; or that it is too early, and until when about."""
    if not compared.model.of:
        return t("Nothing was learned of members yet, so there is nothing to compare.")
    if not share and not compared.popular.of:
        return t("Nobody is held out, so there is nothing to compare with: /set suggest.held_out 10")
    found = compared.difference
    if min(compared.model.of, compared.popular.of) >= FEWEST and found.clear:
        low, high = sorted(round(abs(each) * 100) for each in (found.low, found.high))
        if found.value > 0:
            return t(
                "Choosing for members works: of 100, {low} to {high} more enrol than with popularity.",
                low=t.number(low),
                high=t.number(high),
            )
        return t(
            "Choosing for members does worse: of 100, {low} to {high} fewer enrol than with popularity.",
            low=t.number(low),
            high=t.number(high),
        )
    more = missing(compared, share)
    weeks = max(1, round(more / max(compared.members, 1) * days / 7))
    if weeks > LONG:
        return t.n(
            "Too early to tell. About {n} more member would be needed, which takes years at this pace.",
            "Too early to tell. About {n} more members would be needed, which takes years at this pace.",
            more,
        )
    return t.n(
        "Too early to tell: about {n} more member is needed, some {weeks} weeks at this pace.",
        "Too early to tell: about {n} more members are needed, some {weeks} weeks at this pace.",
        more,
        weeks=t.number(weeks),
    )


def missing(compared: Compared, share: float) -> int:
    """About how many more members it takes to tell a difference such as this one, or one worth knowing of."""
    base = compared.popular.value if compared.popular.of >= FEWEST else compared.model.value
    seen = compared.difference.value if compared.popular.of >= FEWEST else 0.0
    wide = max(abs(seen), WORTH)
    base = min(max(base, 0.02), 0.98 - wide)
    part = compared.popular.of / compared.members if compared.popular.of >= FEWEST else share
    needed = members_needed(base + wide, base, min(max(part, 0.02), 0.5))
    return max(needed - compared.members, 1)


def arms(t: Texts, compared: Compared) -> list[Text]:
    """Both arms in figures, and the difference with its interval."""
    if not compared.popular.of or not compared.model.of:
        return []
    found = compared.difference
    return [
        _arm(t, t("Chosen for them"), compared.model),
        _arm(t, t("Popularity (held out)"), compared.popular),
        t(
            "Difference: {points} points of a hundred, with 95 in 100 certainty {low} to {high}.",
            points=_signed(found.value),
            low=_signed(found.low),
            high=_signed(found.high),
        ),
    ]


def _arm(t: Texts, name: str, share: Share) -> str:
    return t.n(
        "{name}: {n} member, {enrolled} enrolled ({part} in 100)",
        "{name}: {n} members, {enrolled} enrolled ({part} in 100)",
        share.of,
        name=name,
        enrolled=t.number(share.hits),
        part=t.number(round(share.value * 100)),
    )


def grouped(figures: Sequence[Figure], by: str, order: Iterable[str]) -> list[tuple[str, list[Figure]]]:
    """The figures of each way, or of each lane, in that order; none without any."""
    found = [(name, [each for each in figures if getattr(each, by) == name]) for name in order]
    return [(name, some) for name, some in found if some]


def told(t: Texts, name: str, some: Sequence[Figure]) -> str:
    """ "Asked for: 31 shown, 12 opened, 4 enrolled, 2 not wanted"."""
    return t(
        "• {name}: {shown} shown, {opened} opened, {enrolled} enrolled, {refused} not wanted",
        name=name,
        shown=t.number(sum(each.shown for each in some)),
        opened=t.number(sum(each.opened for each in some)),
        enrolled=t.number(sum(each.enrolled for each in some)),
        refused=t.number(sum(each.dismissed for each in some)),
    )


def _signed(value: float) -> str:
    points = round(value * 100)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
