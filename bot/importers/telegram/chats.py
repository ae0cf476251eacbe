"""Chats: which of an export are groups, under which id bots know them, and what the export does not tell."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, tzinfo

BEYOND = 10**12
"""Supergroups and channels are -100… to bots."""
GROUPS = {"private_group", "private_supergroup", "public_supergroup"}
SUPERGROUPS = {"private_supergroup", "public_supergroup"}


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of the export."""

    id: int
    type: str
    name: str

    @property
    def space(self) -> str:
        """Its id as bots know it."""
        if self.id < 0:
            return str(self.id)
        return str(-BEYOND - self.id) if self.type in SUPERGROUPS else str(-self.id)


@dataclass(frozen=True, slots=True)
class Options:
    """What the export itself does not say."""

    chats: Container[str] | None = None
    """Ids of the groups that are wanted; None: all."""
    space: str | None = None
    """The id under which bots know the one chat, where that is another."""
    zone: tzinfo = UTC
    """Of the exporting machine; asked only for exports from before June 2022."""
    bots: frozenset[str] = frozenset()
