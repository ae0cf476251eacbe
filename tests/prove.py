"""`python -m tests.prove`: runs the long proofs and writes one page, build/proofs.html, that shows what they found.

`--page` writes the page from what was found before, and runs nothing. `--document` writes it into
docs/benchmarks.md as well. More arguments go to pytest.
"""

from __future__ import annotations

import html
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.proofs import BUILD, LINES, Proof, cores, read

PAGE = "proofs.html"
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARK = "<!-- From here on written by `python -m tests.prove --document`. -->\n"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #ddd; }
td:first-child, td:last-child { white-space: nowrap; }
code { font-size: 85%; overflow-wrap: anywhere; }
.no { color: #a00; font-weight: 600; }
.part { color: #777; }
"""


def main(arguments: Sequence[str]) -> int:
    """The exit status is that of the proofs."""
    lines = BUILD / LINES
    status = 0
    more = [argument for argument in arguments if argument not in ("--page", "--document")]
    if "--page" not in arguments:
        lines.unlink(missing_ok=True)
        status = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "prove", "-q", *more], check=False
        ).returncode
    proofs = read(lines)
    page = BUILD / PAGE
    BUILD.mkdir(exist_ok=True)
    page.write_text(page_of(proofs, datetime.now(UTC)), encoding="utf-8")
    if "--document" in arguments:
        text = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        DOCUMENT.write_text(text + MARK + document_of(proofs, datetime.now(UTC)), encoding="utf-8")
    print(f"{sum(proof.met for proof in proofs)} of {len(proofs)} met: {page}")
    return status


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{cores()} cores ({platform.machine()}), {memory:.0f} GB, {platform.system()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def page_of(proofs: Sequence[Proof], now: datetime) -> str:
    rows = "\n".join(map(row_of, proofs))
    missed = [proof for proof in proofs if not proof.met]
    verdict = f"{len(proofs) - len(missed)} of {len(proofs)} claims are met."
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Homeroom: proofs</title>
<style>{STYLE}</style>
<h1>What Homeroom promises, measured</h1>
<p>{now:%Y-%m-%d %H:%M} UTC. {html.escape(machine())}.<br>
{verdict} Each line says how to measure it again.</p>
<table>
<tr><th>Goal<th>Claim<th>Found<th>Target<th>Met
{rows}
</table>
</html>
"""


def row_of(proof: Proof) -> str:
    text = {
        name: html.escape(getattr(proof, name)) for name in ("goal", "claim", "figure", "target", "command")
    }
    part = "" if proof.full else '<br><span class="part">the short version</span>'
    met = "yes" if proof.met else '<span class="no">no</span>'
    return (
        f"<tr><td>{text['goal']}<td>{text['claim']}{part}<br><code>{text['command']}</code>"
        f"<td>{text['figure']}<td>{text['target']}<td>{met}"
    )


def document_of(proofs: Sequence[Proof], now: datetime) -> str:
    """The same as Markdown: the newest finding of each claim."""
    newest = {(proof.goal, proof.claim): proof for proof in proofs}
    rows = "\n".join(
        f"| {proof.goal} | {proof.claim}{'' if proof.full else ' (short version)'} | {proof.figure} | {proof.target}"
        f" | {'yes' if proof.met else '**no**'} | `{proof.command}` |"
        for proof in newest.values()
    )
    return (
        f"\n{now:%Y-%m-%d}, {machine()}.\n\n"
        f"| goal | claim | found | target | met | command |\n| --- | --- | --- | --- | --- | --- |\n{rows}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
