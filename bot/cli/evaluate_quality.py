"""`homeroom evaluate quality`: figures of the judge on labelled posts, beside baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.judging import bench, what_was_learned
from bot.cli.options import AsJson, advance, give_up, report, tell
from bot.cli.posts import read_labelled

if TYPE_CHECKING:
    from recsys.quality.measure import Figures

SHOWN = ("posts", "bad", "pr_auc", "f1", "precision_r95", "recall_p99", "ece", "false_flags", "recall")
Table = Mapping[str, Mapping[str, Mapping[str, "Figures"]]]


def quality(
    test: Annotated[Path, typer.Argument(help="CSV: id, text, label, and source and lang if there are.")],
    learn: Annotated[
        Path | None,
        typer.Option(help="CSV of the same kind. Learned from first, as if experts had judged it."),
    ] = None,
    judge: Annotated[
        Path | None, typer.Option(help="A judge that was trained here, instead of the shipped one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How well posts are judged: by kind, source and language, beside the nearest prototype and TF-IDF with
    logistic regression."""
    import numpy as np

    from recsys.quality.heads import chance
    from recsys.quality.kinds import HEADS, KINDS
    from recsys.quality.lines import own_lines
    from recsys.quality.measure import by_group, kinds_together, nearest_prototype, tfidf_regression

    rows, dev = read_labelled(test), read_labelled(learn) if learn else []
    if not rows:
        give_up(f"{test} has no rows.")
    labels = [row["label"] for row in rows]
    groups = {
        "source": [row.get("source", "") for row in rows],
        "language": [row.get("lang", "") for row in rows],
    }
    known = dev or [{"text": line.text, "label": line.label} for line in own_lines()]
    with advance() as told:
        ours = bench(judge)
        looks, seen = ours.looked(rows, told), ours.looked(known, told)
        learned = ours.learned(dev, seen) if dev else None
        kinds = [kind for kind in KINDS if kind in labels] or list(KINDS)
        logits = ours.judge.logits(looks, learned.correction if learned else None)
        found = {kind: chance(logits[:, HEADS.index(kind)]) for kind in KINDS}
        flagged = {kind: found[kind] >= ours.judge.thresholds[kind] for kind in KINDS}
        texts, names = [row["text"] for row in rows], [row["label"] for row in known]
        told(0.9, "Baselines")
        prototypes = {k: nearest_prototype(looks.vectors, seen.vectors, names, k) for k in kinds}
        regressions = {k: tfidf_regression(texts, [row["text"] for row in known], names, k) for k in kinds}
    tables: dict[str, Any] = {"judge": by_group(found, flagged, labels, groups)}
    for name, chances in (("nearest_prototype", prototypes), ("tfidf_regression", regressions)):
        tables[name] = by_group(
            chances, {k: np.asarray(v >= 0.5) for k, v in chances.items()}, labels, groups
        )
    several = len(set(labels) & set(KINDS)) > 1
    together = kinds_together(found, flagged, labels) if several else {}
    if learned:
        tell(what_was_learned(learned))
    if as_json:
        report(
            {
                "posts": len(rows),
                "learned": len(dev),
                "thresholds": dict(ours.judge.thresholds),
                **{name: round(value, 4) for name, value in together.items()},
                "figures": {
                    name: {kind: {g: _plain(f) for g, f in each.items()} for kind, each in table.items()}
                    for name, table in tables.items()
                },
            },
            as_json,
        )
        return
    _print(tables)
    report({name: round(value, 3) for name, value in together.items()}, as_json=False)


def _plain(figures: Figures) -> dict[str, float | None]:
    return {name: None if isnan(value) else round(value, 4) for name, value in asdict(figures).items()}


def _print(tables: Table) -> None:
    width = max(
        len(f"{kind}, {group}") for table in tables.values() for kind, each in table.items() for group in each
    )
    for name, table in tables.items():
        print(f"{name:<{width}}  " + "  ".join(f"{shown:>13}" for shown in SHOWN))
        for kind, each in table.items():
            for group, figures in each.items():
                cells = [getattr(figures, shown) for shown in SHOWN]
                print(f"{f'{kind}, {group}':<{width}}  " + "  ".join(_cell(cell) for cell in cells))


def _cell(value: float) -> str:
    if isinstance(value, int):
        return f"{value:>13,}"
    return f"{'-' if isnan(value) else format(value, '.4f'):>13}"
