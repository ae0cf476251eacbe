"""Figures of a judge on labelled posts, and of the simple ways that it has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recsys.quality.kinds import HELPFUL, KINDS, OK, Bools, Floats
from recsys.quality.mixing import calibration_error

FEWEST: Final = 5
"""Posts of a kind, and others, from which on figures say anything."""
RECALL: Final = 0.95
PRECISION: Final = 0.99


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one kind among some posts.

    pr_auc: average precision; f1: of its flags; precision_r95: precision at 95 % recall; recall_p99: recall
    at 99 % precision; ece: calibration error; false_flags: the share of the other posts that are flagged;
    recall: the share of the kind that is. NaN where there are too few posts to say.
    """

    posts: int
    bad: int
    pr_auc: float
    f1: float
    precision_r95: float
    recall_p99: float
    ece: float
    false_flags: float
    recall: float


def figures(chances: Floats, flagged: Bools, is_it: Bools) -> Figures:
    """Of one kind: chances [posts], whether each is flagged for it, and whether it is of the kind."""
    bad, good = int(is_it.sum()), int((~is_it).sum())
    hit = int((flagged & is_it).sum())
    false = float((flagged & ~is_it).sum() / good) if good else np.nan
    found = float(hit / bad) if bad else np.nan
    if bad < FEWEST or good < FEWEST:
        return Figures(len(is_it), bad, np.nan, np.nan, np.nan, np.nan, np.nan, false, found)
    precision, recall = _curve(chances, is_it)
    steps = np.diff(np.concatenate([[0.0], recall]))
    enough = precision[recall >= RECALL]
    sure = recall[precision >= PRECISION]
    count = bad + int(flagged.sum())
    return Figures(
        len(is_it),
        bad,
        float((steps * precision).sum()),
        2 * hit / count if count else np.nan,
        float(enough.max()),
        float(sure.max()) if len(sure) else 0.0,
        calibration_error(chances, is_it),
        false,
        found,
    )


def by_group(
    chances: Mapping[str, Floats],
    flagged: Mapping[str, Bools],
    labels: Sequence[str],
    groups: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, Figures]]:
    """Figures of each kind, over all posts (`all`) and in each group (`source sms_en`, `language zh`)."""
    known = np.array(labels)
    places = {"all": np.ones(len(known), bool)}
    for name, each in groups.items():
        column = np.array(each)
        places |= {f"{name} {value}": column == value for value in sorted(set(each)) if value}
    return {
        kind: {
            name: figures(chances[kind][inside], flagged[kind][inside], known[inside] == kind)
            for name, inside in places.items()
        }
        for kind in chances
    }


def kinds_together(
    chances: Mapping[str, Floats], flagged: Mapping[str, Bools], labels: Sequence[str]
) -> dict[str, float]:
    """Of posts in several kinds: macro-F1 with the likeliest flagged kind as the answer, or else ok; and
    precision and recall of being flagged at all."""
    known = np.array([OK if label == HELPFUL else label for label in labels])
    over = np.stack([np.where(flagged[kind], chances[kind], -1) for kind in KINDS], axis=1)
    said = np.where(over.max(axis=1) < 0, OK, np.array(KINDS)[over.argmax(axis=1)])
    each = []
    for label in sorted(set(known)):
        hit = ((said == label) & (known == label)).sum()
        each.append(2 * hit / max((said == label).sum() + (known == label).sum(), 1))
    raised, bad = said != OK, known != OK
    return {
        "macro_f1": float(np.mean(each)),
        "flag_precision": float((raised & bad).sum() / max(raised.sum(), 1)),
        "flag_recall": float((raised & bad).sum() / max(bad.sum(), 1)),
    }


def nearest_prototype(vectors: Floats, known: Floats, labels: Sequence[str], kind: str) -> Floats:
    """Baseline: how much nearer a post is to the nearest known post of the kind than to the nearest other, as
    a chance [posts]."""
    is_it = np.array([label == kind for label in labels])
    if not is_it.any() or is_it.all():
        return np.zeros(len(vectors), np.float32)
    alike = vectors @ known.T
    gap = alike[:, is_it].max(axis=1) - alike[:, ~is_it].max(axis=1)
    return np.asarray(1 / (1 + np.exp(-8 * gap)), np.float32)


def tfidf_regression(texts: Sequence[str], known: Sequence[str], labels: Sequence[str], kind: str) -> Floats:
    """Baseline: TF-IDF of character n-grams and logistic regression, as scikit-learn has them [posts]."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    is_it = np.array([label == kind for label in labels])
    if not is_it.any() or is_it.all():
        return np.zeros(len(texts), np.float32)
    terms: Any = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, max_features=60_000
    )
    head: Any = LogisticRegression(C=10, max_iter=1_000).fit(terms.fit_transform(known), is_it)
    return np.asarray(head.predict_proba(terms.transform(texts))[:, 1], np.float32)


def _curve(chances: Floats, is_it: Bools) -> tuple[Any, Any]:
    """Precision and recall at every chance that occurs, from the highest down."""
    order = np.argsort(-chances, kind="stable")
    ranked = chances[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(is_it[order])[last]
    return hits / (last + 1), hits / is_it.sum()
