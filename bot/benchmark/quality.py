"""How fast posts are judged on one thread, beside the bare encoder in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.encoders import Encoder, load_encoder
from recsys.quality.duplicates import Removed, fingerprint
from recsys.quality.judge import Judge, score
from recsys.quality.lines import own_lines
from recsys.quality.looks import look
from recsys.quality.saved import shipped

BATCH = 32
REMOVED = 500
"""So many removed posts are compared with, as in a community that has had the bot for a while."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What was found, in processor time of one thread.

    single_per_s, p99_ms: posts one by one, from the text to the reasons; batch_per_s: in batches of 32;
    ratio_encoder: what one by one takes, in times of the encoder alone; ready_s: until the first score;
    added_mb: memory that the judge and its encoder added.
    """

    single_per_s: float
    batch_per_s: float
    p99_ms: float
    ratio_encoder: float
    encoder_single_per_s: float
    encoder_batch_per_s: float
    ready_s: float
    added_mb: float


def measure_judging(posts: int, told: Callable[[str], None]) -> Judging:
    """Judge the lines of this project, in a fixed random order, until there were so many posts."""
    texts = [line.text for line in own_lines()]
    order = np.random.default_rng(0).permutation(len(texts))
    wanted = [texts[order[k % len(order)]] for k in range(posts)]
    before, begun = _resident_mb(), time.process_time()
    judge, encoder = shipped(), load_encoder(shipped().encoder)
    path = _path(judge, encoder)
    path(wanted[:1])
    ready = time.process_time() - begun
    for begin in range(0, min(posts, 10 * BATCH), BATCH):
        path(wanted[begin : begin + BATCH])
    added = _resident_mb() - before
    removed = _path(judge, encoder, wanted[:REMOVED])
    told("One by one")
    ours, bare = [], []
    for text in wanted:
        ours.append(_seconds(removed, [text]))
        bare.append(_seconds(encoder.encode, [text]))
    told("In batches")
    batches = [wanted[begin : begin + BATCH] for begin in range(0, posts - BATCH + 1, BATCH)]
    many = sum(_seconds(removed, batch) for batch in batches)
    many_bare = sum(_seconds(encoder.encode, batch) for batch in batches)
    return Judging(
        posts / sum(ours),
        BATCH * len(batches) / many,
        float(np.percentile(ours, 99)) * 1e3,
        sum(ours) / sum(bare),
        posts / sum(bare),
        BATCH * len(batches) / many_bare,
        ready,
        added,
    )


def _path(judge: Judge, encoder: Encoder, removed: Sequence[str] = ()) -> Callable[[Sequence[str]], object]:
    """The whole way of posts: looked at, compared with removed ones, judged, with reasons."""
    kept = Removed.of(
        [str(k) for k in range(len(removed))],
        [fingerprint(text) for text in removed],
        encoder.encode(removed),
    )

    def judged(texts: Sequence[str]) -> object:
        looks = look(texts, encoder)
        kept.nearest([fingerprint(text) for text in texts], looks.vectors)
        return score(judge, texts, looks)

    return judged


def _seconds(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    begun = time.thread_time()
    work(texts)
    return time.thread_time() - begun


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
