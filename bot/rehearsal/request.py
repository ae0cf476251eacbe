"""Request: what a rehearsal is asked, and what it answers, as texts that another process understands."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bot.rehearsal.rehearse import Correction
from bot.rehearsal.writing import Planned
from handlers.base import Award
from handlers.base.rehearsal import Overlay, Rehearsed
from storage.values import MISSING

_REHEARSED = TypeAdapter(Rehearsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be rehearsed."""

    url: str
    base: Mapping[str, Mapping[str, Any]]
    """Feature -> what config.yaml chooses for every community."""
    community: int
    since: datetime
    now: datetime
    folder: Path
    """For what it needs meanwhile."""
    overlay: Sequence[Overlay] = ()
    corrections: Path | None = None
    """Where to write what is to be corrected; None: only the figures are wanted."""


def request_to_text(request: Request) -> str:
    """One line of JSON."""
    overlay = [
        {"key": each.key, "space": each.space_id, "channel": each.channel_id}
        | ({} if each.value is MISSING else {"value": each.value})
        for each in request.overlay
    ]
    return json.dumps(
        {
            "url": request.url,
            "base": request.base,
            "community": request.community,
            "since": request.since.isoformat(),
            "now": request.now.isoformat(),
            "folder": str(request.folder),
            "overlay": overlay,
            "corrections": str(request.corrections) if request.corrections else None,
        }
    )


def request_of(text: str) -> Request:
    """What `request_to_text` made."""
    row = json.loads(text)
    return Request(
        url=row["url"],
        base=row["base"],
        community=row["community"],
        since=datetime.fromisoformat(row["since"]),
        now=datetime.fromisoformat(row["now"]),
        folder=Path(row["folder"]),
        overlay=[
            Overlay(each["key"], each.get("value", MISSING), each["space"], each["channel"])
            for each in row["overlay"]
        ],
        corrections=Path(row["corrections"]) if row["corrections"] else None,
    )


def rehearsed_to_text(rehearsed: Rehearsed) -> str:
    """One line of JSON."""
    return _REHEARSED.dump_json(rehearsed).decode()


def rehearsed_of(text: str | bytes) -> Rehearsed:
    """What `rehearsed_to_text` made. Raises ValueError."""
    return _REHEARSED.validate_json(text)


def write_planned(corrections: Iterable[Correction], path: Path) -> None:
    """A line a correction."""
    with path.open("w", encoding="utf-8") as out:
        for each in corrections:
            out.write(json.dumps(_planned(each), ensure_ascii=False) + "\n")


def read_planned(path: Path, community: int) -> Iterator[Planned]:
    """The lines that `write_planned` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            at, would = datetime.fromisoformat(row["at"]), row["would"]
            award = would and Award(
                rule=row["rule"], source=row["source"], community=community, member=0, at=at, **would
            )
            yield Planned(row["rule"], row["source"], at, row["turn"], award)


def _planned(correction: Correction) -> dict[str, Any]:
    stands, would = correction.stands, correction.would
    one = would or stands
    assert one is not None
    return {
        "rule": correction.rule,
        "source": correction.source,
        "at": one["happened_at"].isoformat(),
        "turn": stands["turn"] if stands else None,
        "would": would
        and {
            "points": would["points"],
            "account": would["account_id"],
            "space": would["space_id"],
            "channel": would["channel_id"],
            "actor": would["actor_account_id"],
            "message": would["message"],
            "note": would["note"],
        },
    }
