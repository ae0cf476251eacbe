"""Plain: each number of a story, counted in plain Python over the lines of a neutral file.

Nothing of the story's own is used. Of Homeroom there is only what is about words: what a text is made into
(`shape_of`) and whether it says thank you (`thanks`).
"""

import math
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from handlers.base import shape_of
from handlers.taking_part.thanks import PLUS, thanks
from tests.bot.importers.counting import alike, grams

Row = dict[str, Any]
TWO_DAYS = timedelta(hours=48)
CJK = re.compile("[぀-ヿ㐀-鿿가-힯]")


def posts_of(rows: list[Row]) -> list[Row]:
    """The posts by people, each with its time and its answered post."""
    posts = [dict(row) for row in rows if row.get("kind", "post") == "post" and not row.get("bot")]
    for number, post in enumerate(posts):
        post["when"] = datetime.fromisoformat(post["at"]).astimezone(UTC)
        post["number"] = number
        post["text"] = post.get("text", "")
    return posts


def activity(posts: list[Row]) -> dict[str, Any]:
    """Totals, months and hours."""
    hours = [[0] * 24 for _ in range(7)]
    for post in posts:
        hours[post["when"].weekday()][post["when"].hour] += 1
    days = {post["when"].date() for post in posts}
    return {
        "posts": len(posts),
        "people": len({post["user"] for post in posts}),
        "first": min(days),
        "last": max(days),
        "days": len(days),
        "months": dict(Counter(f"{post['when']:%Y-%m}" for post in posts)),
        "hours": hours,
    }


# Questions: each is asked who answered it, by looking at everything after it


def asks(text: str) -> bool:
    text = re.sub(r"```.*?(```|$)", " ", text, flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", " ", text)
    text = re.sub(r"https?://\S+", " ", text)
    text = "\n".join("" if line.startswith(">") else line for line in text.split("\n")).strip()
    if len(text) + len(CJK.findall(text)) < 12:
        return False
    if re.search(r"[吗呢嘛][\s。.!！~～]*$", text):
        return True
    for at, letter in enumerate(text):
        after = text[at + 1 : at + 2]
        if letter in "?？" and (not after or after.isspace() or after in "?？!！)）\"”'」*_.:"):
            return True
    return False


def called(text: str) -> str:
    head = text[:80].lstrip()
    head = head.removeprefix("@")
    for at, letter in enumerate(head):
        if letter == "\n":
            return ""
        if letter in ":,，：":
            name = head[:at].rstrip()
            return name.casefold() if 0 < len(name) <= 64 and not head[:1].isspace() else ""
    return ""


def questions(posts: list[Row]) -> dict[str, Any]:
    by_room: dict[str, list[Row]] = defaultdict(list)
    for post in posts:
        by_room[post.get("channel", "")].append(post)
    number_of = {post["id"]: post["number"] for post in posts}
    by_id = {post["id"]: post for post in posts}
    last = max(post["when"] for post in posts)
    waited, open_ones, young, answered_by, count = [], [], 0, Counter[str](), 0
    for room in by_room.values():
        seen: set[str] = set()
        for at, post in enumerate(room):
            name = called(post["text"])
            seen.add(post["user"].casefold())
            if post.get("reply_to") or post.get("mentions") or name in seen or not asks(post["text"]):
                continue
            count += 1
            answer = None
            for later in room[at + 1 :]:
                if later["when"] - post["when"] > TWO_DAYS:
                    break
                if later["user"] == post["user"]:
                    continue
                if later.get("reply_to"):
                    target = by_id.get(later["reply_to"])
                    meant = (
                        target is not None
                        and target["user"] == post["user"]
                        and post["number"] <= number_of[target["id"]] < later["number"]
                        and later["when"] - target["when"] <= TWO_DAYS
                        and target.get("channel", "") == post.get("channel", "")
                    )
                else:
                    named = {str(each["id"]).casefold() for each in later.get("mentions", ())}
                    meant = post["user"].casefold() in named | {called(later["text"])}
                if meant:
                    answer = later
                    break
            if answer is not None:
                waited.append((answer["when"] - post["when"]).total_seconds())
                answered_by[answer["user"]] += 1
            elif last - post["when"] > TWO_DAYS:
                open_ones.append(post)
            else:
                young += 1
    newest = sorted(open_ones, key=lambda post: (post["when"], post["number"]), reverse=True)[:20]
    return {
        "questions": count,
        "waited": sorted(waited),
        "unanswered": len(open_ones),
        "too_young": young,
        "latest": [(post["when"], post["user"], " ".join(post["text"].split())[:100]) for post in newest],
        "answered_by": answered_by,
    }


def nearest_rank(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


# Newcomers


def newcomers(posts: list[Row]) -> dict[str, Any]:
    wrote: dict[str, set[date]] = defaultdict(set)
    for post in posts:
        wrote[post["user"]].add(post["when"].date())
    first, last = (pick(day for days in wrote.values() for day in days) for pick in (min, max))
    new = {who: days for who, days in wrote.items() if min(days) >= first + timedelta(days=28)}

    def week(people: list[set[date]], k: int) -> tuple[int, int]:
        could = [days for days in people if min(days) + timedelta(days=7 * k + 6) <= last]
        came = [
            days
            for days in could
            if any(7 * k <= (day - min(days)).days <= 7 * k + 6 for day in days)
        ]  # fmt: skip
        return len(came), len(could)

    def weeks(people: list[set[date]]) -> dict[int, tuple[int, int]]:
        return {k: found for k in range(1, 13) if (found := week(people, k))[1]}

    judged = [days for days in new.values() if min(days) + timedelta(days=28) <= last]
    alone = [days for days in judged if not any(1 <= (day - min(days)).days <= 28 for day in days)]
    by_month: dict[str, list[set[date]]] = defaultdict(list)
    for days in new.values():
        by_month[f"{min(days):%Y-%m}"].append(days)
    return {
        "people": len(new),
        "before": len(wrote) - len(new),
        "one_day_only": (len(alone), len(judged)),
        "weeks": weeks(list(new.values())),
        "cohorts": [
            (month, len(people), weeks(people))
            for month, people in sorted(by_month.items())
            if len(people) >= 5
        ],
    }


# Points, with the shipped defaults, the days in UTC


def points(posts: list[Row]) -> dict[str, Any]:
    authors: dict[str, str] = {}
    paid_at: dict[str, datetime] = {}
    today: Counter[Any] = Counter()
    lately: dict[str, list[tuple[str, Counter[str]]]] = defaultdict(list)
    said: dict[str, datetime] = {}
    given: set[Any] = set()
    pairs: Counter[Any] = Counter()
    received: Counter[Any] = Counter()
    earned: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    months: dict[str, Counter[str]] = defaultdict(Counter)
    refused: Counter[str] = Counter()

    def pay(rule: str, to: str, amount: int) -> None:
        earned[to, rule] += amount
        times[to, rule] += 1
        months[f"{day:%Y-%m}"][to] += amount

    def give(rule: str, source: Any, to: str, amount: int, by_one: int) -> None:
        if to == user or (rule, source) in given:
            return
        if pairs[rule, user, to, day] >= by_one or received[rule, to, day] >= 20:
            return
        given.add((rule, source))
        pairs[rule, user, to, day] += 1
        received[rule, to, day] += 1
        pay(rule, to, amount)

    for post in posts:
        user, when, text = post["user"], post["when"], post["text"]
        day, shape = when.date(), shape_of(post["text"])
        to = authors.get(post.get("reply_to") or "")
        authors[post["id"]] = user
        trigrams = grams(shape.normal)
        same = any(
            words and (words == shape.normal or alike(trigrams, theirs) > 0.85)
            for words, theirs in lately[user][-5:]
        )
        left = 100 - today[user, day]
        if shape.graphemes < 4:
            refused["too_short"] += 1
        elif user in paid_at and when - paid_at[user] < timedelta(minutes=1):
            refused["too_soon"] += 1
        elif left <= 0:
            refused["daily_cap"] += 1
        elif same:
            refused["repeats_itself"] += 1
        elif shape.graphemes >= 20 and when - said.get(shape.normal, datetime.min.replace(tzinfo=UTC)) <= timedelta(hours=24):  # fmt: skip
            refused["said_before"] += 1
        else:
            today[user, day] += min(5, left)
            paid_at[user] = when
            pay("post", user, min(5, left))
        if to is not None and shape.graphemes >= 4:
            give("reply", (post["reply_to"], user), to, 2, 5)
        if thanks(text):
            if to is not None:
                give("thanks", (post["reply_to"], user), to, 3, 3)
            elif not PLUS.match(text) or thanks(PLUS.sub("", text, count=1)):
                for named in dict.fromkeys(each["id"] for each in post.get("mentions", ())):
                    give("thanks", (named, user, day), named, 3, 3)
        lately[user].append((shape.normal, trigrams))
        if shape.graphemes >= 20:
            said[shape.normal] = when
    return {"earned": earned, "times": times, "months": months, "refused": refused, "judged": len(posts)}
