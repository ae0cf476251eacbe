"""Numbers in running text."""

from handlers.base import Texts

_SPELLED = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def ordinal(t: Texts, n: int) -> str:
    """A place: "12th" in English; the bare number in languages that put the word around it."""
    if t.language != "en":
        return t.number(n)
    ending = "th" if n % 100 in (11, 12, 13) else _ENDINGS.get(n % 10, "th")
    return f"{t.number(n)}{ending}"


def counted(t: Texts, n: int) -> str:
    """A number that begins a sentence: English spells the small ones."""
    return _SPELLED[n] if t.language == "en" and 0 <= n < len(_SPELLED) else t.number(n)


def signed(t: Texts, n: int) -> str:
    """A change: "+5", or "−5" with a real minus sign."""
    return f"+{t.number(n)}" if n >= 0 else f"−{t.number(-n)}"
