"""`python -m tests.sandbox_covers`: draw the covers of the sample's courses. Needs Chromium.

A motif a course, in the house's colours (Okabe and Ito's), without a word, so that one serves every language.
"""

import asyncio
from pathlib import Path

from bot.sandbox.taught import FOLDER, taught_in
from tests.bot.sandbox.browser import CHROMIUM, browsing

COVERS = FOLDER / "covers"
BLUE, SKY, GREEN, ORANGE, RED, PINK, YELLOW, INK = (
    "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#f0e442", "#22313f",
)  # fmt: skip
GROUND = {
    "code": "#e8f1f8", "git": "#e8f1f8", "chores": "#e8f1f8", "tables": "#e6f4ef", "machines": "#e6f4ef",
    "draw": "#fbf1e2", "water": "#fbf1e2", "portrait": "#fbf1e2", "spanish": "#f8eaf2", "english": "#f8eaf2",
    "kitchen": "#f8eaf2", "tales": "#f8eaf2", "photo": "#eef1f4", "darkroom": "#eef1f4", "night": "#22313f",
    "codeart": "#e8f1f8", "seven": "#eef1f4",
}  # fmt: skip


def lines(points: str, colour: str, width: int = 14, fill: str = "none") -> str:
    return (
        f'<path d="{points}" fill="{fill}" stroke="{colour}" stroke-width="{width}"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )


def dot(x: float, y: float, r: float, colour: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{colour}"/>'


def box(x: float, y: float, w: float, h: float, colour: str, r: float = 10) -> str:
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{colour}"/>'


def bubbles(left: str, right: str) -> str:
    return (
        lines(
            "M210 90h190q30 0 30 30v70q0 30-30 30H290l-60 50v-50q-50 0-50-30v-70q0-30 30-30z", left, 0, left
        )
        + lines(
            "M430 170h160q30 0 30 30v60q0 30-30 30v50l-60-50H430q-30 0-30-30v-60q0-30 30-30z", right, 0, right
        )
        + "".join(dot(250 + 45 * n, 155, 11, "#fff") for n in range(3))
        + "".join(dot(465 + 45 * n, 230, 11, "#fff") for n in range(3))
    )


MOTIFS = {
    "code": lines("M330 110l-90 90 90 90M470 110l90 90-90 90", BLUE, 22) + lines("M430 90l-60 220", ORANGE, 18),
    "git": lines("M220 260H580M300 260C360 260 340 140 400 140H470C530 140 510 260 560 260", SKY, 12)
    + "".join(dot(x, y, 20, c) for x, y, c in ((220, 260, BLUE), (300, 260, BLUE), (400, 140, GREEN),
                                              (470, 140, GREEN), (580, 260, BLUE))),
    "chores": "".join(box(250 + 28 * n, 110 + 34 * n, 170, 120, c) for n, c in enumerate((SKY, GREEN, ORANGE)))
    + lines("M515 150q50 50 0 110m0 0l-6-42m6 42l40-18", BLUE, 14),
    "tables": "".join(box(230 + 80 * n, 300 - h, 52, h, c) for n, (h, c) in
                      enumerate(((70, SKY), (120, SKY), (95, SKY), (190, GREEN), (140, SKY)))) + lines("M205 305H645", INK, 6),
    "machines": lines("M220 290L590 110", RED, 12) + "".join(dot(x, y, 15, BLUE) for x, y in (
        (250, 260), (290, 285), (330, 215), (380, 235), (420, 170), (460, 205), (510, 130), (550, 150))),
    "draw": lines("M230 290q60-120 120-60t110-50 100-70", INK, 9)
    + lines("M545 95l45 30-30 48-45-30z", ORANGE, 0, ORANGE) + lines("M515 143l45 30-62 26z", INK, 0, INK),
    "water": dot(340, 180, 78, SKY + "cc") + dot(450, 180, 78, PINK + "bb") + dot(395, 265, 78, YELLOW + "bb"),
    "portrait": lines("M400 90c70 0 100 50 100 110 0 80-50 120-100 120s-100-40-100-120c0-60 30-110 100-110z", INK, 9)
    + lines("M300 200h200M400 90v230", ORANGE, 4) + lines("M345 195q18-14 36 0M420 195q18-14 36 0M398 200l-12 50h20M368 282q32 18 64 0", INK, 7),
    "spanish": bubbles(RED, ORANGE),
    "english": bubbles(BLUE, SKY),
    "kitchen": lines("M270 200h260v70q0 50-50 50H320q-50 0-50-50z", RED, 0, RED) + lines("M235 215h330", INK, 14)
    + lines("M340 160q-20-25 0-50t0-50M400 160q-20-25 0-50t0-50M460 160q-20-25 0-50t0-50", ORANGE, 10),
    "tales": lines("M400 130q-70-40-170-20v190q100-20 170 20 70-40 170-20V110q-100-20-170 20z", BLUE, 0, "#fff")
    + lines("M400 130q-70-40-170-20v190q100-20 170 20 70-40 170-20V110q-100-20-170 20v190", PINK, 12)
    + lines("M265 160q50-6 95 14M265 205q50-6 95 14M440 174q50-20 95-14M440 219q50-20 95-14", INK, 7),
    "photo": dot(400, 200, 120, INK) + dot(400, 200, 98, SKY) + "".join(
        f'<path d="M400 102L485 151 400 200z" fill="{c}" transform="rotate({60 * n} 400 200)"/>'
        for n, c in enumerate((BLUE, SKY, BLUE, SKY, BLUE, SKY))) + dot(400, 200, 44, "#fff"),
    "darkroom": "".join(lines(f"M240 {y}H560", "#b8c4cf", 12) + dot(x, y, 24, c)
                        for y, x, c in ((130, 460, ORANGE), (200, 320, BLUE), (270, 420, GREEN))),
    "night": dot(560, 100, 46, YELLOW) + dot(582, 88, 42, "#22313f") + "".join(
        box(x, y, 90, 320 - y + 80, "#34495e", 4) for x, y in ((200, 170), (310, 120), (420, 200), (530, 150)))
    + "".join(box(x, y, 22, 28, c, 3) for x, y, c in ((218, 195, YELLOW), (252, 245, ORANGE), (328, 145, ORANGE),
        (362, 195, YELLOW), (328, 250, YELLOW), (438, 230, YELLOW), (472, 280, SKY), (550, 180, YELLOW), (584, 240, ORANGE))),
    "codeart": "".join(f'<path d="M400 200h130" stroke="{c}" stroke-width="10" stroke-linecap="round"'
                       f' transform="rotate({20 * n} 400 200) translate(0 {30 - n})"/>'
                       for n, c in ((n, (BLUE, GREEN, ORANGE)[n % 3]) for n in range(18))),
    "seven": "".join(box(152 + 72 * n, 200 - h / 2, 60, h, c, 6) for n, (h, c) in enumerate(
        ((110, SKY), (130, SKY), (150, BLUE), (170, ORANGE), (150, BLUE), (130, SKY), (110, GREEN)))),
}  # fmt: skip


def picture(course: str) -> str:
    """A page with nothing but the cover."""
    return (
        '<!doctype html><style>body{margin:0}</style><svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"'
        f' viewBox="0 0 800 400"><rect width="800" height="400" fill="{GROUND[course]}"/>{MOTIFS[course]}</svg>'
    )


async def draw(folder: Path = COVERS) -> None:
    """Every cover, into the sample."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed: Debian's package is called chromium.")
    folder.mkdir(exist_ok=True)
    courses = {course.id for language in ("en", "zh") for course in taught_in(language)}
    async with browsing() as browser:
        page = await browser.new_page(viewport={"width": 800, "height": 400})
        for course in sorted(courses):
            await page.set_content(picture(course))
            await page.screenshot(path=folder / f"{course}.png")


if __name__ == "__main__":
    asyncio.run(draw())
