"""The rule for low effort: what has no words in it needs no model, and what says a lot is no low effort."""

from __future__ import annotations

from typing import Final

import numpy as np

from recsys.quality.kinds import Floats
from recsys.quality.surface import NAMES

EMPTY_LOGIT: Final = 4.0
"""Of a post without a word: signs, emoji or one letter again and again."""
LONG: Final = 14
"""From so many words on (a Chinese character counts as one), low effort gets less likely."""
RELIEF: Final = 0.35
"""So much less in its logit for each word more."""

ONE_SIGN: Final = 0.4
"""The feature `length` of more than one sign."""
REPEATED_LOGIT: Final = 1.0
"""Of a short post that says one thing three times."""
REPEATED_DISTINCT: Final = 0.36
REPEATED_LENGTH: Final = (0.97, 1.61)
"""6 to 24 signs, as the feature `length` has them."""

_LENGTH: Final = NAMES.index("length")
_WORDS: Final = NAMES.index("words")
_WORDLESS: Final = NAMES.index("wordless")
_DISTINCT: Final = NAMES.index("distinct")
_LINKS: Final = NAMES.index("links")
_DIGITS: Final = NAMES.index("digit_share")
_CODE: Final = NAMES.index("code")
ANSWER_RELIEF: Final = 3.0
"""So much less in the logit of a number of several digits, unlike 666: it may be an answer."""


def effort_logit(logit: Floats, surface: Floats) -> Floats:
    """The head's logit of low effort [posts], ruled by the surface [posts x NAMES]."""
    words = np.expm1(surface[:, _WORDS] * 2)
    relieved = logit - RELIEF * np.maximum(words - LONG, 0)
    # A number can be an answer, a link an example, and a line of code has few words.
    says = (surface[:, _LINKS] > 0) | (surface[:, _DIGITS] > 0.5) | (surface[:, _CODE] > 1.0)
    empty = (surface[:, _WORDLESS] > 0) & ~says
    number = (surface[:, _WORDLESS] > 0) & (surface[:, _DIGITS] > 1.5) & (surface[:, _DISTINCT] > 0.6)
    relieved = relieved - ANSWER_RELIEF * (number & (surface[:, _LENGTH] > ONE_SIGN))
    shortest, longest = REPEATED_LENGTH
    short = (surface[:, _LENGTH] >= shortest) & (surface[:, _LENGTH] <= longest)
    again = short & (surface[:, _DISTINCT] <= REPEATED_DISTINCT) & ~says
    relieved = np.where(again, np.maximum(relieved, REPEATED_LOGIT), relieved)
    return np.asarray(np.where(empty, np.maximum(relieved, EMPTY_LOGIT), relieved), np.float32)
