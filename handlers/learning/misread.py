"""Misread: what was written for a fact of a course is not understood.

Exception
└── ValueError
    └── Misread    a sentence, to be said to whoever typed it, or beside the line of the file it stands in
"""

from handlers.base import Texts


class Misread(ValueError):
    """Why it is not understood, and what would have been, to be translated: `Misread(N_("..."), n=5)`."""

    def __init__(self, text: str, /, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values

    def __str__(self) -> str:
        """In English."""
        return self.text.format(**self.values) if self.values else self.text

    def said(self, t: Texts) -> str:
        """In the reader's language, as the sentence of its own that it is in the chat."""
        sentence = t(self.text, **self.values)
        return sentence[:1].upper() + sentence[1:] + t.c("ends a sentence", ".")
