"""Proofs: each figure that a proof finds is one line of build/proofs.jsonl; `python -m tests.prove` shows them."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1] / "build"
LINES = "proofs.jsonl"

SHARED = 0.7
"""So much of a figure must be reached where other tests take their turns."""
ATTEMPTS = 3
"""As often it is tried there."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim, what was found, and whether that is enough."""

    goal: str
    claim: str
    figure: str
    target: str
    met: bool
    full: bool
    command: str
    seconds: float
    at: str


class Proofs:
    """Records what one test finds."""

    def __init__(self, test: str, *, full: bool) -> None:
        self.full = full
        selection = "-m prove " if full else ""
        self._command = f"python -m pytest {selection}'{test}'"
        self._begun = datetime.now(UTC)

    def record(self, goal: str, claim: str, *, figure: str, target: str, met: bool) -> None:
        """Write it down, say it, and fail the test if it is not enough."""
        now = datetime.now(UTC)
        seconds = round((now - self._begun).total_seconds(), 1)
        proof = Proof(
            goal,
            claim,
            figure,
            target,
            met,
            self.full,
            self._command,
            seconds,
            now.isoformat(timespec="seconds"),
        )
        BUILD.mkdir(exist_ok=True)
        with (BUILD / LINES).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(proof), ensure_ascii=False) + "\n")
        print(f"{goal}: {claim}: {figure} (target: {target})")
        assert met, f"{goal}: {claim}: {figure}, target: {target}"


def read(path: Path) -> list[Proof]:
    """The latest word on each claim, full runs before bounded ones, in the order of the goals."""
    found: dict[tuple[str, str], Proof] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            proof = Proof(**json.loads(line))
            known = found.get((proof.goal, proof.claim))
            if known is None or proof.full >= known.full:
                found[proof.goal, proof.claim] = proof
    return sorted(found.values(), key=lambda p: (int("0" + "".join(filter(str.isdigit, p.goal))), p.claim))


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
