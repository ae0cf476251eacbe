"""Suggesting: the cards that suggestions are shown on, remembered as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import Field

from handlers.base import (
    N_,
    Bold,
    Button,
    Context,
    FeatureSettings,
    Pick,
    Picked,
    Reply,
    Suggesting,
    Terms,
    Text,
    Texts,
    UserError,
    Wanted,
)
from handlers.learning.card import shortened
from handlers.words.courses import facts_of, length_of, named
from handlers.words.reasons import LATELY, MANY, heading, many_as_reason, reason_in_words
from storage.courses import Course, Lesson
from storage.store import Store
from storage.suggestions import NewShowing, Showing, Way
from storage.values import Account, Community, Member

SAME = timedelta(hours=12)
"""Who asks again within so long looks at the same cards: they are not counted as shown again."""
LABEL = 34
"""So many signs of a title stand on a button."""
LONGEST = 400

Sign = tuple[int, str, str, str | None]
"""What is told of a course, so that the same is not counted twice: course, lane and reason."""


class Settings(FeatureSettings):
    """How courses are suggested."""

    held_out: int = Field(
        default=10,
        ge=0,
        le=50,
        description=N_(
            "Of how many members in a hundred popularity decides what is suggested, to have something to"
            " compare with in /suggestions_report."
        ),
    )
    again_days: int = Field(
        default=30,
        ge=0,
        le=365,
        description=N_("For how many days a suggested course is not suggested again unasked."),
    )
    later_days: int = Field(
        default=14, ge=1, le=365, description=N_("For how many days “Later” puts a suggestion off.")
    )
    sure_from: float = Field(
        default=1.0,
        ge=0.0,
        le=5.0,
        description=N_(
            "How far a course must stand out for a member, in deviations, before I write to them unasked."
        ),
    )

    @property
    def terms(self) -> Terms:
        """As what suggests takes them."""
        return Terms(held_out=self.held_out / 100, again_days=self.again_days, sure_from=self.sure_from)


@dataclass(frozen=True, slots=True)
class Card:
    """A suggestion as it is shown. showing: its number, which its buttons carry."""

    showing: int
    course: Course
    heading: str
    reason: str
    facts: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom cards are shown to, and in which language."""

    community: Community
    member: Member
    account: Account
    t: Texts


async def look(ctx: Context, wanted: Wanted) -> Picked:
    """What could be suggested to who asks. Raises UserError where it cannot be said, or may not."""
    t = ctx.t
    member = ctx.myself
    if ctx.suggesting is None:
        raise UserError(t("I cannot suggest anything here. {command} shows all courses.", command="/courses"))
    if not (await ctx.store.privacy.choices(member.id)).profiled:
        raise UserError(
            t("You asked me to make no suggestions for you."),
            t(
                "To have them again: {command}. All courses: {all}",
                command="/optin profiling",
                all="/courses",
            ),
        )
    terms = ctx.settings(Settings).terms
    return await ctx.suggesting.pick(ctx.store, ctx.community, member, wanted, terms, ctx.now)


async def show(ctx: Context, picked: Picked, wanted: Wanted) -> list[Card]:
    """The cards of what was picked for who asks, remembered as shown."""
    assert ctx.account is not None
    reader = Reader(ctx.community, ctx.myself, ctx.account, ctx.t)
    return await cards_for(ctx.store, reader, picked, wanted, ctx.now)


async def cards_for(
    store: Store,
    reader: Reader,
    picked: Picked,
    wanted: Wanted,
    now: datetime,
) -> list[Card]:
    """The cards of what was picked, remembered as shown. What was withdrawn meanwhile is left out."""
    here = reader.community.id
    found = await store.courses.named(here, [each.course_id for each in picked.picks])
    picks = [each for each in picked.picks if each.course_id in found]
    picks = [each for each in picks if found[each.course_id].state == "published"]
    picks = await _counted(store, here, picks, now)
    known = await _just_shown(store, reader, wanted, now) if wanted.asked else {}
    new = [each for each in picks if _sign(each) not in known]
    rows = [
        NewShowing(
            community_id=here,
            course_id=each.course_id,
            account_id=reader.account.id,
            arm=picked.arm,
            way=wanted.way,
            lane=each.lane,
            rank=each.rank,
            score=each.score,
            because=each.because,
            because_of=each.because_of,
            model=picked.model,
            shown_at=now,
        )
        for each in new
    ]
    known |= dict(zip(map(_sign, new), await store.suggestions.show(rows), strict=True))
    lessons = await store.courses.lessons_of([each.course_id for each in picks])
    return [
        await card_of(
            store,
            reader.t,
            found[each.course_id],
            lessons.get(each.course_id, []),
            each,
            known[_sign(each)],
        )
        for each in picks
    ]


async def one_for(
    store: Store,
    suggesting: Suggesting,
    reader: Reader,
    way: Way,
    terms: Terms,
    now: datetime,
) -> Card | None:
    """One suggestion for a digest and the like, remembered as shown; None: nothing is good enough.

    Call `suggesting.ready` before the transaction. `settings.terms` are the community's.
    """
    wanted = Wanted(way=way, count=1)
    picked = await suggesting.pick(store, reader.community, reader.member, wanted, terms, now)
    cards = await cards_for(store, reader, picked, wanted, now) if picked.sure else []
    return cards[0] if cards else None


async def card_of(
    store: Store,
    t: Texts,
    course: Course,
    lessons: Sequence[Lesson],
    why: Pick | Showing,
    number: int,
) -> Card:
    """One card, in words."""
    reason = await reason_in_words(
        t,
        store,
        course,
        lane=why.lane,
        rank=why.rank,
        because=why.because,
        because_of=why.because_of,
    )
    facts = facts_of(t, course, len(lessons), length_of(course, lessons))
    return Card(number, course, heading(t, why.lane, why.because, course), reason, facts)


async def card_again(ctx: Context, showing: Showing) -> Card:
    """The card of what was shown. Raises UserError where the course is offered no more."""
    course = await ctx.store.courses.get(ctx.community.id, showing.course_id)
    if course is None or course.state != "published":
        raise UserError(
            ctx.t("This course is not offered any more."),
            ctx.t("{command} looks for something else.", command="/suggest"),
        )
    if showing.because in MANY:
        taken = await ctx.store.suggestions.taken(ctx.community.id, ctx.now - LATELY, [course.id])
        because, of = many_as_reason(taken.get(course.id))
        showing = replace(showing, because=because, because_of=of)
    lessons = await ctx.store.courses.lessons(course.id)
    return await card_of(ctx.store, ctx.t, course, lessons, showing, showing.id)


async def showing_of(ctx: Context, number: int) -> Showing:
    """What was shown to who presses. Raises UserError."""
    found = await ctx.store.suggestions.get(ctx.community.id, ctx.myself.id, number)
    if found is None:
        raise UserError(
            ctx.t("I do not know this suggestion any more."),
            ctx.t("{command} makes new ones.", command="/suggest"),
        )
    return found


def listed(t: Texts, cards: Sequence[Card]) -> tuple[list[Text], list[Button | list[Button]]]:
    """Cards in a message: one with all its buttons, or several of which each can be opened."""
    if len(cards) == 1:
        return card_lines(cards[0]), card_buttons(t, cards[0])
    lines: list[Text] = []
    rows: list[Button | list[Button]] = []
    for place, card in enumerate(cards, 1):
        number = t.number(place)
        head, *rest = card_lines(card)
        lines += [
            *([""] if lines else []),
            (f"{number}. ", *(head if isinstance(head, tuple) else (head,))),
            *rest,
        ]
        label = f"{number} · {shortened(named(t, card.course), LABEL)}"
        rows.append([Button(label, "suggest_open", (str(card.showing),))])
    return lines, rows


def card_lines(card: Card) -> list[Text]:
    """What is suggested and why, in two lines."""
    head: Text = (Bold(card.heading), f" · {card.facts}") if card.facts else Bold(card.heading)
    return [head, card.reason]


def card_buttons(t: Texts, card: Card, *, opened: bool = False) -> list[Button | list[Button]]:
    """What one can do about a suggestion."""
    number = (str(card.showing),)
    more = [Button(t("More like this"), "suggest_like", number)]
    if not opened:
        more.insert(0, Button(t("What is it about?"), "suggest_open", number))
    elif card.course.link:
        more.insert(0, Button(t("Open"), url=card.course.link))
    return [
        [
            Button(t("Start"), "enrol", (str(card.course.id),)),
            Button(t("Later"), "suggest_later", number),
            Button(t("Not for me"), "suggest_not", number),
        ],
        more,
    ]


def opened_card(t: Texts, card: Card) -> Reply:
    """A suggestion with what the course says of itself."""
    lines = card_lines(card)
    if card.course.text:
        lines += ["", shortened(card.course.text, LONGEST)]
    back = [Button(t("Back"), "suggest", ("again",))]
    return Reply(*lines, buttons=[*card_buttons(t, card, opened=True), back], edit=True)


async def _counted(store: Store, here: int, picks: Sequence[Pick], now: datetime) -> list[Pick]:
    """The same, with how many took a course as it is now."""
    many = [each.course_id for each in picks if each.because in MANY]
    taken = await store.suggestions.taken(here, now - LATELY, many) if many else {}
    return [
        _because(each, *many_as_reason(taken.get(each.course_id))) if each.because in MANY else each
        for each in picks
    ]


def _because(pick: Pick, because: str, of: str | None) -> Pick:
    return replace(pick, because=because, because_of=of)


async def _just_shown(store: Store, reader: Reader, wanted: Wanted, now: datetime) -> dict[Sign, int]:
    """What the member asked for in this way and was shown a moment ago, by course and reason."""
    found = await store.suggestions.standing(reader.community.id, [reader.member.id], now - SAME, now)
    return {
        _sign(each): each.id
        for each in found.get(reader.member.id, [])
        if each.way == wanted.way and each.shown_at >= now - SAME
    }


def _sign(why: Pick | Showing) -> Sign:
    return why.course_id, why.lane, why.because, why.because_of
