"""`python -m tests.committee_curve`: draws how right flags become, from what the simulated committee left in build/.

Run `python -m pytest -m prove tests/bot/judging` before. Writes docs/images/committee-curve.svg.
"""

import json
from pathlib import Path

from tests.proofs import BUILD

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "committee-curve.svg"
TITLES = {"youtube_en": "YouTube, English", "tgspam_zh": "Telegram, Chinese"}
COLOURS = ("#0072B2", "#D55E00")
"""Okabe and Ito's, safe for eyes that see red and green alike."""
WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 1200, 620, 110, 130, 400, 90

Steps = list[tuple[int, int, float, float]]
"""Decisions, posts flagged, precision, recall."""


def main() -> None:
    """Draw what there is."""
    found = {
        source: json.loads((BUILD / "committee" / f"{source}.json").read_text(encoding="utf-8"))
        for source in TITLES
        if (BUILD / "committee" / f"{source}.json").exists()
    }
    PICTURE.write_text(drawn(found), encoding="utf-8")


def drawn(found: dict[str, Steps]) -> str:
    """The picture; solid: of what is flagged so much is bad; dashed: so much of what is bad is flagged."""
    most = max(steps[-1][0] for steps in found.values())

    def x(decided: float) -> float:
        return LEFT + decided / most * (WIDE - LEFT - RIGHT)

    def y(share: float) -> float:
        return TOP + (1 - share) * (HIGH - TOP - BOTTOM)

    parts = [
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fbfaf7"/>',
        _text(
            40,
            54,
            "After 200 decisions flags are nearly three times as right",
            30,
            "600",
        ),
        _text(
            40, 92, "Posts kept apart, at the shipped lines; experts err in 10 to 30 of 100 cards", 20, "400"
        ),
    ]
    for percent in (0, 25, 50, 75, 100):
        at = y(percent / 100)
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{at}" y2="{at}" stroke="#dddad2"/>')
        parts.append(_text(LEFT - 14, at + 7, f"{percent} %", 20, "400", "end"))
    labels: list[tuple[float, str, str]] = []
    below = HIGH - BOTTOM + 34
    parts += [_text(x(each), below, str(each), 20, "400", "middle") for each in range(0, most + 1, 50)]
    parts.append(_text((LEFT + WIDE - RIGHT) / 2, HIGH - 22, "decisions of experts", 20, "400", "middle"))
    for (source, steps), colour in zip(found.items(), COLOURS, strict=False):
        for part, dash, name in ((2, "", "right flags"), (3, ' stroke-dasharray="8 8"', "bad found")):
            points = " ".join(f"{x(step[0]):.1f},{y(step[part]):.1f}" for step in steps)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="4"{dash}/>'
            )
            labels.append((y(steps[-1][part]), f"{TITLES[source]}: {name} {steps[-1][part]:.0%}", colour))
    last = 0.0
    for at, words, colour in sorted(labels):
        last = max(at, last + 28)
        parts.append(_text(WIDE - RIGHT + 14, last + 6, words, 18, "600", "start", colour))
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">\n{body}\n</svg>\n'


def _text(
    x: float, y: float, words: str, size: int, weight: str, anchor: str = "start", colour: str = "#222"
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="system-ui, sans-serif" font-size="{size}"'
        f' font-weight="{weight}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
    )


if __name__ == "__main__":
    main()
