"""The five concepts that every feature is written with: Event, Action, Context, Feature, Store."""

from handlers.base.actions import (
    Action,
    Answer,
    Award,
    Button,
    Delivery,
    DirectMessage,
    Effect,
    Field,
    Form,
    Outcome,
    Post,
    React,
    Remove,
    Reply,
    Select,
    TakeBack,
    TakeBackPost,
    press_parts,
)
from handlers.base.arguments import NO_TEXT, Between, Help, MessageRef, Param, Parsed, Rest, Someone, Suggest
from handlers.base.context import Context, ListenerContext
from handlers.base.errors import NotAllowed, UserError
from handlers.base.events import (
    Author,
    BotStanding,
    ChannelSeen,
    Command,
    Content,
    Deleted,
    Earned,
    Edited,
    Event,
    Ignored,
    JoinAsked,
    Joined,
    Left,
    Migrated,
    Person,
    Place,
    Posted,
    Pressed,
    ReachChanged,
    Reacted,
    ReactionsCleared,
    ReactionsSeen,
    RepliedTo,
    RolesChanged,
    Standing,
    VoiceChanged,
    Way,
)
from handlers.base.facts import Facts, PostSeen, StandingEntry, VoiceState
from handlers.base.feature import ADMIN, ANYONE, MEMBER, CommandSpec, Feature, FeatureSettings, PressSpec, Role
from handlers.base.shape import Shape, shape_of, similarity
from handlers.base.sources import source_given, source_given_on, source_of_post, sources_of
from handlers.base.texts import (
    N_,
    Bold,
    Code,
    Italic,
    Link,
    Mention,
    Span,
    Text,
    Texts,
    Translator,
    plain,
    plain_lines,
)

__all__ = [name for name in dir() if not name.startswith("_")]
