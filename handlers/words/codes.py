"""One-time codes: what is said of one that does nothing."""

from handlers.base import Texts
from storage.codes import PAUSE, TRIES, Refused


def refusal_in_words(t: Texts, refused: Refused, again: str) -> str:
    """Why a code does nothing, and how to get one that does: by the command `again`."""
    match refused:
        case Refused.UNKNOWN:
            return t("I do not know this code. Look at it again, or ask for a new one: {again}", again=again)
        case Refused.EXPIRED:
            return t("This code has run out: it lasts ten minutes. Ask for a new one: {again}", again=again)
        case Refused.USED:
            return t(
                "This code was used already, and each works once. Ask for a new one: {again}", again=again
            )
        case Refused.OTHER_KIND:
            return t(
                "This code is for something else: use it with the command that you were told with it,"
                " or ask for one of these: {again}",
                again=again,
            )
        case Refused.DEAD:
            return t(
                "This code was typed wrongly {n} times and works no more. Ask for a new one: {again}",
                n=t.number(TRIES),
                again=again,
            )
        case Refused.WAIT:
            return t(
                "You typed {n} wrong codes in a row. Wait {minutes} minutes, then try again.",
                n=t.number(TRIES),
                minutes=t.number(int(PAUSE.total_seconds() // 60)),
            )
