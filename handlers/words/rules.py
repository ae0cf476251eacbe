"""Rules of the ledger in words that members understand."""

from handlers.base import Texts


def rule_in_words(t: Texts, rule: str) -> str:
    """What one payment was for: "a post", "a thanks received"."""
    words = {
        "post": t("a post"),
        "reply": t("a reply received"),
        "reaction": t("a reaction received"),
        "thanks": t("a thanks received"),
        "voice": t("time in voice"),
        "lesson": t("a lesson done"),
        "finish": t("a course finished"),
        "exercise": t("an exercise passed"),
        "attendance": t("a live lesson"),
        "excellent": t("an excellent post"),
        "manual": t("given by an admin"),
        "import": t("what you had before"),
        "correction": t("a correction"),
    }
    return words.get(rule, rule)


def payments_in_words(t: Texts, rule: str, times: int) -> str:
    """What several payments were for: "12 posts", "2 thanks"."""
    match rule:
        case "post":
            return t.n("{n} post", "{n} posts", times)
        case "reply":
            return t.n("{n} reply", "{n} replies", times)
        case "reaction":
            return t.n("{n} reaction", "{n} reactions", times)
        case "thanks":
            return t.n("{n} thanks", "{n} thanks", times)
        case "voice":
            return t("time in voice")
        case "lesson":
            return t.n("{n} lesson done", "{n} lessons done", times)
        case "finish":
            return t.n("{n} course finished", "{n} courses finished", times)
        case "exercise":
            return t.n("{n} exercise passed", "{n} exercises passed", times)
        case "attendance":
            return t.n("{n} live lesson", "{n} live lessons", times)
        case "manual":
            return t("what admins gave")
        case "import":
            return t("what you had before")
        case "correction":
            return t("corrections")
        case _:
            return rule
