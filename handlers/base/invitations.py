"""Invitations: each buyer's own way in, and how a feature has them made.

It takes long, so it is done beside: the call returns at once, and what came of it is told privately.
"""

from typing import Protocol

from handlers.base.history import Asker


class Invitations(Protocol):
    """What can be made for those who have not come yet."""

    def make(self, asker: Asker, *, asks: bool) -> bool:
        """Make the join links that are missing and send all as a file; False: it is being done already.

        With `asks` whoever opens a link asks to be let in.
        """
