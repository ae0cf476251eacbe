"""The judge and a community's correction as bytes: arrays and plain values, no code in them."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from recsys.quality.heads import Correction, Heads, Scaling
from recsys.quality.judge import Judge
from recsys.quality.kinds import HEADS
from recsys.quality.ngrams import COLUMNS
from recsys.quality.surface import NAMES

FORMAT: Final = 1
SHIPPED: Final = "judge.npz"


class SavedError(ValueError):
    """Bytes that cannot be read as what they should be; the text is one sentence for a person."""


def judge_bytes(judge: Judge) -> bytes:
    """Small: weights of n-grams as whole numbers from -127 to 127, with a scale a head. The same judge gives
    the same bytes."""
    heads = judge.heads
    scale = np.maximum(np.abs(heads.grams).max(axis=0), 1e-9) / 127
    about = {
        "format": FORMAT, "heads": HEADS, "names": NAMES, "encoder": judge.encoder, "version": judge.version,
        "thresholds": dict(judge.thresholds), "about": dict(judge.about),
    }  # fmt: skip
    return _bytes(
        about,
        {
            "mean": heads.scaling.mean, "spread": heads.scaling.spread, "dense": heads.dense,
            "grams": np.round(heads.grams / scale).astype(np.int8).T, "scale": scale.astype(np.float32),
            "bias": heads.bias, "mix": heads.mix,
        },
    )  # fmt: skip


def judge_of(found: bytes) -> Judge:
    """Raises SavedError."""
    about, arrays = _read(found, "judge")
    try:
        if (about["format"], tuple(about["heads"]), tuple(about["names"])) != (FORMAT, HEADS, NAMES):
            raise SavedError("This judge is of another version of Homeroom. Train a new one.")
        grams = np.ascontiguousarray(arrays["grams"].T)
        shapes = grams.shape == (COLUMNS, len(HEADS)) and arrays["dense"].shape[1] == len(HEADS)
        if not shapes or arrays["mix"].shape != (3, len(HEADS)) or arrays["bias"].shape != (2, len(HEADS)):
            raise SavedError("The judge's arrays do not fit together. Train a new one.")
        heads = Heads(
            Scaling(arrays["mean"], arrays["spread"]),
            arrays["dense"],
            grams * arrays["scale"],
            arrays["bias"],
            arrays["mix"],
        )
        return Judge(about["encoder"], heads, about["thresholds"], about["version"], about["about"])
    except (KeyError, TypeError, IndexError):
        raise SavedError("The judge is cut short. Train a new one.") from None


@cache
def shipped() -> Judge:
    """The judge that comes with Homeroom, for the built-in encoder."""
    return judge_of((files("recsys.quality") / SHIPPED).read_bytes())


def read_judge(file: Path) -> Judge:
    """One that was trained here. Raises SavedError."""
    try:
        return judge_of(file.read_bytes())
    except OSError as error:
        raise SavedError(f"The judge {file.name} cannot be read: {error.strerror}.") from None


def correction_bytes(correction: Correction, judge: Judge) -> bytes:
    """For a column of a table; about 4 bytes for each n-gram of the posts and each head that learned."""
    about = {"format": FORMAT, "version": judge.version}
    return _bytes(
        about,
        {
            "dense": correction.dense.astype(np.float16), "columns": correction.columns.astype(np.uint32),
            "grams": correction.grams.astype(np.float16), "bias": correction.bias, "slope": correction.slope,
            "mix": correction.mix,
        },
    )  # fmt: skip


def correction_of(found: bytes, judge: Judge) -> Correction:
    """Raises SavedError, also if it was learned on top of another judge: refit it from the verdicts."""
    about, arrays = _read(found, "correction")
    if about.get("format") != FORMAT or about.get("version") != judge.version:
        raise SavedError("What the verdicts taught belongs to another judge. It is learned again.")
    try:
        return Correction(
            arrays["dense"].astype(np.float32),
            arrays["columns"].astype(np.int64),
            arrays["grams"].astype(np.float32),
            arrays["bias"],
            arrays["slope"],
            arrays["mix"],
        )
    except KeyError:
        raise SavedError("What the verdicts taught is cut short. It is learned again.") from None


def _bytes(about: Mapping[str, Any], arrays: Mapping[str, Any]) -> bytes:
    words = np.frombuffer(json.dumps(about, ensure_ascii=False, sort_keys=True).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, about=words, **arrays)
    return out.getvalue()


def _read(found: bytes, what: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with np.load(io.BytesIO(found), allow_pickle=False) as opened:
            arrays = {name: opened[name] for name in opened.files}
        about: dict[str, Any] = json.loads(arrays.pop("about").tobytes())
        return about, arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        raise SavedError(f"This is no {what}, or it is cut short.") from None
