"""Courses: the catalogue, searched and page by page, and a card of each course."""

from typing import Annotated, NamedTuple

from pydantic import Field

from handlers.base import (
    N_,
    NO_TEXT,
    Between,
    Bold,
    Button,
    Command,
    Context,
    Feature,
    FeatureSettings,
    Help,
    Pressed,
    Reply,
    Rest,
    Select,
    Text,
)
from handlers.learning.card import course_card, lesson_list, visible
from handlers.words.courses import (
    LEVEL_WORDS,
    CourseWords,
    course_numbered,
    facts_of,
    find_course,
    language_in_words,
    named,
    one_line,
)
from storage.courses import LEVELS, Search

SOUGHT_BYTES = 20
"""As much of what is sought fits into the buttons that turn the pages."""
TAGS = 10
LANGUAGES = 5

Number = Annotated[int, Between(1, 2**60)]
Page = Annotated[int, Between(1, 100_000)]


class Settings(FeatureSettings):
    """How the catalogue is shown."""

    rows: int = Field(
        default=6, ge=3, le=9, description=N_("How many courses a page of the catalogue shows.")
    )


feature = Feature("courses", Settings)


class Narrowed(NamedTuple):
    """What somebody looks for, as buttons carry it: level and language as words, "f" for free ones."""

    level: str = ""
    language: str = ""
    free: str = ""
    text: str = ""

    @property
    def search(self) -> Search:
        """What is asked of the catalogue. A forged button finds what it says, or nothing."""
        level = int(self.level) if self.level in ("1", "2", "3") else None
        return Search(text=self.text, level=level, language=self.language, free=self.free == "f")


@feature.command(
    "courses",
    help=N_("The courses there are: all, or those about something"),
    examples=("courses", "courses python", "courses #sql"),
)
async def courses(
    ctx: Context,
    command: Command,
    search: Annotated[Rest, Help(N_("What about: words of the title, the teacher, or a #tag"))] = NO_TEXT,
) -> Reply:
    return await catalogue(ctx, Narrowed(text=fitting(search)), 1)


@feature.press("courses")
async def turn(
    ctx: Context,
    pressed: Pressed,
    page: Page = 1,
    level: str = "",
    language: str = "",
    free: str = "",
    text: str = "",
) -> Reply:
    reply = await catalogue(ctx, Narrowed(level, language, free, text), page)
    reply.edit = True
    return reply


@feature.press("courses_by")
async def narrow(
    ctx: Context,
    pressed: Pressed,
    level: str = "",
    language: str = "",
    free: str = "",
    text: str = "",
    choice: str = "",
) -> Reply:
    """Narrow the catalogue down by one more thing, or ask by what."""
    now = Narrowed(level, language, free, text)
    kind, value = choice[:1], choice[1:]
    match kind:
        case "l":
            now = now._replace(level=value)
        case "g":
            now = now._replace(language=value)
        case "f":
            now = now._replace(free="f")
        case "t":
            now = now._replace(text=fitting(f"#{value}"))
        case "x":
            now = Narrowed()
        case _:
            return await _by_what(ctx, now)
    reply = await catalogue(ctx, now, 1)
    reply.edit = True
    return reply


@feature.command(
    "course", help=N_("One course: what it is about, and its lessons"), examples=("course python",)
)
async def course(ctx: Context, command: Command, course: CourseWords) -> Reply:
    return await course_card(ctx, await find_course(ctx, course))


@feature.press("course")
async def open_course(ctx: Context, pressed: Pressed, course: Number) -> Reply:
    return await course_card(ctx, await visible(ctx, await course_numbered(ctx, course)))


@feature.press("course_lessons")
async def all_lessons(ctx: Context, pressed: Pressed, course: Number, page: Page = 1) -> Reply:
    return await lesson_list(ctx, await visible(ctx, await course_numbered(ctx, course)), page)


async def catalogue(ctx: Context, by: Narrowed, page: int) -> Reply:
    """One page of what fits; a page too far is the last one."""
    t, rows = ctx.t, ctx.settings(Settings).rows
    count, found = await ctx.store.courses.search(
        ctx.community.id, by.search, now=ctx.now, rows=rows, page=page
    )
    pages = max(1, -(-count // rows))
    if page > pages:
        return await catalogue(ctx, by, pages)
    if not found:
        return await _nothing(ctx, by)
    lessons = await ctx.store.courses.count_lessons([each.id for each in found])
    first = (page - 1) * rows + 1
    lines: list[Text] = [(Bold(t.n("{n} course", "{n} courses", count)), _narrowed(ctx, by))]
    for number, each in enumerate(found, start=first):
        facts = facts_of(t, each, lessons.get(each.id, 0))
        pin = "📌 " if each.pinned_until is not None and each.pinned_until > ctx.now else ""
        lines.append((f"{t.number(number)}. {pin}", Bold(named(t, each)), f" · {facts}" if facts else ""))
    if pages > 1:
        lines.append(t("Page {page} of {pages}", page=t.number(page), pages=t.number(pages)))
    cards = [Button(t.number(n), "course", (str(each.id),)) for n, each in enumerate(found, start=first)]
    turns = [
        Button(label, "courses", (str(to), *by))
        for label, to, there in ((t("Previous"), page - 1, page > 1), (t("Next"), page + 1, page < pages))
        if there
    ]
    narrower = [Button(t("Filter"), "courses_by", by)] if count > rows or by != Narrowed() else []
    return Reply(*lines, buttons=[*cards, [*turns, *narrower]])


def fitting(text: str) -> str:
    """As many words of what is sought as a button can carry; nothing in them that parts its arguments."""
    if text.startswith("#"):
        text = text.replace("_", " ")  # as cards write tags of several words
    text = " ".join(text.replace("|", " ").split())
    cut = text.encode()[:SOUGHT_BYTES].decode(errors="ignore")
    return text if cut == text else cut.rpartition(" ")[0] or cut


async def _nothing(ctx: Context, by: Narrowed) -> Reply:
    t = ctx.t
    if by == Narrowed():
        return Reply(t("There are no courses here yet."), t("When there are, you find them here."))
    return Reply(
        (t("No course fits."), _narrowed(ctx, by)),
        t("Try fewer words, or look at all of them."),
        buttons=[Button(t("All courses"), "courses", ("1",))],
    )


def _narrowed(ctx: Context, by: Narrowed) -> str:
    """ " · beginner · free": by what the list is narrowed down."""
    t, search = ctx.t, by.search
    parts = (
        one_line(by.text),
        t(LEVEL_WORDS[search.level]) if search.level else "",
        language_in_words(t, by.language[:5]),
        t("free") if search.free else "",
    )
    return "".join(f" · {part}" for part in parts if part)


async def _by_what(ctx: Context, by: Narrowed) -> Reply:
    t = ctx.t
    languages = await ctx.store.courses.languages(ctx.community.id)
    tags = await ctx.store.courses.tags(ctx.community.id)
    choices = [(f"l{level}", t(LEVEL_WORDS[level])) for level in LEVELS.values()]
    if len(languages) > 1:
        choices += [(f"g{code}", language_in_words(t, code)) for code, _ in languages[:LANGUAGES]]
    choices.append(("f", t("free")))
    for tag, _ in tags[:TAGS]:
        value = fitting(f"#{tag}").removeprefix("#")
        choices.append((f"t{value}", f"#{one_line(tag)[:40]}"))
    if by != Narrowed():
        choices.append(("x", t("Everything")))
    return Reply(
        t("Which courses shall I show?"),
        select=Select(
            t("Only these"),
            "courses_by",
            tuple(dict(choices).items()),  # two long tags may have one beginning
            by,
        ),
        edit=True,
    )
