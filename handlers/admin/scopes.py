"""Scopes: the setting that an admin names, and the place where a value is to hold."""

from typing import Annotated

from handlers.admin.changes import Scope, all_settings
from handlers.base import N_, Context, Help, Parsed, Suggest, Texts, UserError
from handlers.words.settings import Setting

EVERYWHERE, SPACE, HERE = "everywhere", "space", "here"
WHERES = {
    EVERYWHERE: N_("the whole community"),
    SPACE: N_("this group or server"),
    HERE: N_("this channel or topic"),
}
_WORDS = {
    EVERYWHERE: ("everywhere", "community", "全部", "社区", "全社区"),
    SPACE: ("space", "group", "server", "本群", "本服务器"),
    HERE: ("here", "channel", "topic", "这里", "此处", "本频道", "本话题"),
}


def read_where(word: str, t: Texts) -> str:
    folded = word.casefold()
    for where, words in _WORDS.items():
        if folded in words or folded == t(WHERES[where]).casefold():
            return where
    raise UserError(
        t("“{word}” is no place for a setting. Write: everywhere, space or here.", word=word[:40])
    )


def offer_keys(ctx: Context, typed: str) -> list[tuple[str, str]]:
    """Keys that hold what was typed, or whose sentence does."""
    folded = typed.strip().casefold()
    found = [
        (key, f"{key}: {ctx.t(setting.sentence)}"[:100])
        for key, setting in all_settings(ctx.features).items()
        if folded in key or folded in ctx.t(setting.sentence).casefold()
    ]
    return found[:25]


Key = Annotated[str, Suggest(offer_keys), Help(N_("The setting's key, such as points.cooldown"))]
Where = Annotated[str, Parsed(read_where, choices=tuple(WHERES.items())), Help(N_("Where it holds"))]


def split_where(setting: Setting, text: str, t: Texts) -> tuple[str, str]:
    """A typed value, and the place that may follow it."""
    value, _, last = text.rpartition(" ")
    if not value.strip() or not setting.per_channel:
        return text, ""
    try:
        return value.strip(), read_where(last, t)
    except UserError:
        return text, ""


def scope_of(ctx: Context, setting: Setting, where: str) -> Scope:
    """The scope that an admin named. Raises UserError where the setting cannot have it."""
    if where in ("", EVERYWHERE):
        return Scope()
    if not setting.per_channel:
        raise UserError(
            ctx.t("{key} holds for the whole community and cannot differ by place.", key=setting.key)
        )
    if ctx.space is None:
        raise UserError(ctx.t("There is no “here” in a private chat. Write it in the channel that you mean."))
    return here(ctx) if where == HERE else Scope(ctx.space.id)


def here(ctx: Context) -> Scope:
    """The place of the command."""
    return Scope(ctx.space.id if ctx.space else None, ctx.channel.id if ctx.space and ctx.channel else None)
