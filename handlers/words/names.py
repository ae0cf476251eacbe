"""Names as they are shown in the middle of a sentence."""

from handlers.base import Texts
from handlers.base.names import clean_name


def shown(t: Texts, name: str, number: int) -> str:
    """A name on one line, of a bearable width; with nothing visible "user 1234", by a number of ours."""
    return clean_name(name) or t("user {number}", number=number)
