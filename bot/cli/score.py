"""`homeroom score`: what the judge says of each post of a file, or which it would ask an expert about."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.judging import bench, what_was_learned
from bot.cli.options import advance, tell
from bot.cli.posts import read_labelled, read_posts


def score(
    posts: Annotated[Path, typer.Argument(help="CSV: id, text.")],
    learn: Annotated[
        Path | None,
        typer.Option(help="CSV: id, text, label. Learned from first, as if experts had judged it."),
    ] = None,
    ask: Annotated[int, typer.Option(min=0, help="Instead, the N posts to put before an expert next.")] = 0,
) -> None:
    """Judge posts at the shipped thresholds, one JSON line each: how likely it is an advert, abuse, low
    effort or off topic, what it would be flagged for, and why."""
    import numpy as np

    from recsys.quality.ask import ask as questions
    from recsys.quality.judge import score as judged

    rows = read_posts(posts, ("id", "text"))
    known = read_labelled(learn) if learn else []
    with advance() as told:
        ours = bench()
        learned = ours.learned(known, ours.looked(known, told)) if known else None
        looks = ours.looked(rows, told)
    correction = learned.correction if learned else None
    if learned:
        tell(what_was_learned(learned))
    if ask:
        decided = {row["id"] for row in known}
        skip = np.array([row["id"] in decided for row in rows], bool)
        for one in questions(ours.judge.logits(looks, correction), looks.vectors, ask, skip):
            _line(
                {
                    "id": rows[one.row]["id"],
                    "reason": f"unsure about {one.kind}",
                    "chance": round(one.chance, 4),
                }
            )
        return
    texts = [row["text"] for row in rows]
    for row, found in zip(rows, judged(ours.judge, texts, looks, correction=correction), strict=True):
        _line(
            {
                "id": row["id"],
                "scores": {kind: round(value, 4) for kind, value in found.chances.items()},
                "helpful": round(found.helpful, 4),
                "flagged": list(found.flagged),
                "reasons": [
                    {"name": one.name, "weight": round(one.weight, 2)} | ({"of": one.of} if one.of else {})
                    for one in found.reasons
                ],
            }
        )


def _line(found: dict[str, Any]) -> None:
    print(json.dumps(found, ensure_ascii=False))
