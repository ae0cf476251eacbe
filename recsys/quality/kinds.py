"""What a post can be wrong in, and what an expert can say of it: the words of the judge."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

KINDS: Final[tuple[str, ...]] = ("advert", "abuse", "low_effort", "off_topic")
"""What a post is flagged for. Each has a head of its own: one for all that is bad is worse at every part."""

OK: Final = "ok"
HELPFUL: Final = "helpful"
"""Fine, and more: it answers, explains or shows something. It is no kind to flag."""

HEADS: Final[tuple[str, ...]] = (*KINDS, HELPFUL)
LABELS: Final[tuple[str, ...]] = (OK, HELPFUL, *KINDS)
"""What a post can be labelled."""
