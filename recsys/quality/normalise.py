"""One way to write what can be written in many: disguises are taken off before a text is looked at.

`plain` undoes what hides words from a reader of letters (full-width and styled letters, look-alikes of other
alphabets, invisible letters, one letter repeated); `skeleton` keeps of that only what an edited copy keeps.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from recsys.encoders import CUT

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]+"
)
_MARKS: Final = re.compile("[\u0300-\u036f\u0489\u1ab0-\u1aff\u20d0-\u20ff]+")
_RUN: Final = re.compile(r"(\w)\1{3,}")
_LONG_RUN: Final = re.compile(r"(.)\1{5,}", re.DOTALL)
_ADDRESSED: Final = re.compile(r"\s*(?:@\w[\w.-]*[,:;]?\s+)+(?=\S)")
_NAMED: Final = re.compile(r"(?<![\w.])@\w{2,}")
_UNIT: Final = re.compile(r"(.{2,24}?)\1{3,}", re.DOTALL)
_SPREAD: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*|]){3,}[^\W\d_](?![^\W_])")
_LINK: Final = re.compile(
    r"(?:https?://|www\.|t\.me/)\S+|\b[\w-]+\.(?:com|net|org|io|me|cn|xyz|top|info|ly|co)\b\S*", re.IGNORECASE
)
_KEPT: Final = re.compile("[^0a-z\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff]+")

# Letters of other alphabets that look like Latin ones. In a word with Latin letters they are a disguise; a
# word of another alphabet alone is left as it is.
_LOOKALIKES: Final = {
    **dict(zip("аеорсухіјѕԁӏһкмтвнпгзбяи", "aeopcyxijsdlhkmtbhnr36rn", strict=True)),
    **dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True)),
    **dict(zip("αβεικνορτυχωγηκμσ", "abeiknoptuxwynkus", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    **dict(zip("ıłøđħŧɑɡɩոսցօԛԝ", "ilodhtaginugoqw", strict=True)),
}
_FOLD: Final = str.maketrans(_LOOKALIKES)
_OTHER: Final = re.compile(f"[{''.join(_LOOKALIKES)}]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile("[A-Za-z]")
# Digits and signs for letters, where letters stand on both sides: fr33, c@sh.
_LEET: Final = re.compile(r"(?<=[a-z])[0134$@!](?=[a-z])|(?<=[a-z])[0134$@](?=[0134$@][a-z])", re.IGNORECASE)
_LEET_LETTERS: Final = str.maketrans("0134$@!", "oleasai")


LONG_ENOUGH: Final = 24
"""Signs from which on a part that comes four times in a row counts twice: the same words over and over."""


def plain(text: str) -> tuple[str, int]:
    """The text without disguises, cut, in its own case; and how many of its letters were disguised."""
    # Whom a post is addressed to says nothing of it, and what somebody's name looks like even less.
    text = _NAMED.sub(
        "@user", _ADDRESSED.sub("", text[:CUT], count=1) if text.lstrip()[:1] == "@" else text[:CUT]
    )
    if text.isascii():
        shown, hidden = text, 0
    else:
        shown = _INVISIBLE.sub("", text)
        hidden = _between_letters(text) if len(shown) < len(text) else 0
        composed = unicodedata.normalize("NFKC", shown)
        stripped = (
            _MARKS.sub("", unicodedata.normalize("NFD", composed))
            if _MARKS.search(unicodedata.normalize("NFD", composed))
            else composed
        )
        shown = unicodedata.normalize("NFC", stripped)
        if _OTHER.search(shown):
            folded = _WORD.sub(lambda word: _unmasked(word[0]), shown)
            hidden += sum(a != b for a, b in zip(shown, folded, strict=True))
            shown = folded
    spread = sum(len(found[0]) // 2 for found in _SPREAD.finditer(shown))
    if spread:
        shown = _SPREAD.sub(lambda word: re.sub(r"[ .\-_*|]", "", word[0]), shown)
        hidden += spread
    shown = _LONG_RUN.sub(r"\1\1\1", _RUN.sub(r"\1\1\1", shown))
    return _UNIT.sub(r"\1\1", shown) if len(shown) >= LONG_ENOUGH else shown, hidden


def words(text: str) -> str:
    """What n-grams are taken of: plain, in small letters, digits as 0, blanks as one."""
    found = _LEET.sub(lambda sign: sign[0].translate(_LEET_LETTERS), text.lower())
    return " ".join(re.sub(r"\d", "0", found).split())


def skeleton(text: str) -> str:
    """What an edited copy of a post keeps: letters in small, digits as 0, no links, blanks or signs."""
    shown = words(_LINK.sub(" ", plain(text)[0]))
    return re.sub(r"(.)\1+", r"\1", _KEPT.sub("", shown))


def _unmasked(word: str) -> str:
    return word.translate(_FOLD) if _LATIN.search(word) else word


def _between_letters(text: str) -> int:
    """Invisible signs inside words; an emoji's joiner and a mark of direction stand elsewhere."""
    found = 0
    for sign in _INVISIBLE.finditer(text):
        before, after = text[sign.start() - 1 : sign.start()], text[sign.end() : sign.end() + 1]
        found += before.isalnum() and after.isalnum()
    return found
