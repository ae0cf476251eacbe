"""`python -m tests.quality_worst`: judges real chats and writes the 50 worst flags into docs/quality-worst.md.

The chats are taken to be all good, so each flag counts as false; some are not, and a person who reads the page
says which. `--every N` looks at each Nth post.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from recsys.encoders import Encoder, load_encoder
from recsys.quality.heads import chance
from recsys.quality.judge import Judge, capped, score
from recsys.quality.kinds import KINDS
from recsys.quality.looks import look
from recsys.quality.saved import shipped
from recsys.quality.train import group, read_rows

SHARED: Final = Path(__file__).parents[1].parent / "shared" / "data"
CHATS: Final = SHARED / "chat"
PAGE: Final = Path(__file__).parents[1] / "docs" / "quality-worst.md"
UBUNTU, GITTER = "#ubuntu", "freeCodeCamp"
FILES: Final = {UBUNTU: "irc-ubuntu-dev.jsonl.gz", GITTER: "gitter-fcc.jsonl.gz"}
EVERY: Final = {UBUNTU: 1, GITTER: 10}
"""Of so many posts one is looked at, so that it takes some minutes."""
BATCH: Final = 64
CUT: Final = 1_000
WORST: Final = 50
SHOWN: Final = 90
"""Signs of a post that the page quotes."""
NAMES: Final = (
    "maria",
    "tomasz",
    "jin",
    "oleg",
    "fatima",
    "dana",
    "bob",
    "priya",
    "lucas",
    "emre",
    "ines",
    "kofi",
)
_PSEUDONYM: Final = re.compile(r"\b(?:nick|camper|user)(?:x[0-9a-f]+|[0-9]{4,6})\b")


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a real chat."""

    chat: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """What was flagged, for its likeliest kind."""

    post: Post
    kind: str
    chance: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One chat."""

    posts: int
    counts: Mapping[str, int]
    """Kind -> posts flagged for it; a post can be flagged for two."""
    any: int
    capped: Mapping[str, int]
    """The same with the cap of a space that has few verdicts."""
    any_capped: int
    flags: Sequence[Flag]

    def per_thousand(self, flags: int) -> float:
        """Of so many flags, how many of 1,000 posts they are."""
        return 1_000 * flags / max(self.posts, 1)


def posts_of(chat: str, every: int) -> Iterator[Post]:
    """What people wrote, without what programs did, and without near-copies of what the judge learned from."""
    known = {group(row.text) for row in read_rows(SHARED / "quality", ["ircchat_ok_en"])}
    count = 0
    with gzip.open(CHATS / FILES[chat], "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            said = row["kind"] == "chat" if "kind" in row else row["type"] == "message"
            if not said or row.get("bot") or not row["text"].strip():
                continue
            count += 1
            if count % every == 0 and group(row["text"]) not in known:
                where, number = row.get("room") or row["file"], row.get("id", row.get("idx"))
                yield Post(chat, f"{where} {number}", _named(row["text"]))


def judged(judge: Judge, encoder: Encoder, posts: Sequence[Post]) -> Judged:
    """At the shipped thresholds, without what a space talks about; and with the cap of 1 %."""
    counts: Counter[str] = Counter()
    flags: list[Flag] = []
    chances = []
    for begin in range(0, len(posts), BATCH):
        some = posts[begin : begin + BATCH]
        texts = [each.text[:CUT] for each in some]
        looks = look(texts, encoder)
        chances.append(chance(judge.logits(looks)))
        for post, found in zip(some, score(judge, texts, looks), strict=True):
            counts.update(found.flagged)
            if found.flagged:
                kind = found.flagged[0]
                why = tuple(f"{one.name} {one.of}".strip() for one in found.reasons[:3])
                flags.append(Flag(post, kind, found.chances[kind], why))
    every = np.concatenate(chances)
    lines = capped(judge, every)
    over = np.stack([every[:, place] >= lines[kind] for place, kind in enumerate(KINDS)], axis=1)
    fewer = dict(zip(KINDS, map(int, over.sum(axis=0)), strict=True))
    return Judged(len(posts), counts, len(flags), fewer, int(over.any(axis=1).sum()), flags)


def worst(flags: Sequence[Flag], most: int = WORST) -> list[Flag]:
    """Those the judge is surest of. Harm first, since it costs most when it is wrong: low effort fills up."""
    order = {kind: place for place, kind in enumerate(("advert", "abuse", "off_topic", "low_effort"))}
    return sorted(flags, key=lambda each: (order[each.kind] == 3, -each.chance))[:most]


def page_of(found: Mapping[str, Judged], every: Mapping[str, int], today: datetime) -> str:
    """The page, for a person who says which of the flags are right."""
    lines = [
        "# The worst flags on real chats",
        "",
        "What the shipped judge flags in two chats in which nearly everything is fine: the help channel #ubuntu (every",
        f"{_nth(every[UBUNTU])} post of ten days between 2004 and 2018) and 35 rooms of freeCodeCamp on Gitter (every {_nth(every[GITTER])} post),",
        "at the shipped thresholds, and with the cap of 1 % of a space's own posts for each kind that holds until there are 50 verdicts.",
        f"Written {today:%Y-%m-%d} by `python -m tests.quality_worst`. Posts that the judge learned from, and their near-copies, are left out;",
        "pseudonyms such as nick28988, which nobody bears, were replaced by names.",
        "",
        "| flags per 1,000 posts | posts | "
        + " | ".join(kind.replace("_", " ") for kind in KINDS)
        + " | any |",
        "| --- | --- | " + " | ".join("---" for _ in KINDS) + " | --- |",
        *(line for chat, each in found.items() for line in _rates(chat, each)),
        "",
        f"## {WORST} to be judged by a person",
        "",
        "Adverts, abuse and off topic first, then low effort, the surest first. Names were replaced by whoever made the data public again;",
        f"quotes are cut at {SHOWN} signs. Some of these flags are right: rude or spam-like posts were left in the data on purpose.",
        "",
        "| | flagged as | how sure | why | post | where |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for place, each in enumerate(worst([flag for chat in found.values() for flag in chat.flags]), 1):
        lines.append(
            f"| {place} | {each.kind.replace('_', ' ')} | {each.chance:.3f} | {_cell(', '.join(each.why), 60)}"
            f" | {_cell(each.post.text, SHOWN)} | {each.post.chat}, {each.post.id} |"
        )
    return "\n".join([*lines, "", *SOURCES, ""])


SOURCES: Final = (
    "## Where the quotes are from",
    "",
    "- #ubuntu: J. K. Kummerfeld and others, *A Large-Scale Corpus for Conversation Disentanglement*, ACL 2019;",
    "  github.com/jkkummerfeld/irc-disentanglement, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changed: names replaced, cut.",
    "- freeCodeCamp: github.com/freeCodeCamp/gitter-history, BSD 3-Clause, Copyright (c) 2016, Free Code Camp, all rights reserved; the terms",
    "  and the disclaimer are at https://opensource.org/license/bsd-3-clause. Changed: names replaced, cut.",
)


def _named(text: str) -> str:
    """With names as people have them: a judge that reads digits in every name is judged by what nobody wrote."""
    return _PSEUDONYM.sub(lambda found: NAMES[sum(map(ord, found[0])) % len(NAMES)], text)


def _rates(chat: str, each: Judged) -> Iterator[str]:
    for what, counts, whole in (
        ("shipped thresholds", each.counts, each.any),
        ("with the cap", each.capped, each.any_capped),
    ):
        rates = " | ".join(f"{each.per_thousand(counts.get(kind, 0)):.2f}" for kind in KINDS)
        yield f"| {chat}, {what} | {each.posts:,} | {rates} | {each.per_thousand(whole):.2f} |"


def _nth(n: int) -> str:
    return "single" if n == 1 else f"{n}th"


def _cell(text: str, most: int) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("`", "'").replace("<", "&lt;")


def all_judged(every: Mapping[str, int] = EVERY) -> dict[str, Judged]:
    """Each chat, by the shipped judge."""
    judge, encoder = shipped(), load_encoder()
    return {chat: judged(judge, encoder, list(posts_of(chat, n))) for chat, n in every.items()}


if __name__ == "__main__":
    step = int(sys.argv[2]) if sys.argv[1:2] == ["--every"] else 0
    chosen = {chat: step or n for chat, n in EVERY.items()}
    result = all_judged(chosen)
    PAGE.write_text(page_of(result, chosen, datetime.now(UTC)), encoding="utf-8")
    for name, one in result.items():
        for row in _rates(name, one):
            print(row)
