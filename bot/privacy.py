"""`python -m bot.privacy`: bring the tables of docs/privacy.md up to date with those of the database."""

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Table

from handlers.people.privacy import TITLES, Settings
from storage.forgetting import DECISIONS, Then, told_columns
from storage.retention import Kept
from storage.tables import metadata

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
MARK = "<!-- From here on written by `python -m bot.privacy`. -->"
FORGETTING = {
    Then.DELETE: "the row goes",
    Then.CLEAR: "the row stays and names nobody",
    Then.FORMER: "the row stays, as a former member's",
}


def main() -> None:
    """Rewrites what stands below the mark."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")


def page(text: str) -> str:
    """The page with its tables as they are now."""
    above, _, _ = text.partition(MARK)
    return above + MARK + "\n" + "".join(f"\n{line}" for line in lines()) + "\n"


def lines() -> Iterator[str]:
    """Every table, by area."""
    for area, title in [*TITLES.items(), ("house", "About nobody")]:
        yield f"### {title}"
        for table in metadata.sorted_tables:
            if table.info["area"] == area:
                yield from told(table)
        yield ""


def told(table: Table) -> Iterator[str]:
    """One table: what for, how long, on /forget, and its columns."""
    decision = DECISIONS[table.name]
    yield ""
    yield f"**{table.name}**: {table.info['purpose']} Kept {how_long(table.info['kept'])}."
    yield ""
    after = [f"{FORGETTING[then]} (`{name}`)" for name, then in decision.names.items()]
    if decision.through:
        after.append(f"goes with its row of {decision.through}")
    if decision.searched:
        after.append("searched for the person's ids, handles and names, which go")
    if decision.nobody:
        after.append(decision.nobody)
    yield f"On /forget: {'; '.join(after)}."
    given = set(told_columns(table)) | {name for columns in decision.acted.values() for name in columns}
    columns = []
    for column in table.columns:
        tag = column.info["privacy"]
        reason = decision.untold.get(column.name)
        export = "" if tag == "none" else ", exported" if column.name in given else ", not exported"
        columns.append(f"`{column.name}` ({tag}{export}{f': {reason}' if reason else ''})")
    yield ""
    yield "Columns: " + ", ".join(columns) + "."


def how_long(kept: Kept) -> str:
    """The words, with the default of a setting."""
    if kept.setting:
        default = Settings.model_fields[kept.setting.rpartition(".")[2]].default
        return kept.words.format(days=default) + f" (`{kept.setting}`)"
    return kept.words.format(days=kept.days)


if __name__ == "__main__":
    main()
