"""Links: those of a text that cannot lead anywhere, by their form alone. Nothing is ever fetched."""

import re
from collections.abc import Iterable
from typing import Final

from handlers.learning.misread import Misread
from handlers.learning.told import link_of

_REST: Final = r"[^\s，。；、）)】》”\"'<>]+"
_LINK: Final = re.compile(
    rf"\b(?:https?|htt?ps?|http?s|hppts?|ttps?)\s?[:;]/{{0,3}}{_REST}|\bwww[.,]{_REST}", re.IGNORECASE
)
_END: Final = ".,;:!?…*_"
MOST: Final = 10


def broken_links(texts: Iterable[str]) -> list[str]:
    """What was meant for a link and is no web address that others can open, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _LINK.finditer(text):
            link = match[0].rstrip(_END)
            if not _good(link):
                found[link] = None
    return list(found)[:MOST]


def _good(link: str) -> bool:
    try:
        link_of(link)
    except Misread:
        return False
    return True
