"""Pseudonyms: what stays of who was forgotten, so that nothing is done twice: marks that only the key makes.

The key (`Database.key`) is kept outside the database. Whoever has the database alone cannot tell whose mark
it is; whoever has the key has to know the person already.
"""

import hmac
from functools import lru_cache

LENGTH = 32
"""Hexadecimal digits of a mark: 128 bits."""
HOUSE, FORMER = "homeroom", "former"
"""Platform and id of the account that stands for everybody who was forgotten. It is nobody's."""
HIDDEN = "~"
"""How a source begins that was made unreadable."""


@lru_cache(maxsize=16_384)
def mark_of(key: bytes, platform: str, external_id: str) -> str:
    """The mark of an account. The same people write again and again, so it is remembered."""
    return _digest(key, f"account:{platform}:{external_id}")


def hidden(key: bytes, source: str) -> str:
    """A source without the ids in it, the same each time. What is hidden already stays as it is."""
    return source if source.startswith(HIDDEN) else HIDDEN + _digest(key, f"source:{source}")


def _digest(key: bytes, words: str) -> str:
    return hmac.digest(key, words.encode("utf-8", "surrogatepass"), "sha256").hex()[:LENGTH]
