"""Reasons in words: why a course is suggested, as it is so, and what stands above it."""

from datetime import timedelta

from handlers.base import N_, Texts
from handlers.words.courses import named, title_of
from storage.courses import Course
from storage.store import Store
from storage.suggestions import Taken

SEVERAL = 3
"""From so many on it is told how many took a course after another."""
LATELY = timedelta(days=90)
MANY = ("lately", "ever", "there")
"""Reasons that go by how many took a course."""
HEADINGS = {
    "path": N_("Next on the path: {title}"),
    "new": N_("New: {title}"),
    "pinned": N_("Recommended here: {title}"),
    "popular": N_("Popular here: {title}"),
    "blend": N_("Next for you: {title}"),
}
BECAUSE = {
    "finished": N_("Because you finished {course}."),
    "takes": N_("Because you are taking {course}."),
    "took": N_("Because you took {course}."),
    "asked": N_("Because you asked about {course}."),
    "opened": N_("Because you looked at {course}."),
    "had": N_("Because you know {course} from elsewhere."),
    "liked": N_("Because you liked {course}."),
}
CLOSE = {
    "finished": N_("New, and close to {course}, which you finished."),
    "takes": N_("New, and close to {course}, which you are taking."),
    "took": N_("New, and close to {course}, which you took."),
    "asked": N_("New, and close to {course}, which you asked about."),
    "opened": N_("New, and close to {course}, which you looked at."),
    "had": N_("New, and close to {course}, which you know from elsewhere."),
    "liked": N_("New, and close to {course}, which you liked."),
}
"""What the member has to do with the course that it goes by -> the sentence."""
PLACES = {
    "start": N_("It comes first, of those open to you, in the school's order."),
    "next": N_("It comes next in the school's order."),
    "after": N_("It follows in the school's order."),
    "before": N_("It comes earlier in the school's order, and you have not had it yet."),
}


def many_as_reason(taken: Taken | None) -> tuple[str, str | None]:
    """That many take a course, in numbers; or, where hardly anybody did, that it is there."""
    if taken is not None and taken.lately > 1:
        return "lately", str(taken.lately)
    if taken is not None and taken.ever > 1:
        return "ever", str(taken.ever)
    return "there", None


def heading(t: Texts, lane: str, because: str, course: Course) -> str:
    """What stands above a suggestion: for you only what was chosen for you."""
    if because in ("topic", "like"):
        return named(t, course)
    return t(HEADINGS[lane], title=title_of(t, course))


async def reason_in_words(
    t: Texts,
    store: Store,
    course: Course,
    *,
    lane: str,
    rank: int,
    because: str,
    because_of: str | None,
) -> str:
    """Why a course is suggested, from what is remembered of the suggestion."""
    if because in BECAUSE and because_of:
        return await _by_course(t, store, course, lane, because, int(because_of))
    if because == "path":
        place = because_of or "after"
        if rank == 1 and place == "after":
            place = "next"
        return t(PLACES[place if rank == 1 or place != "start" else "after"])
    word = because_of or ""
    match because:
        case "said" if lane == "new":
            return t("New, and close to what you wrote about {word}.", word=word)
        case "said":
            return t("Close to what you wrote about {word}.", word=word)
        case "told" if lane == "new":
            return t("New, and about {topic}, which you like.", topic=word)
        case "told":
            return t("Because you told me that you like {topic}.", topic=word)
        case "topic":
            return t("It is about {topic}.", topic=word)
        case "like":
            other = await store.courses.get(course.community_id, int(word))
            return t("It is close to {course}.", course=title_of(t, other) if other else "")
        case "lately":
            return t.n(
                "{n} member took it up in the last 90 days.",
                "{n} members took it up in the last 90 days.",
                int(word),
            )
        case "ever":
            return t.n("{n} member has taken it.", "{n} members have taken it.", int(word))
        case "pinned":
            return t("Those who run this school recommend it.")
        case _ if lane == "new":
            return t("New here: you would be among the first.")
        case _:
            return t("It is in the catalogue, and you have not had it yet.")


async def _by_course(t: Texts, store: Store, course: Course, lane: str, because: str, own: int) -> str:
    """By a course of the member's own; and how many took the one after the other, if that says anything."""
    other = await store.courses.get(course.community_id, own)
    if other is None:
        return t("It is in the catalogue, and you have not had it yet.")
    if lane == "new":
        return t(CLOSE[because], course=title_of(t, other))
    first = t(BECAUSE[because], course=title_of(t, other))
    of, after = await store.suggestions.followed(course.community_id, own, course.id)
    if after < SEVERAL:
        return first
    more = t.n(
        "{n} of the {of} members who took that took this one later.",
        "{n} of the {of} members who took that took this one later.",
        after,
        of=t.number(of),
    )
    return t.c("two sentences", "{first} {second}", first=first, second=more)
