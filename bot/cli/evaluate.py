"""`homeroom evaluate`: how good the models are, on files that anybody can bring."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from math import isfinite, nan
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.evaluate_quality import quality
from bot.cli.options import AsJson, advance, give_up, report, tell

if TYPE_CHECKING:
    from recsys.ratings import Ratings, Reals
    from recsys.suggestions.content import Text

    pass

app = typer.Typer(help="Measure the models on files of your own.", no_args_is_help=True)
app.command()(quality)

SHOWN = ("hr_5", "hr_10", "recall_20", "ndcg_3", "ndcg_5", "ndcg_10", "ndcg_20", "mrr", "coverage", "novelty")

FEWEST = 50


@dataclass(frozen=True, slots=True)
class Columns:
    """A file of interactions, column by column."""

    users: list[str]
    items: list[str]
    times: list[float] | None
    kinds: list[str] | None


@app.command()
def recommend(
    train: Annotated[Path, typer.Option(help="CSV: user, item, timestamp (optional), kind (optional).")],
    test: Annotated[Path, typer.Option(help="CSV: user, item. What they went on to have.")],
    items: Annotated[Path | None, typer.Option(help="CSV: item, title, text, tags (`|` between).")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the suggestions go: user, rank, item, score, reason.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Write the ranking of new courses only.")] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Processor time that training may take.")] = 600.0,
    megabytes: Annotated[float, typer.Option(min=1, help="Memory that one part may take.")] = 1_500.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of LightFM. With one, a seed is exact.")] = 1,
    seed: Annotated[int, typer.Option(help="Of all that is drawn at random.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Fit as in production, rank every course a member has not had, and compare with what others rank
    with."""
    from recsys.suggestions.fit import Budget
    from recsys.suggestions.interactions import InteractionError, Log
    from recsys.suggestions.measure import measure

    rows, wanted = read_interactions(train), read_interactions(test)
    if not rows.users:
        give_up(f"{train} has no rows.")
    catalogue = read_items(items) if items else {}
    try:
        log = Log.of(rows.users, rows.items, rows.times, rows.kinds, catalogue=list(catalogue))
    except InteractionError as error:
        give_up(f"{train}: {error}")
    with advance() as told:
        found = measure(
            log,
            wanted.users,
            wanted.items,
            catalogue,
            Budget(seconds, megabytes, threads),
            seed=seed,
            told=told,
        )
    if out:
        _write(out, found.new_rows() if new else found.rows())
    for sentence in found.sentences:
        tell(sentence)
    if as_json:
        report(found.report(), as_json)
        return
    _table(found.figures)
    report(found.about(), as_json)


@app.command()
def ratings(
    file: Annotated[Path, typer.Argument(help="CSV: user, item, rating.")],
    splits: Annotated[int, typer.Option(min=1, help="So many random splits.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the first split.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Foresee a random fifth of the ratings from the rest; the root mean square error of each part and
    the blend."""
    import numpy as np

    from recsys.ratings import Ratings, foresee, rmse

    rows = _rows(file, ("user", "item", "rating"))
    if len(rows) < FEWEST:
        give_up(f"{file} has {len(rows)} ratings; {FEWEST} are the fewest that say anything.")
    stars = np.array([_stars(row["rating"], file, line) for line, row in enumerate(rows, 2)])
    users, user = np.unique([row["user"] for row in rows], return_inverse=True)
    items, item = np.unique([row["item"] for row in rows], return_inverse=True)
    whole = Ratings(user, item, stars, len(users), len(items))
    found: dict[str, list[float]] = {}
    begun = process_time()
    for each in range(seed, seed + splits):
        order = np.random.default_rng(each).permutation(len(stars))
        test, train = whole.taken(order[: len(order) // 5]), whole.taken(order[len(order) // 5 :])
        tell(f"Split {each - seed + 1} of {splits}")
        got = foresee(train, test, each)
        for name in ("blend", "factors", "neighbours", "biases"):
            found.setdefault(f"rmse_{name}", []).append(rmse(test.stars, getattr(got, name)))
        for name, estimates in _surprise(train, test).items():
            found.setdefault(f"rmse_{name}", []).append(rmse(test.stars, estimates))
    if "rmse_knn_baseline" not in found:
        tell("scikit-surprise is not beside: it needs the extra `peers` (pip install 'homeroom[peers]').")
    figures = {name: round(float(np.mean(values)), 4) for name, values in found.items()}
    spread = {f"{name}_each": [round(value, 4) for value in values] for name, values in found.items()}
    seconds = round(process_time() - begun, 1)
    report({**figures, "ratings": len(rows), "splits": splits, "seconds": seconds, **spread}, as_json)


def _surprise(train: "Ratings", test: "Ratings") -> "dict[str, Reals]":
    """The same by scikit-surprise, where it is installed: its best neighbourhood and its factors as they
    come."""
    if find_spec("surprise") is None:
        return {}
    import numpy as np
    from surprise import SVD, Dataset, KNNBaseline, Reader

    options = {"name": "pearson_baseline", "user_based": False}
    rows = list(zip(train.user.tolist(), train.item.tolist(), train.stars.tolist(), strict=True))
    reader = Reader(rating_scale=(float(train.stars.min()), float(train.stars.max())))
    known = Dataset(reader)
    made = known.construct_trainset([(*row, None) for row in rows])
    wanted = list(zip(test.user.tolist(), test.item.tolist(), test.stars.tolist(), strict=True))
    peers = {"knn_baseline": KNNBaseline(sim_options=options, verbose=False), "svd": SVD(random_state=0)}
    return {name: np.array([one.est for one in peer.fit(made).test(wanted)]) for name, peer in peers.items()}


def _stars(text: str, path: Path, line: int) -> float:
    try:
        found = float(text)
    except ValueError:
        found = nan
    if not isfinite(found):
        give_up(f"{path}, line {line}: {text!r} is no rating. Write a number.")
    return found


def read_interactions(path: Path) -> Columns:
    """The columns user and item, and timestamp and kind where they are. Exits with a sentence."""
    rows = _rows(path, ("user", "item"))
    header = rows[0].keys() if rows else ()
    times = (
        [_time(row["timestamp"], path, line) for line, row in enumerate(rows, 2)]
        if "timestamp" in header
        else None
    )
    kinds = [row["kind"].strip() or "enrolled" for row in rows] if "kind" in header else None
    return Columns([row["user"] for row in rows], [row["item"] for row in rows], times, kinds)


def read_items(path: Path) -> "dict[str, Text]":
    """Title, text and tags of each item; of an item that is there twice the first counts. Exits with a
    sentence."""
    from recsys.suggestions.content import Text

    found: dict[str, Text] = {}
    for row in _rows(path, ("item",)):
        tags = tuple(filter(None, row.get("tags", "").split("|")))
        found.setdefault(row["item"], Text(row.get("title", ""), row.get("text", ""), tags))
    return found


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            csv.field_size_limit(10_000_000)
            reader = csv.DictReader(file, restval="")
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                give_up(
                    f"{path} has no column {missing[0]!r}. Its first line names them: {', '.join(needed)}."
                )
            return list(reader)
    except OSError as error:
        give_up(f"{path} cannot be read: {error.strerror}.")
    except (UnicodeDecodeError, csv.Error) as error:
        give_up(f"{path} is no CSV in UTF-8: {error}.")


def _time(text: str, path: Path, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        give_up(
            f"{path}, line {line}: {text!r} is no time. Write seconds or 2026-11-25T12:00:00, or leave the"
            " column out."
        )
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _write(path: Path, rows: Any) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("user", "rank", "item", "score", "reason"))
            writer.writerows(rows)
    except OSError as error:
        give_up(f"{path} cannot be written: {error.strerror}.")


def _table(figures: dict[str, dict[str, float]]) -> None:
    width = max(map(len, figures))
    print(f"{'':<{width}}  " + "  ".join(f"{name:>9}" for name in (*SHOWN, "seconds")))
    for name, row in figures.items():
        print(f"{name:<{width}}  " + "  ".join(f"{row.get(each, 0):>9.4f}" for each in (*SHOWN, "seconds")))
