"""A model as a file: arrays and plain values, no code in it, whole or not at all.

The lane of new courses was made at the same training and goes into the same file.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path as File
from typing import Any

import numpy as np
from scipy import sparse

from recsys.suggestions.blend import Part
from recsys.suggestions.content import NewCourses
from recsys.suggestions.ease import Ease
from recsys.suggestions.interactions import Recency, Sparse
from recsys.suggestions.lightfm_model import Factors
from recsys.suggestions.model import Model
from recsys.suggestions.order import Order, OrderSettings
from recsys.suggestions.popular import Path, Popular
from recsys.suggestions.skipped import Skip

FORMAT = 2


class SavedError(ValueError):
    """A file that cannot be read as a model; its text is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What is in a file. new: the lane of the courses that too few have had; None: there were none."""

    model: Model
    version: str
    new: NewCourses | None = None


def save(model: Model, file: File, version: str, new: NewCourses | None = None) -> None:
    """Write it beside, then put it in its place, so that a reader meets the old one or the new one."""
    about: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "weights": dict(model.weights),
        "quality": dict(model.quality),
        "settings": dict(model.settings),
        "skipped": [skip.plain() for skip in model.skipped],
        "seconds": dict(model.seconds),
        "rows": model.rows,
        "span": model.span,
        "courses": list(model.courses),
        "new": new is not None,
        "parts": {},
    }
    arrays: dict[str, Any] = {}
    for name, part in model.parts.items():
        about["parts"][name], found = _packed(part)
        arrays |= {f"{name}.{key}": value for key, value in found.items()}
    if new is not None:
        arrays |= {f"new.{key}": getattr(new, key) for key in ("new", "known", "close", "learned")}
        arrays |= _packed_rows("new.like", new.like)
    words = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)
    beside = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as out:
            np.savez(out, about=words, **arrays)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def load(file: File) -> Saved:
    """The model, its version and its lane of new courses. Raises SavedError."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop("about").tobytes())
        if about["format"] != FORMAT:
            raise SavedError(f"{file.name} is a model of another version of Homeroom. Train a new one.")
        parts = {name: _unpacked(kind, name, arrays) for name, kind in about["parts"].items()}
        span = about["span"]
        model = Model(
            tuple(about["courses"]),
            parts,
            about["weights"],
            about["quality"],
            about["settings"],
            tuple(map(Skip.of, about["skipped"])),
            about["seconds"],
            about["rows"],
            None if span is None else (span[0], span[1]),
        )
        new = _new(arrays, len(model.courses)) if about["new"] else None
        if not all(_fits(part, len(model.courses)) for part in parts.values()):
            raise ValueError
        return Saved(model, str(about["version"]), new)
    except SavedError:
        raise
    except FileNotFoundError:
        raise SavedError(f"There is no model at {file.name}.") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        raise SavedError(f"{file.name} is cut short or no model. Train a new one.") from None


def _new(arrays: Mapping[str, Any], courses: int) -> NewCourses:
    new, known, close, learned = (arrays[f"new.{key}"] for key in ("new", "known", "close", "learned"))
    there = np.zeros(courses, int)
    np.add.at(there, np.concatenate([new, known]), 1)
    if (there != 1).any() or not close.shape == learned.shape == (len(new), len(known)):
        raise ValueError
    return NewCourses(new, known, close, _unpacked_rows("new.like", arrays, (len(new), courses)), learned)


def _fits(part: Part, courses: int) -> bool:
    """Whether it knows as many courses as the model; a file from elsewhere may say anything."""
    match part:
        case Factors():
            return bool(
                part.past.shape == part.course.shape and len(part.course) == len(part.bias) == courses
            )
        case Order():
            return bool(part.follows.shape == (courses, courses))
        case Ease():
            return part.weights.shape == (courses, courses)
        case Popular():
            return part.score.shape == (courses,)
        case Path():
            return part.place.shape == (courses,)
    return False


def _packed_rows(name: str, rows: Sparse) -> dict[str, Any]:
    return {f"{name}.{key}": getattr(rows, key) for key in ("data", "indices", "indptr")}


def _unpacked_rows(name: str, arrays: Mapping[str, Any], shape: tuple[int, int]) -> Sparse:
    """Raises ValueError for indices that point outside: scipy would read there."""
    rows = sparse.csr_matrix(
        tuple(arrays[f"{name}.{key}"] for key in ("data", "indices", "indptr")), shape=shape
    )
    rows.check_format(full_check=True)
    return rows


def _packed(part: Part) -> tuple[dict[str, Any], dict[str, Any]]:
    """A part's kind and plain values, and its arrays."""
    match part:
        case Factors():
            return {"kind": "factors", "recency": asdict(part.recency)}, {
                "past": part.past,
                "course": part.course,
                "bias": part.bias,
            }
        case Order():
            return {"kind": "order", "settings": asdict(part.settings)}, _packed_rows("follows", part.follows)
        case Ease():
            kind: dict[str, Any] = {"kind": "ease", "penalty": part.penalty, "dropout": part.dropout}
            return kind | {"recency": asdict(part.recency)}, {"weights": part.weights}
        case Popular():
            return {"kind": "popular", "half_life": part.half_life}, {"score": part.score}
        case Path():
            return {"kind": "path"}, {"place": part.place}
    raise TypeError(f"{type(part).__name__} is no part that can be saved.")


def _unpacked(about: Mapping[str, Any], name: str, arrays: Mapping[str, Any]) -> Part:
    def array(key: str) -> Any:
        return arrays[f"{name}.{key}"]

    match about["kind"]:
        case "factors":
            return Factors(array("past"), array("course"), array("bias"), Recency(**about["recency"]))
        case "order":
            size = len(array("follows.indptr")) - 1
            follows = _unpacked_rows(f"{name}.follows", arrays, (size, size))
            return Order(follows, OrderSettings(**about["settings"]))
        case "ease":
            recency = Recency(**about["recency"])
            return Ease(array("weights"), about["penalty"], about["dropout"], recency)
        case "popular":
            return Popular(array("score"), about["half_life"])
        case "path":
            return Path(array("place"))
    raise SavedError(f"The model has a part of an unknown kind: {about['kind']}.")
