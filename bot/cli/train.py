"""`homeroom train`: the model that suggests courses, trained now on what is stored."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import (
    Advance,
    AsJson,
    ConfigFile,
    DatabaseUrl,
    advance,
    configured,
    give_up,
    opened,
    report,
    tell,
    until_done,
)
from bot.config import Config

if TYPE_CHECKING:
    from storage.models import StoredModel


def train(
    community: Annotated[
        str | None, typer.Option("--community", help="Its number or name; needed where there are several.")
    ] = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Learn from what members did which course comes next; it serves if it is no worse than what does."""
    from bot.importers import ImportProblem
    from bot.training.request import TrainingFailed
    from recsys.suggestions.skipped import Skip

    settings = configured(config, database)
    try:
        with advance() as told:
            name, made = until_done(_trained(settings, community, told))
    except ImportProblem as error:
        give_up(error.sentence)
    except TrainingFailed as failed:
        give_up(f"{failed} What served goes on.")
    for skip in made.skipped:
        tell(Skip.of(skip).sentence)
    if made.state == "refused":
        tell("It was not taken: on later data it is worse than what serves, or than popularity.")
    report(told_of(name, made), as_json)


async def _trained(config: Config, named: str | None, told: Advance) -> "tuple[str, StoredModel]":
    from bot.importers.giving import community_named
    from bot.logs import set_up_logs
    from bot.training.community import Place, train_community

    set_up_logs("error", config.logs.format, config.secrets())
    chosen = config.training
    async with opened(config) as database:
        community = await community_named(database, named)
        place = Place(config.data_folder, chosen.seconds, chosen.megabytes)
        return community.name, await train_community(database, community.id, place, told=told)


def told_of(community: str, made: "StoredModel") -> dict[str, Any]:
    """What is reported, on one level."""
    figures = made.figures
    hits = {f"hits_{name}": value for name, value in figures.get("hits", {}).items()}
    weights = {f"weight_{name}": value for name, value in made.parameters.get("weights", {}).items()}
    return {
        "community": community,
        "version": made.version,
        "state": made.state,
        "events": made.events,
        "members": made.members,
        "courses": made.courses,
        "new_courses": made.parameters.get("new", 0),
        "data_from": made.data_from.isoformat() if made.data_from else None,
        "data_until": made.data_until.isoformat() if made.data_until else None,
        "compared_members": figures.get("members", 0),
        "compared_first": figures.get("first", 10),
        **hits,
        **weights,
        "worse_than": list(figures.get("worse_than", [])),
        "skipped": [skip["what"] for skip in made.skipped],
        "file": made.file,
    }
