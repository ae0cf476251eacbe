"""The command line, `homeroom`: a command a file under cli/."""

import gc
import os

import typer

from bot.cli import (
    benchmark,
    check,
    db,
    evaluate,
    explain,
    import_,
    init,
    privacy,
    replay,
    roster,
    run,
    score,
    simulate,
    train,
)

app = typer.Typer(
    help="The community manager for your own Telegram groups and Discord servers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(init.init)
app.command()(run.run)
app.command()(check.check)
app.command()(simulate.simulate)
app.command()(train.train)
app.add_typer(replay.app, name="replay")
app.command()(explain.explain)
app.add_typer(db.app, name="db")
app.add_typer(import_.app, name="import")
app.add_typer(roster.app, name="roster")
app.command()(privacy.export)
app.command()(privacy.forget)
app.command()(score.score)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(benchmark.app, name="benchmark")


def main() -> None:
    """Entry point of the console script."""
    os.umask(0o077)
    # Read when numpy is imported. Its products here are small: on a busy machine a second thread for them
    # waits for the first, spinning, and one post takes fifty times as long.
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    # A batch of posts is tens of thousands of small objects and hardly a cycle among them: with Python's own
    # thresholds an eighth of the intake's time goes into looking for cycles.
    gc.set_threshold(50_000, 20, 20)
    app()


if __name__ == "__main__":
    main()
