"""Verdicts: what each rule said of one post, in words."""

from collections import defaultdict

from handlers.base import Context
from handlers.words.names import shown
from handlers.words.rules import payments_in_words, rule_in_words
from storage.values import Entry, StoredPost


async def verdicts(ctx: Context, post: StoredPost) -> list[str]:
    """One line a rule that gave points for the post, the largest first; empty where none did."""
    standing = still_standing(await ctx.store.points.entries_for_message(post.space_id, post.message))
    by_rule: dict[str, list[Entry]] = defaultdict(list)
    for entry in standing:
        by_rule[entry.rule].append(entry)
    lines = []
    for rule, entries in sorted(by_rule.items(), key=lambda item: -sum(e.points for e in item[1])):
        points = ctx.t.number(sum(entry.points for entry in entries))
        names = [name for entry in entries if (name := await _actor(ctx, entry))]
        if names:
            what = payments_in_words(ctx.t, rule, len(entries))
            who = ctx.t.c("list", ", ").join(dict.fromkeys(names))
            lines.append(ctx.t("{points} for {payments} ({names})", points=points, payments=what, names=who))
        else:
            lines.append(ctx.t("{points} for {payments}", points=points, payments=rule_in_words(ctx.t, rule)))
    return lines


def still_standing(entries: list[Entry]) -> list[Entry]:
    """The payments that were not taken back."""
    voided = {entry.voids for entry in entries if entry.voids is not None}
    return [entry for entry in entries if entry.voids is None and entry.id not in voided]


async def _actor(ctx: Context, entry: Entry) -> str:
    if entry.actor_account_id is None or entry.actor_account_id == entry.account_id:
        return ""
    account = await ctx.store.people.account_by_id(entry.actor_account_id)
    return shown(ctx.t, account.name, account.id) if account else ""
