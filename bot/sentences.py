"""Sentences: what is known in one place and said in another, in the language of whoever reads it."""

from gettext import NullTranslations

from handlers.base import Texts
from storage.errors import StorageError

ENGLISH = Texts("en", NullTranslations())


class Sentence:
    """A sentence, or a part of one, in any language: `Sentence("{file} is empty.", file=name)`.

    The English text is its name in the catalogues. Values that are sentences are said in the same language,
    whole numbers are written as it writes them, all others stand as they are.
    """

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values = values

    def __str__(self) -> str:
        """In English, as the command line and the logs have it."""
        return self.said(ENGLISH)

    def said(self, t: Texts) -> str:
        """In the reader's language."""
        return t(self.text, **{name: _said(value, t) for name, value in self.values.items()})


def _said(value: object, t: Texts) -> object:
    if isinstance(value, Sentence):
        return value.said(t)
    return t.number(value) if type(value) is int else value


def sentence_of(error: StorageError) -> Sentence:
    """What is wrong with the database; storage itself knows no languages."""
    return Sentence(error.text, **error.values)
