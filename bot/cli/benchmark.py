"""`homeroom benchmark`: figures of this machine, each beside its floor."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from storage.errors import StorageError

app = typer.Typer(help="Measure this machine. Each figure stands beside its floor.", no_args_is_help=True)

Url = Annotated[str | None, typer.Option(help="An empty database. Default: a temporary SQLite file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command()
def ingest(
    posts: Annotated[int, typer.Option(min=1_000, help="How many posts are fed.")] = 20_000,
    stored: Annotated[int, typer.Option(min=0, help="How many older posts are stored before.")] = 10_000,
    database: Url = None,
    as_json: AsJson = False,
) -> None:
    """Posts per second through the whole path, beside the driver alone and the library alone; and when each
    is read by the judge, with how long commands wait meanwhile."""
    from bot.benchmark.ingest import measure_ingest
    from bot.benchmark.polling import measure_polling
    from bot.benchmark.reading import measure_reading
    from bot.logs import set_up_logs

    set_up_logs("error")

    async def figures() -> dict[str, float]:
        path = await measure_ingest(posts, database, stored=stored, told=_told)
        polling = await measure_polling(posts // 4, told=_told)
        reading = await measure_reading(posts // 4, stored=min(stored, 10_000), told=_told)
        return {
            "posts_per_s": round(path.posts_per_s, 1),
            "floor_per_s": round(path.floor_per_s, 1),
            "ratio_raw": round(path.ratio_raw, 3),
            "polled_per_s": round(polling.ours_per_s, 1),
            "library_per_s": round(polling.library_per_s, 1),
            "ratio_ptb": round(polling.ratio_ptb, 3),
            "read_per_s": round(reading.posts_per_s, 1),
            "read_per_core_s": round(reading.posts_per_core_s, 1),
            "read_share": round(reading.read, 4),
            "read_command_p95_ms": round(reading.command_p95_ms, 1),
            "read_ready_s": round(reading.ready_s, 2),
            "stored": stored,
        }

    _report(asyncio.run(_said_plainly(figures())), as_json)


@app.command()
def leaderboard(
    members: Annotated[int, typer.Option(min=1_000, help="How many members each board has.")] = 200_000,
    times: Annotated[int, typer.Option(min=100, help="How often each question is asked.")] = 200,
    database: Url = None,
    as_json: AsJson = False,
) -> None:
    """How long /top (first, hundredth, last page), /rank and /around wait, in their slowest period."""
    from bot.benchmark.leaderboard import measure_leaderboard

    async def figures() -> dict[str, float]:
        found = await measure_leaderboard(members, database, times=times, told=_told)
        slowest: dict[str, float] = {}
        for each in found:
            name = f"{each.question.split(',')[0].removeprefix('/')}_p99_ms"
            slowest[name] = max(slowest.get(name, 0.0), round(each.p99, 2))
        return {"members": members, **slowest}

    _report(asyncio.run(_said_plainly(figures())), as_json)


@app.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(help="An export of any kind. Default: made-up posts.", show_default=False)
    ] = None,
    records: Annotated[int, typer.Option(min=1_000, help="So many of its records.")] = 20_000,
    as_json: AsJson = False,
) -> None:
    """Records a second by `homeroom import`, beside the same ones arriving live; and the memory it took."""
    import resource

    from bot.benchmark.importing import measure_import
    from bot.importers import ImportProblem

    async def figures() -> dict[str, float]:
        try:
            found = await measure_import(records, file, told=_told)
        except ImportProblem as error:
            raise StorageError(error.sentence) from error
        return {
            "records": found.records,
            "imported_per_s": round(found.imported_per_s, 1),
            "live_per_s": round(found.live_per_s, 1),
            "ratio_live": round(found.ratio_live, 3),
            "ratio_cpu": round(found.ratio_cpu, 3),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }

    _report(asyncio.run(_said_plainly(figures())), as_json)


@app.command()
def recommend(
    times: Annotated[int, typer.Option(min=100, help="How many members are served.")] = 1_000,
    interactions: Annotated[int, typer.Option(min=20_000, help="So many are learned from.")] = 200_000,
    as_json: AsJson = False,
) -> None:
    """One member's top ten among 1,000 and 10,000 courses, and what LightFM learns a second, on one core."""
    from dataclasses import asdict

    from bot.benchmark.recommend import measure_recommending

    found = asdict(measure_recommending(times, interactions, _told))
    _report({name: round(value, 3) for name, value in found.items()}, as_json)


@app.command()
def quality(
    posts: Annotated[int, typer.Option(min=320, help="How many posts are judged.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Posts judged a second, one by one and in batches, beside the encoder alone, on one thread."""
    from dataclasses import asdict

    from bot.benchmark.quality import measure_judging

    found = asdict(measure_judging(posts, _told))
    _report({name: round(value, 3) for name, value in found.items()}, as_json)


async def _said_plainly(work: Any) -> dict[str, float]:
    try:
        found: dict[str, float] = await work
    except StorageError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    return found


def _told(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _report(figures: dict[str, float], as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, figure in figures.items():
        print(f"{name:<{width}}  {figure:>12,.3f}".rstrip("0").rstrip("."))
