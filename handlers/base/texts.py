"""Texts: members' words stay literal, dressing is explicit, translation is one call.

A text is a `str` (literal), a span, or a tuple of those. A message is a sequence of lines.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations
from typing import TypeAlias

from babel import Locale


@dataclass(frozen=True, slots=True)
class Bold:
    """Set in bold."""

    text: str


@dataclass(frozen=True, slots=True)
class Italic:
    """Set in italics: quotations."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A command or a value, set in a fixed width."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its own words."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person by name: shown, never pinged."""

    name: str
    account: str
    """The platform's id of the account."""


Span: TypeAlias = str | Bold | Italic | Code | Link | Mention
Text: TypeAlias = Span | tuple[Span, ...]


def plain(text: Text) -> str:
    """The words alone, without dressing."""
    match text:
        case str():
            return text
        case tuple():
            return "".join(plain(span) for span in text)
        case Mention(name=name):
            return name
        case _:
            return text.text


def plain_lines(lines: Iterable[Text]) -> str:
    """Lines as one plain string."""
    return "\n".join(plain(line) for line in lines)


def N_(text: str) -> str:
    """Mark a text for translation where it is declared; it is translated where it is said."""
    return text


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in one language: `t("Hello, {name}.", name=...)`, `t.n("{n} point", "{n} points", 3)`."""

    language: str
    catalogue: NullTranslations
    languages: Mapping[str, str] = field(default_factory=lambda: {"en": "English"}, repr=False)
    """Every language there is, this one among them: code -> its own name."""

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate and fill in."""
        text = self.catalogue.gettext(message)
        return text.format(**values) if values else text

    def n(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate a text that depends on a number, which fills {n}."""
        values = {"n": self.number(n)} | values
        return self.catalogue.ngettext(one, many, n).format(**values)

    def c(self, context: str, message: str, /, **values: object) -> str:
        """Translate a word that means different things in different places."""
        text = self.catalogue.pgettext(context, message)
        return text.format(**values) if values else text

    def number(self, n: int) -> str:
        """A whole number with the language's thousands separator."""
        return f"{n:,}".replace(",", _thousands(self.language))


@cache
def _thousands(language: str) -> str:
    symbols = Locale.parse(language).number_symbols
    return str(symbols.get("latn", symbols).get("group", ","))


Translator: TypeAlias = Callable[[str], Texts]
"""Language code -> texts in that language (the nearest there is)."""
