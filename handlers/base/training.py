"""Training: how a feature has the model that suggests courses trained.

It takes long, so it is done beside: every call returns at once, and what came of it is told privately.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from handlers.base.history import Asker
from handlers.base.replies import Reply
from handlers.base.texts import Texts
from storage.models import StoredModel

SayTrained = Callable[[Texts, StoredModel | None, str], Reply]
"""What to tell the asker of a new model or, where none came of it, of why not."""


class Training(Protocol):
    """What can be trained."""

    def begin(self, asker: Asker, space: int | None, say: SayTrained) -> bool:
        """Train the asker's community; False: that is being done already, or waits for its turn."""

    def at_work(self, community_id: int) -> bool:
        """Whether the community's model is being trained, or waits for its turn."""

    async def damaged(self, models: Sequence[StoredModel]) -> frozenset[str]:
        """The versions whose file is gone or is not what was written."""
