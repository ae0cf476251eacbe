"""Names that people give themselves, made safe to show: nothing hidden, nothing that turns the line."""

import regex

MAX_GRAPHEMES = 32
# A grapheme can be as long as its author likes (stacked Jamo, joined emoji): this bounds the whole name.
MAX_CHARACTERS = 160
MARKS_A_BASE = 3

# Joined emoji, flags and keycaps need characters that are invisible elsewhere; so do scripts with a virama.
_KEPT = (
    r"\p{RI}\p{RI}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?[\U000E0020-\U000E007F]{0,8}"
    r"(?:\u200D\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?){0,6}"
    r"|(?<=\p{Indic_Syllabic_Category=Virama})[\u200C\u200D]"
)
_HIDDEN = r"\p{Default_Ignorable_Code_Point}|[\p{Cc}--\s]|\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}"
_KEPT_OR_HIDDEN = regex.compile(rf"(?V1)(?P<kept>{_KEPT})|(?P<hidden>{_HIDDEN})")
_BLANK = regex.compile(r"[\s\u2800]+")
_STACK = regex.compile(rf"(\p{{M}}{{{MARKS_A_BASE}}})\p{{M}}+")
_VISIBLE = regex.compile(r"[^\p{M}\p{Z}\s]")
_GRAPHEME = regex.compile(r"\X")


def clean_name(name: str) -> str:
    """The name as it may be shown, at most 32 graphemes; "" when nothing visible remains."""
    shown = _without_hidden(name[: 64 * MAX_CHARACTERS])
    shown = _STACK.sub(r"\1", _BLANK.sub(" ", shown).strip())
    whole, size = [], 0
    for grapheme in _GRAPHEME.findall(shown)[:MAX_GRAPHEMES]:
        size += len(grapheme)
        if size > MAX_CHARACTERS:
            break
        whole.append(grapheme)
    shown = _without_hidden("".join(whole)).rstrip()  # again: what was hidden may have stood between two
    return shown if _VISIBLE.search(shown) else ""


def _without_hidden(name: str) -> str:
    return _KEPT_OR_HIDDEN.sub(lambda match: match["kept"] or "", name)
