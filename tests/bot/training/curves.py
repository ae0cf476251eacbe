"""Curves: the regret of each week as a picture, in the house's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import numpy as np

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1200, 640, 96, 330, 120, 80
COLOURS = {"ours": "#0072B2", "popular": "#D55E00", "chance": "#999999"}
"""Okabe and Ito's, safe for colour-blind eyes."""
FONT = "font-family='DejaVu Sans, Noto Sans, sans-serif'"


def picture_of(
    title: str, small: str, names: Mapping[str, str], runs: Mapping[str, Sequence[Sequence[float]]]
) -> str:
    """An SVG. runs: by name, a run's figure of each week; drawn are their mean and the middle nine tenths."""
    weeks = len(next(iter(runs.values()))[0])
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#fbfaf7'/>",
        f"<text x='{LEFT}' y='52' {FONT} font-size='30' font-weight='bold' fill='#222'>{escape(title)}</text>",
        f"<text x='{LEFT}' y='88' {FONT} font-size='20' fill='#666'>{escape(small)}</text>",
    ]
    for share in (0.4, 0.6, 0.8, 1.0):
        lines.append(
            f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{_y(share)}' y2='{_y(share)}' stroke='#ddd'/>"
        )
        lines.append(_text(LEFT - 12, _y(share) + 7, f"{share:.0%}", "end"))
    lines += [_text(_x(week, weeks), HEIGHT - BOTTOM + 34, str(week + 1), "middle") for week in range(weeks)]
    lines.append(_text((LEFT + WIDTH - RIGHT) // 2, HEIGHT - 14, "week", "middle"))
    for name, each in runs.items():
        found = np.array(each)
        low, middle, high = (
            np.quantile(found, 0.05, axis=0),
            found.mean(axis=0),
            np.quantile(found, 0.95, axis=0),
        )
        band = [*zip(range(weeks), low, strict=True), *reversed(list(zip(range(weeks), high, strict=True)))]
        lines.append(
            f"<polygon points='{_points(band, weeks)}' fill='{COLOURS[name]}' fill-opacity='0.12' stroke='none'/>"
        )
        path = _points(list(enumerate(middle)), weeks)
        lines.append(f"<polyline points='{path}' fill='none' stroke='{COLOURS[name]}' stroke-width='4'/>")
        words = f"{names[name]} {middle[-1]:.0%}"
        lines.append(
            f"<text x='{WIDTH - RIGHT + 16}' y='{_y(float(middle[-1])) + 8}' {FONT} font-size='22' font-weight='bold'"
            f" fill='{COLOURS[name]}'>{escape(words)}</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _points(pairs: Sequence[tuple[int, float]], weeks: int) -> str:
    return " ".join(f"{_x(week, weeks)},{_y(float(value))}" for week, value in pairs)


def _x(week: int, weeks: int) -> float:
    return round(LEFT + (WIDTH - RIGHT - LEFT) * (week + 0.5) / weeks, 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (share - 0.4) / 0.6, 1)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f"<text x='{x}' y='{y}' {FONT} font-size='18' fill='#666' text-anchor='{anchor}'>{words}</text>"
