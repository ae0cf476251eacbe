"""Errors that features raise.

    Exception
    └── UserError        a mistake a person can mend; its text says how
        └── NotAllowed   the person may not do this here

Anything else that leaves a handler is a defect: logged under a reference that the person is shown.
"""

from handlers.base.texts import Text


class UserError(Exception):
    """Says what is wrong and how to mend it, in the reader's language."""

    def __init__(self, *lines: Text) -> None:
        super().__init__(*lines)
        self.lines: tuple[Text, ...] = lines


class NotAllowed(UserError):
    """The person may not do this here."""
