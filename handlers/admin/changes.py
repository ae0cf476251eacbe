"""Changes: how a setting is found, changed in a scope, and put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import Field

from handlers.base import N_, Context, Feature, FeatureSettings, Texts, UserError
from handlers.base.overrides import effective
from handlers.words.languages import named, read_language
from handlers.words.settings import Setting, loaded, read_value, settings_of, value_in_words
from handlers.words.weekdays import WEEKDAYS, read_weekday
from handlers.words.zones import read_zone
from storage.calendar import Calendar
from storage.values import MISSING, Community, Missing, SettingRow

COMMUNITY = "community"


class CommunitySettings(FeatureSettings):
    """What belongs to the community itself; kept in its own row, set by the same command."""

    name: str = Field(
        default="", min_length=1, max_length=100, description=N_("What the community is called.")
    )
    language: str = Field(default="en", description=N_("The language I speak in public."))
    zone: str = Field(default="UTC", description=N_("The time zone that days, weeks and digests go by."))
    week_start: str = Field(default="Monday", description=N_("The day a week begins on."))


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a value holds: the community, one space, or one channel of it."""

    space_id: int | None = None
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A value for a setting in a scope; MISSING goes back to the wider scope's."""

    key: str
    value: Any | Missing
    scope: Scope = Scope()


def all_settings(features: Sequence[Feature]) -> dict[str, Setting]:
    """Every key there is, in the order of the features, the community's own first."""
    own = settings_of(Feature(COMMUNITY, CommunitySettings))
    found = {setting.key: setting for setting in own if setting.field != "enabled"}
    return found | {setting.key: setting for feature in features for setting in settings_of(feature)}


def setting_named(ctx: Context, key: str) -> Setting:
    """The setting of that key. Raises UserError with the nearest one there is."""
    known = all_settings(ctx.features)
    folded = key.strip().casefold().removesuffix(":")
    if folded in known:
        return known[folded]
    near = [name for name in known if name.partition(".")[2] == folded] or get_close_matches(
        folded, known, n=3
    )
    lines = [ctx.t("There is no setting “{key}”.", key=key[:60])]
    if near:
        lines.append(ctx.t("Did you mean {keys}?", keys=ctx.t.c("list", ", ").join(near[:3])))
    else:
        lines.append(ctx.t("{command} shows them all.", command="/settings"))
    raise UserError(*lines)


def present_value(ctx: Context, setting: Setting, rows: Sequence[SettingRow], scope: Scope) -> Any:
    """The value that holds in a scope."""
    if setting.kind is CommunitySettings:
        return getattr(community_settings(ctx.community), setting.field)
    return getattr(_effective(ctx, setting, rows, scope), setting.field)


def read(ctx: Context, setting: Setting, text: str, rows: Sequence[SettingRow], scope: Scope) -> Any:
    """What is stored for what an admin wrote. Raises UserError."""
    if setting.kind is not CommunitySettings:
        return read_value(setting, text, _effective(ctx, setting, rows, scope), ctx.t)
    match setting.field:
        case "language":
            return read_language(text.strip(), ctx.t)
        case "zone":
            return read_zone(text, ctx.t)
        case "week_start":
            return WEEKDAYS[read_weekday(text, ctx.t)]
        case _:
            return read_value(setting, " ".join(text.split()), community_settings(ctx.community), ctx.t)


async def write(ctx: Context, setting: Setting, value: Any | Missing, scope: Scope) -> Any | Missing:
    """Store a value (MISSING: go back to the wider scope's), and return what was stored before."""
    if setting.kind is CommunitySettings:
        return await _write_community(ctx, setting.field, value)
    where = {"space_id": scope.space_id, "channel_id": scope.channel_id}
    if value is MISSING:
        before = await ctx.store.settings.reset(ctx.community.id, setting.key, **where)
    else:
        by = ctx.account.id if ctx.account else None
        before = await ctx.store.settings.set(
            ctx.community.id, setting.key, value, by=by, now=ctx.now, **where
        )
    rows = await ctx.store.settings.of(ctx.community.id)
    for hook in _feature_of(ctx, setting).hooks:
        await hook(ctx, _effective(ctx, setting, rows, scope))
    return before


async def change(ctx: Context, setting: Setting, value: Any | Missing, scope: Scope) -> int:
    """Write a value and log it as an admin's action, whose number is returned: /undo takes it."""
    before = await write(ctx, setting, value, scope)
    return await ctx.store.audit.add(
        ctx.community.id,
        ctx.account.id if ctx.account else None,
        "set",
        setting.key,
        _logged(before, scope),
        _logged(value, scope),
        ctx.now,
    )


async def write_all(ctx: Context, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Write several values, and return what stood there before, as the log keeps it."""
    known = all_settings(ctx.features)
    before = []
    for each in changes:
        stood = await write(ctx, known[each.key], each.value, each.scope)
        before.append({"key": each.key} | _logged(stood, each.scope))
    return before


async def put_all_back(ctx: Context, before: Sequence[dict[str, Any]]) -> None:
    """Write again what stood there before, the last one first. Settings that are gone are left out."""
    known = all_settings(ctx.features)
    for row in reversed(before):
        if row["key"] in known:
            await write(ctx, known[row["key"]], *logged_change(row))


def usual_value(ctx: Context, setting: Setting) -> Any:
    """What a setting is where nobody changed it."""
    base = ctx.defaults.get(setting.key.partition(".")[0]) or setting.kind.model_construct()
    return getattr(base, setting.field)


def logged_change(before: dict[str, Any]) -> tuple[Any | Missing, Scope]:
    """The value and the scope that an audit row of a change names."""
    return before.get("value", MISSING), Scope(before.get("space"), before.get("channel"))


def said(t: Texts, setting: Setting, value: Any) -> str:
    """A value of a setting in words; `value` as it is stored or as it is used."""
    if setting.kind is CommunitySettings:
        return named(t, str(value)) if setting.field == "language" else t(str(value))
    return value_in_words(t, loaded(setting, value))


def community_settings(community: Community) -> CommunitySettings:
    """The community's own settings as they are now."""
    return CommunitySettings.model_construct(
        name=community.name,
        language=community.language,
        zone=community.calendar.zone,
        week_start=WEEKDAYS[community.calendar.week_start],
    )


def _feature_of(ctx: Context, setting: Setting) -> Feature:
    return next(feature for feature in ctx.features if feature.name == setting.key.partition(".")[0])


def _effective(ctx: Context, setting: Setting, rows: Sequence[SettingRow], scope: Scope) -> FeatureSettings:
    feature = _feature_of(ctx, setting)
    return effective(
        feature,
        rows,
        base=ctx.defaults.get(feature.name),
        space_id=scope.space_id,
        channel_ids=() if scope.channel_id is None else (scope.channel_id,),
    )


async def _write_community(ctx: Context, field: str, value: Any | Missing) -> Any:
    # Read again: the one in the context is as it was before this command.
    community = await ctx.store.communities.get(ctx.community.id) or ctx.community
    before = community_settings(community)
    defaults = CommunitySettings.model_construct(name=community.name)
    new = before.model_copy(update={field: getattr(defaults, field) if value is MISSING else value})
    calendar = Calendar(new.zone, WEEKDAYS.index(new.week_start))
    await ctx.store.communities.finish_setup(
        community.id,
        name=new.name,
        language=new.language,
        zone=calendar.zone,
        week_start=calendar.week_start,
        now=ctx.now,
    )
    return getattr(before, field)


def _logged(value: Any | Missing, scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {} if value is MISSING else {"value": value}
    if scope.space_id is not None:
        found["space"] = scope.space_id
    if scope.channel_id is not None:
        found["channel"] = scope.channel_id
    return found
