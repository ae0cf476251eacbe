"""Ills in words: what a post may be, why it is thought so, and what its author can do about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from handlers.base import N_, Button, Italic, Reply, Text, Texts

SHOWN: Final = 80
"""So much of a post is quoted, that one knows which it is."""
MOST: Final = 3

OUTCOMES: Final = {
    "fine": N_("Fine"),
    "excellent": N_("Excellent"),
    "advert": N_("Advert"),
    "abuse": N_("Abuse"),
    "low_effort": N_("Low effort"),
    "off_topic": N_("Off topic"),
}
"""On buttons."""
READS: Final = {
    "advert": N_("It reads like an advert."),
    "abuse": N_("It may hurt somebody."),
    "low_effort": N_("It says little that others can use."),
    "off_topic": N_("It is about something else than this place."),
    "flood": N_("It is one of many posts of yours in a short time."),
}
READS_BY: Final = {
    "advert": N_("It reads like an advert ({signs})."),
    "abuse": N_("It may hurt somebody ({signs})."),
    "low_effort": N_("It says little that others can use ({signs})."),
    "off_topic": N_("It is about something else than this place ({signs})."),
    "flood": N_("It is one of many posts of yours in a short time ({signs})."),
}
ADVICE: Final = {
    "advert": N_("If it is about your own work for the course, add a line on what others learn from it."),
    "abuse": N_("If it was meant kindly, say it so that nobody can take it amiss."),
    "low_effort": N_("Add what you tried, what you saw, or what you think: then others can answer."),
    "off_topic": N_("Add a line on what it has to do with this place, or write it where it belongs."),
    "flood": N_("Say it once, in one place, with everything in one post: it will be read."),
}
EXAMPLES: Final = {
    "advert": N_(
        "For example: “I made a small tool for lesson 3. It shows how joins work, and the code is open: what"
        " is unclear?” Leave out prices, contacts and invitations elsewhere."
    ),
    "abuse": N_(
        "For example, instead of “You have no idea”: “I see it differently: on my machine the second query is"
        " faster.” Speak of the matter, not of the person."
    ),
    "low_effort": N_(
        "For example, instead of “does not work”: “Lesson 4, exercise 2: I get a KeyError in the last line. I"
        " expected a number.”"
    ),
    "off_topic": N_("For example: “This has to do with lesson 5, because the same index is used there.”"),
    "flood": N_(
        "For example: one post with your question, what you tried, and the code; then wait for answers."
    ),
}
SIGNS: Final = {
    "links": N_("a link"),
    "link_share": N_("hardly more than links"),
    "invites": N_("an invitation elsewhere"),
    "mentions": N_("many names"),
    "numbers": N_("a long number"),
    "money": N_("a price"),
    "capitals": N_("capital letters"),
    "exclamations": N_("exclamation marks"),
    "emoji": N_("many emoji"),
    "repeated": N_("the same over and over"),
    "disguise": N_("letters in disguise"),
    "contact": N_("a contact"),
    "selling": N_("words of selling"),
    "winning": N_("a promise of gain"),
    "rude": N_("rude words"),
    "you": N_("it is aimed at somebody"),
    "wordless": N_("hardly a word"),
    "copy": N_("close to a post that was removed"),
    "removed before": N_("close to a post that was removed"),
    "again": N_("the same text several times"),
    "everywhere": N_("the same text in several places"),
    "burst": N_("many posts within seconds"),
}
"""Feature -> what a person sees in the post. What is not here tells nobody anything."""
WHERE: Final = {
    "ask": N_("Your post in {room} is waiting for a look by our experts."),
    "take down": N_("I have taken your post in {room} down until our experts have looked at it."),
    "remove": N_("I have taken your post in {room} away; our experts will look at it."),
}
NEXT: Final = {
    "ask": N_("Edit your post, and I read it again at once; or just wait, if it is fine."),
    "take down": N_("I keep a copy: if it is fine, it comes back with its points."),
    "remove": N_("I keep a copy: if experts find it fine, it comes back with its points."),
}


def signs_in_words(t: Texts, reasons: Iterable[Mapping[str, Any]]) -> str:
    """What speaks for a kind, the strongest first: "a price, a contact"; empty where nothing can be shown."""
    found = [t(SIGNS[each["feature"]]) for each in reasons if each.get("feature") in SIGNS]
    words = next((str(each["of"]) for each in reasons if each.get("of")), "")
    if words and len(found) < MOST:
        found.append(t("the words “{words}”", words=words))
    return t.c("list", ", ").join(list(dict.fromkeys(found))[:MOST])


def why(t: Texts, kind: str, reasons: Sequence[Mapping[str, Any]]) -> str:
    """What is held against a post, in a sentence."""
    signs = signs_in_words(t, reasons)
    return t(READS_BY[kind], signs=signs) if signs else t(READS[kind])


def quoted(t: Texts, text: str) -> Text:
    """The beginning of a post, that one knows which it is."""
    flat = " ".join(text.split())
    return Italic(t("“{text}”", text=flat if len(flat) <= SHOWN else f"{flat[: SHOWN - 1]}…"))


def hint(
    t: Texts,
    *,
    kind: str,
    at_once: str,
    room: str,
    text: str,
    reasons: Sequence[Mapping[str, Any]],
    message: str,
) -> Reply:
    """What the author of a flagged post is told, alone: what it is, why, and what to do."""
    where = t(WHERE[at_once], room=room or t("the group"))
    return Reply(
        where,
        *([quoted(t, text)] if text.strip() else []),
        why(t, kind, reasons),
        t(ADVICE[kind]),
        t(NEXT[at_once]),
        buttons=[
            Button(t("Edit hint"), "flag_hint", (kind, message)),
            Button(t("It is fine, please look"), "flag_fine", (message,)),
        ],
    )
