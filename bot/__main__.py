"""The command line, `homeroom`: a command a file under cli/."""

import os

import typer

from bot.cli import benchmark, check, db, explain, init, replay, run

app = typer.Typer(
    help="The community manager for your own Telegram groups and Discord servers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(init.init)
app.command()(run.run)
app.command()(check.check)
app.add_typer(replay.app, name="replay")
app.command()(explain.explain)
app.add_typer(db.app, name="db")
app.add_typer(benchmark.app, name="benchmark")


def main() -> None:
    """Entry point of the console script."""
    os.umask(0o077)
    app()


if __name__ == "__main__":
    main()
