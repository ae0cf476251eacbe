"""The newcomer's minutes as a page to read and three pictures: see tests/newcomer.py."""

import html
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from tests.newcomer import Line, Transcript

PICTURES = {
    "newcomer-setup.png": ("Set up in five presses", ("Telegram",), (1,)),
    "newcomer-connect.png": ("Two become one community", ("Telegram", "Discord"), (3,)),
    "newcomer-board.png": ("One person, one board", ("Telegram", "Discord"), (5, 6)),
}
"""File -> its title, the platforms it shows, and the parts of the story."""
MOST_LABELS = 6

HEAD = """# A newcomer's first minutes

Ann teaches. She has a Telegram group and a Discord server, and nothing but the [README](../README.md). This is what she and
Bob, who is in both, do and read until both are one community, one person and one board. Homeroom is installed and has both
tokens; adding the bot to the group and to the server is done in the apps and not counted. Telegram and Discord are the servers
that play them in our tests; everything that Homeroom says here it said.

| until | presses and messages | keys | words to read | a person takes | Homeroom took |
| --- | --- | --- | --- | --- | --- |
{rows}

A person's time is counted by the keystroke-level model: 1.35 s to think and 1.1 s to point for each act, 0.28 s a key, and
reading every word at 200 a minute; the five questions of `/setup` alone take {alone}. Homeroom's time is measured. Made by `python -m tests.newcomer`.

![Set up in five presses](images/newcomer-setup.png)
![Two become one community](images/newcomer-connect.png)
![One person, one board](images/newcomer-board.png)
"""

PAGE = """<!doctype html><meta charset="utf-8"><style>
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: 26px 28px; width: {width}px; background: #f4f5f7; color: #16181d;
  font: 16px/1.42 "Liberation Sans", "DejaVu Sans", "Noto Sans CJK SC", "Noto Color Emoji", sans-serif; }}
h1 {{ font-size: 23px; margin: 0 0 16px; }}
.panes {{ display: grid; grid-template-columns: repeat({columns}, 1fr); gap: 22px; align-items: start; }}
.pane {{ border-radius: 16px; padding: 18px; }}
.pane h2 {{ font-size: 14px; margin: 0 0 12px; font-weight: 600; opacity: .75; }}
.Telegram {{ background: #d7e3ec; }}
.Discord {{ background: #313338; color: #dbdee1; }}
.said {{ border-radius: 13px; padding: 9px 14px; margin: 0 0 8px; width: fit-content; max-width: 92%;
  white-space: pre-wrap; overflow-wrap: anywhere; }}
.Telegram .said {{ background: #fff; box-shadow: 0 1px 1px #0002; }}
.Telegram .mine {{ margin-left: auto; background: #e3fbd1; }}
.Discord .said {{ background: #2b2d31; border-left: 4px solid #0072b2; border-radius: 5px; }}
.Discord .mine {{ background: none; border: 0; padding-left: 0; }}
.who {{ font-weight: 600; display: block; font-size: 14px; }}
.Telegram .who {{ color: #005a8f; }} .Discord .who {{ color: #f2f3f5; }}
.where {{ font-weight: 400; opacity: .65; }}
.row {{ display: flex; flex-wrap: wrap; gap: 6px; max-width: 92%; margin: -2px 0 12px; }}
.key {{ background: #fffc; border-radius: 8px; padding: 6px 13px; font-size: 14px; }}
.Discord .key {{ background: #4e5058; color: #fff; }}
.key.on {{ background: #0072b2; color: #fff; }}
</style><h1>{title}</h1><div class="panes">{body}</div>"""


def write_down(told: "Transcript", path: Path) -> None:
    """The page: what was done and said, line by line, under how long it took."""
    rows = "\n".join(
        f"| {mark.title} | {mark.acts} | {mark.keys} | {mark.words} | {in_minutes(mark.person_seconds)}"
        f" | {mark.waited:.1f} s |"
        for mark in told.marks
    )
    alone = in_minutes(told.questions.person_seconds)
    page = [HEAD.format(rows=rows, alone=alone)]
    for number, (title, lines) in enumerate(parts(told), 1):
        page.append(f"## {number}. {title}\n")
        page += [_line(line) for line in lines]
    path.write_text("\n".join(page).rstrip() + "\n", encoding="utf-8")


def parts(told: "Transcript") -> Iterable[tuple[str, Sequence["Line"]]]:
    """The story's parts with their lines."""
    starts = [start for _, start in told.parts] + [len(told.lines)]
    for place, (title, start) in enumerate(told.parts):
        yield title, told.lines[start : starts[place + 1]]


def in_minutes(seconds: float) -> str:
    """ "3 min 12 s"."""
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _line(line: "Line") -> str:
    where = (
        f"{line.platform}, {line.place}{', seen by one' if line.alone and line.place.startswith('#') else ''}"
    )
    if line.who != "Homeroom":
        return f"**{line.who}** ({where}): {'presses **' + line.text + '**' if line.pressed else line.text}\n"
    said = "\n> ".join(f"{each}  " for each in line.text.splitlines())
    more = f" and {len(line.labels) - MOST_LABELS} more" if len(line.labels) > MOST_LABELS else ""
    labels = (
        f"\n>\n> {' '.join(f'`[ {each} ]`' for each in line.labels[:MOST_LABELS])}{more}"
        if line.labels
        else ""
    )
    return f"**Homeroom** ({where}):\n> {said.rstrip()}{labels}\n"


async def draw(told: "Transcript", folder: Path) -> None:
    """The pictures. Needs Chromium."""
    story = list(parts(told))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (title, platforms, numbers) in PICTURES.items():
            lines = [line for number in numbers for line in story[number][1]]
            width = 1200 if len(platforms) > 1 else 760
            page = await browser.new_page(viewport={"width": width, "height": 300}, device_scale_factor=1.5)
            panes = "".join(
                _pane(each, [line for line in lines if line.platform == each]) for each in platforms
            )
            await page.set_content(PAGE.format(width=width, columns=len(platforms), title=title, body=panes))
            await page.screenshot(path=folder / name, full_page=True)
        await browser.close()


def _pane(platform: str, lines: Sequence["Line"]) -> str:
    return f'<div class="pane {platform}"><h2>{platform}</h2>{"".join(_bubbles(lines))}</div>'


def _bubbles(lines: Sequence["Line"]) -> Iterable[str]:
    """A question that was answered by a press keeps its buttons, the pressed one filled in."""
    for place, line in enumerate(lines):
        if line.pressed and place and line.text in lines[place - 1].labels:
            continue
        mine = " mine" if line.who != "Homeroom" else ""
        where = f' <span class="where">{html.escape(line.place)}</span>'
        said = html.escape(line.text)
        yield f'<div class="said{mine}"><span class="who">{html.escape(line.who)}{where}</span>{said}</div>'
        following = lines[place + 1] if place + 1 < len(lines) else None
        pressed = following.text if following is not None and following.pressed else ""
        keys = [
            f'<span class="key{" on" if label == pressed else ""}">{html.escape(label)}</span>'
            for label in line.labels[:MOST_LABELS]
        ]
        if len(line.labels) > MOST_LABELS:
            keys.append(f'<span class="key">… {len(line.labels) - MOST_LABELS} more</span>')
        if keys:
            yield f'<div class="row">{"".join(keys)}</div>'
