"""An encoder that costs nothing: texts that share words are alike, and nothing else is."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from recsys.encoders import Encoder
from recsys.suggestions.interactions import Floats

SIZE = 64


class SharedWords:
    """Each word has a direction of its own, chosen by its letters."""

    name, size = "shared words", SIZE

    def encode(self, texts: Sequence[str]) -> Floats:
        found = np.full((len(texts), SIZE), 1e-3, np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in re.findall("[一-鿿]|[a-z]+", text.casefold()):
                row += np.random.default_rng(crc32(word.encode())).standard_normal(SIZE)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def shared_words(name: str) -> Encoder:
    """In place of `load_encoder`."""
    return SharedWords()
