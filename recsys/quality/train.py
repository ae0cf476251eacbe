"""Makes the judge that is shipped: `python -m recsys.quality.train --data FOLDER`.

Without --data it is made of the lines written for the project alone, for any encoder: the way for an operator
who names another. Same rows, same judge.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from recsys.encoders import BUILTIN, CUT, Encoder, load_encoder
from recsys.quality import logistic
from recsys.quality.effort import effort_logit
from recsys.quality.heads import Heads, Scaling, chance, sparse
from recsys.quality.judge import LOW_EFFORT, Judge
from recsys.quality.kinds import HEADS, HELPFUL, KINDS, OK, Bools, Floats, Ints
from recsys.quality.lines import Labelled, own_lines
from recsys.quality.looks import Looks, look, together
from recsys.quality.mixing import fit_mix, mixed
from recsys.quality.ngrams import COLUMNS
from recsys.quality.saved import SHIPPED, judge_bytes

OWN: Final = "lines"
COMMUNITY: Final = ("community_en", "community_zh")
MASS: Final[Mapping[str, Mapping[str, float]]] = {
    "advert": {"sms_en": 150, "youtube_en": 150, "xposts_en": 150, "ircchat_ok_en": 200},
    "abuse": {
        "tweets_abuse_en": 150,
        "cold_abuse_zh": 150,
        "sms_en": 50,
        "youtube_en": 50,
        "ircchat_ok_en": 150,
    },
}
"""What all rows of a public data set together weigh in a head, where a line of ours weighs 1: enough to be
known, not enough to make its manner the measure of others. Sources that carry no label of a kind tell its
head what is none. Only sets whose terms allow a model that ships."""
SOURCES: Final = tuple(sorted({source for masses in MASS.values() for source in masses}))

DENSE_PENALTY: Final = 6.0
GRAM_PENALTY: Final = 0.2
FOLDS: Final = 5
QUIET: Final[Mapping[str, float]] = {"lines": 0.003, "sms_en": 0.0015, "ircchat_ok_en": 0.001}
"""At the threshold at most this share of a source's posts that are no advert, no abuse is flagged as one."""
FINE: Final = 0.01
"""Of our good lines, so many may be flagged for low effort, and as many for off topic."""
LOWEST: Final = 0.5
KEPT_APART: Final = 3
"""Tenths of the groups of near-copies that are never trained on, to measure with."""


def group(text: str) -> str:
    """What near-copies share: small letters, digits as 0, letters and Chinese characters only, 40 of them."""
    return re.sub("[^0a-z\u3400-\u9fff]", "", re.sub(r"\d", "0", text.lower()))[:40] or text[:40]


def tenth(text: str) -> int:
    """0 to 9, the same for near-copies."""
    return int(hashlib.md5(group(text).encode(), usedforsecurity=False).hexdigest(), 16) % 10


def read_rows(folder: Path, names: Sequence[str]) -> list[Labelled]:
    """The rows of `NAME.csv.gz` with the columns source, lang, label and text."""
    found = []
    for name in names:
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            found += [
                Labelled(row["text"], row["label"], row["source"], row["lang"])
                for row in csv.DictReader(file)
            ]
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """What is trained on, row by row."""

    looks: Looks
    labels: Any
    sources: Any
    folds: Ints

    def taken(self, some: Bools) -> Rows:
        """Those that are marked."""
        places = np.flatnonzero(some)
        return Rows(self.looks.taken(places), self.labels[some], self.sources[some], self.folds[some])

    def weights(self, head: str) -> Floats:
        """What each row counts for a head; 0 for rows that it does not learn from."""
        masses = MASS.get(head, {})
        found = np.zeros(len(self.labels), np.float32)
        for source in np.unique(self.sources):
            inside = self.sources == source
            if source == OWN:
                found[inside] = 1.0
            elif source in masses:
                found[inside] = masses[source] / inside.sum()
        return found


def looked(rows: Sequence[Labelled], encoder: Encoder) -> Rows:
    """Rows with their source (`lines`: ours), as they are trained on. Slow."""
    texts = [row.text for row in rows]
    return Rows(
        together([look(texts[begin : begin + 256], encoder) for begin in range(0, len(texts), 256)]),
        np.array([row.label for row in rows]),
        np.array([row.source for row in rows]),
        np.array([tenth(text[:CUT] + OWN) % FOLDS for text in texts], np.int64),
    )


def train(made: Rows, encoder: str, version: str) -> Judge:
    """Heads, what both say together, and thresholds. `encoder`: the name of what made the vectors."""
    scaling = Scaling.of(made.looks.surface[made.sources == OWN])
    dense = scaling.rows(made.looks)
    worded = sparse(made.looks.grams)
    weights = np.zeros((dense.shape[1], len(HEADS)), np.float32)
    grams = np.zeros((COLUMNS, len(HEADS)), np.float32)
    bias, mix = np.zeros((2, len(HEADS)), np.float32), np.zeros((3, len(HEADS)), np.float32)
    held = np.zeros((len(made.labels), len(HEADS)), np.float32)
    for place, head in enumerate(HEADS):
        weight, wanted = made.weights(head), (made.labels == head).astype(np.float32)
        used = np.flatnonzero(weight)
        both = np.zeros((len(made.labels), 2), np.float32)
        for fold in range(FOLDS):
            some, out = used[made.folds[used] != fold], np.flatnonzero(made.folds == fold)
            first, second = _fitted(dense, worded, some, wanted, weight)
            both[out] = np.stack(
                [dense[out] @ first[0] + first[1], worded[out] @ second[0] + second[1]], axis=1
            )
        first, second = _fitted(dense, worded, used, wanted, weight)
        weights[:, place], grams[:, place] = first[0], second[0]
        bias[:, place] = first[1], second[1]
        start = np.array([0.5, 0.5, 0.0], np.float32)
        mix[:, place] = fit_mix(both[used], wanted[used], weight[used], start, caution=1.0)
        held[:, place] = mixed(both, mix[:, place])
    held[:, LOW_EFFORT] = effort_logit(held[:, LOW_EFFORT], made.looks.surface)
    heads = Heads(scaling, weights, grams, bias, mix)
    counts = {name: int((made.sources == name).sum()) for name in np.unique(made.sources)}
    return Judge(encoder, heads, _thresholds(made, chance(held)), version, {"rows": counts})


def _fitted(
    dense: Floats, worded: Any, some: Ints, wanted: Floats, weight: Floats
) -> tuple[tuple[Floats, float], tuple[Floats, float]]:
    """Weights and bias of one kind's dense head and of its head over n-grams.

    The latter is fitted on the n-grams that occur: the others stay 0, and cost most of the time.
    """
    first = logistic.fit(dense[some], wanted[some], weight[some], DENSE_PENALTY)
    chosen = worded[some]
    columns, place = np.unique(chosen.indices, return_inverse=True)
    narrow = type(chosen)((chosen.data, place, chosen.indptr), shape=(len(some), len(columns)))
    found, bias = logistic.fit(narrow, wanted[some], weight[some], GRAM_PENALTY)
    grams = np.zeros(COLUMNS, np.float32)
    grams[columns] = found
    return first, (grams, bias)


def _thresholds(rows: Rows, chances: Floats) -> dict[str, float]:
    """From chances of the held out [rows x HEADS]."""
    found = {}
    for place, kind in enumerate(KINDS):
        is_it = rows.labels == kind
        if kind in MASS:
            quiet = [
                float(np.quantile(chances[(rows.sources == source) & ~is_it, place], 1 - share))
                for source, share in QUIET.items()
                if (rows.sources == source).any()
            ]
            found[kind] = round(max([LOWEST, *quiet]), 4)
        else:
            fine = np.isin(rows.labels, (OK, HELPFUL)) & (rows.sources == OWN)
            found[kind] = round(max(LOWEST, float(np.quantile(chances[fine, place], 1 - FINE))), 4)
    return found


def rows_to_train_on(folder: Path | None, without: Sequence[str] = ()) -> list[Labelled]:
    """Our lines, and of the public sets the groups that are not kept apart."""
    found = list(own_lines())
    if folder is not None:
        community = [row for row in read_rows(folder, COMMUNITY) if "community" not in without]
        found += [Labelled(row.text, row.label, OWN, row.language) for row in community]
        found += read_rows(folder, [name for name in SOURCES if name not in without])
    return [row for row in found if row.source == OWN or tenth(row.text) >= KEPT_APART]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    options = argparse.ArgumentParser(prog="python -m recsys.quality.train", description=__doc__)
    options.add_argument("--data", type=Path, help="folder of the public sets, NAME.csv.gz each")
    options.add_argument("--encoder", default=BUILTIN)
    options.add_argument("--without", default="", help="sources to leave out, comma between")
    options.add_argument("--out", type=Path, default=Path(str(files("recsys.quality") / SHIPPED)))
    options.add_argument("--kept", type=Path, help="instead, write here what is kept apart to measure with")
    options.add_argument("--rest", type=Path, help="instead, write here what is not kept apart")
    chosen = options.parse_args(arguments)
    for path, kept in ((chosen.kept, True), (chosen.rest, False)):
        if path is not None:
            names = sorted(one.name.removesuffix(".csv.gz") for one in chosen.data.glob("*.csv.gz"))
            _write(
                path, [row for row in read_rows(chosen.data, names) if (tenth(row.text) < KEPT_APART) == kept]
            )
    if chosen.kept is not None or chosen.rest is not None:
        return
    rows = rows_to_train_on(chosen.data, tuple(filter(None, chosen.without.split(","))))
    words = "\n".join(f"{row.source} {row.label} {row.text}" for row in rows)
    version = hashlib.sha256(f"{chosen.encoder}\n{words}".encode()).hexdigest()[:12]
    encoder = load_encoder(chosen.encoder)
    judge = train(looked(rows, encoder), encoder.name, version)
    saved = judge_bytes(judge)
    chosen.out.write_bytes(saved)
    sys.stdout.write(
        f"{chosen.out.name}: {len(rows):,} rows, {len(saved):,} bytes, {dict(judge.thresholds)}\n"
    )


def _write(path: Path, rows: Sequence[Labelled]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "source", "lang", "label", "text"))
        out.writerows((k, row.source, row.language, row.label, row.text) for k, row in enumerate(rows))


if __name__ == "__main__":
    main()
