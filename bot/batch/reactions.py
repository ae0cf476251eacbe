"""Reactions: what people hold on messages. The state counts, never how often it changed."""

from collections.abc import Iterator
from typing import Any

from bot.batch.posts import PostKeeper
from bot.gather import Gathered, people_of
from bot.gather.found import Noted
from handlers.base import Author, Person, Reacted, ReactionsCleared, ReactionsSeen
from storage.batches import BatchRepository
from storage.values import Account

NOTHING: frozenset[str] = frozenset()


class ReactionKeeper:
    """Folds changes into what each person holds, newest last."""

    def __init__(self, found: Gathered, posts: PostKeeper) -> None:
        self._found = found
        self._posts = posts
        self._rows: dict[tuple[int, str, int], dict[str, Any]] = {}

    def react(self, note: Noted, event: Reacted) -> bool:
        """Fold in one person's change; False when it is an old one, delivered again."""
        found, space = self._found, note.space
        account = found.account_of(event.place, event.person)
        if account is None or account.is_bot:
            return False
        key = (space.id, event.message, account.id)
        held, at, order = found.facts.reactions.get(key, (NOTHING, None, 0))
        if at is not None and (event.at, event.order) <= (at, order):
            return False
        author = found.account_of(event.place, event.to)
        if author is not None and key[:2] not in found.facts.posts:
            whose = Author.BOT if author.is_bot else Author.PERSON
            self._posts.stub(space, event.message, author, whose, event.at)
        self._hold(key, (held - set(event.removed)) | set(event.added), event)
        return True

    def clear(self, note: Noted, event: ReactionsCleared) -> None:
        """All reactions to a message, or all of one emoji, are gone."""
        for key, (held, at, order) in list(self._found.facts.reactions.items()):
            if key[:2] == (note.space.id, event.message) and (at, order) <= (event.at, event.order):
                self._hold(key, held - {event.emoji} if event.emoji else NOTHING, event)

    def _hold(
        self, key: tuple[int, str, int], held: frozenset[str], event: Reacted | ReactionsCleared
    ) -> None:
        self._found.facts.reactions[key] = (held, event.at, event.order)
        self._rows[key] = {
            "space_id": key[0],
            "message": key[1],
            "account_id": key[2],
            "emoji": " ".join(sorted(held)),
            "changed_at": event.at,
            "change_order": event.order,
        }

    def changes(self, note: Noted, event: ReactionsSeen) -> Iterator[Reacted]:
        """What was read, as the changes that bring what is held up to it: first what is gone."""
        facts = self._found.facts
        now = {person.id: (person, frozenset(emoji)) for person, emoji in event.holders}
        named = {person.id: person for person in people_of(event)}
        for (space, message, account_id), (held, at, _) in list(facts.reactions.items()):
            account = facts.account_by_id.get(account_id)
            if (space, message) != (note.space.id, event.message) or account is None:
                continue
            if held and at <= event.at and account.external_id not in now:
                person = named.get(account.external_id) or _person_of(account)
                yield _change(event, person, removed=held)
        for person, emoji in now.values():
            account = self._found.account_of(event.place, person)
            key = (note.space.id, event.message, account.id if account else 0)
            held = facts.reactions[key][0] if key in facts.reactions else NOTHING
            if emoji != held:
                yield _change(event, person, added=emoji - held, removed=held - emoji)

    async def write(self, batches: BatchRepository) -> None:
        """What is held now."""
        if self._rows:
            await batches.put_reactions(list(self._rows.values()))


def _change(
    event: ReactionsSeen, person: Person, *, added: frozenset[str] = NOTHING, removed: frozenset[str]
) -> Reacted:
    return Reacted(
        key=event.key,
        at=event.at,
        place=event.place,
        order=event.order,
        message=event.message,
        person=person,
        added=tuple(added),
        removed=tuple(removed),
        to=event.to,
    )


def _person_of(account: Account) -> Person:
    return Person(id=account.external_id, name=account.name, handle=account.handle, is_bot=account.is_bot)
