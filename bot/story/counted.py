"""Counted: what the words of the page mean. Whoever changes what is counted changes its sentence here."""

from bot.story.questions import SHORTEST, WINDOW
from bot.story.returning import OLD_HANDS
from handlers.base import Texts


def definitions(t: Texts) -> list[tuple[str, str]]:
    """(what, what is counted as it)."""
    hours, weeks = int(WINDOW.total_seconds()) // 3_600, OLD_HANDS.days // 7
    return [
        (
            t("Posts"),
            t(
                "Messages by people. Bots, service messages and the channel's own do not count; an album is"
                " one post."
            ),
        ),
        (
            t("A question"),
            t(
                "A post with a question mark at the end of a word, or 吗, 呢 or 嘛 at its own end,"
                " outside code, links and quotations; of {n} characters or more (a Chinese one counts"
                " as two); that answers nobody, names nobody and was not forwarded.",
                n=SHORTEST,
            ),
        ),
        (
            t("An answer"),
            t(
                "The first post by somebody else, in the same channel and within {n} hours, that replies to"
                " the question or to a later post of the asker's, mentions the asker,"
                " or begins with their name; in a thread of its own, any post. Questions of the last"
                " {n} hours without an answer are not judged.",
                n=hours,
            ),
        ),
        (
            t("How long it took"),
            t("Half, and 9 of 10: the shortest times that so many of the answers did not exceed."),
        ),
        (
            t("A newcomer who came back"),
            t(
                "Newcomers are people whose first post is not in the file's first {n} weeks. They came back"
                " in week k if they wrote 7k to 7k + 6 days after the day of their first post; only those are"
                " asked for whom that week was over before the file ends.",
                n=weeks,
            ),
        ),
        (
            t("Points, thanks and boards"),
            t(
                "What Homeroom's rules would have given at the time, by the settings of today, with their"
                " pauses and limits; a thank-you counts if it pays."
            ),
        ),
    ]
