"""Posts: what is stored of messages that were written, answered, edited and deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.gather import Gathered
from bot.gather.found import Noted
from handlers.base import Author, Content, Deleted, Edited, Posted, shape_of
from storage.batches import BatchRepository
from storage.values import Account, Space, StoredPost


class PostKeeper:
    """Collects the rows of a batch's posts, and keeps the facts true for the events that follow."""

    def __init__(self, found: Gathered, now: datetime, *, pays: bool = True) -> None:
        self._found = found
        self._now = now
        self._unpaid = None if pays else True
        self._posts: dict[tuple[int, str], dict[str, Any]] = {}
        self._stubs: dict[tuple[int, str], dict[str, Any]] = {}
        self._filled: dict[tuple[int, str], dict[str, Any]] = {}
        self._parts: list[tuple[int, str, str]] = []
        self._edits: list[dict[str, Any]] = []
        self._deleted: list[tuple[int, str, datetime]] = []
        self.new = 0
        """How many posts are new."""

    def post(self, note: Noted, event: Posted) -> bool:
        """Store a post; True when it is new and a person's, so that rules may hear of it."""
        found, space = self._found, note.space
        facts, key = found.facts, (space.id, event.message)
        if event.author is Author.BOT or event.content is Content.SERVICE:
            return False
        if event.reply_to is not None:
            self._stub_of_reply(event, space)
        if event.album and (first := found.albums.get((space.id, event.album))) is not None:
            if first.message != event.message and key not in facts.posts:
                self._parts.append((space.id, event.message, event.album))
                facts.posts[key] = first
            return False
        known = facts.posts.get(key)
        if known is not None and (not known.stub or known.deleted):
            if event.album:
                found.albums[space.id, event.album] = known
            return False
        account = found.account_of(event.place, note.actor)
        row = self._row(note, event, account)
        if known is None:
            self._posts[key] = row
        elif key in self._stubs:
            self._stubs[key] = row
        else:
            self._filled[key] = row
        facts.posts[key] = stored = _stored(row)
        if event.album:
            found.albums[space.id, event.album] = stored
        self.new += 1
        if account is None or account.is_bot:
            return False
        facts.writers.add(account.id)
        return True

    def _row(self, note: Noted, event: Posted, account: Account | None) -> dict[str, Any]:
        """Before a community is set up, and of who opted out, only ids and times are kept."""
        words = note.set_up and self._found.recorded(note)
        channel = self._found.channel(note.space, event.place)
        shape = shape_of(event.text if words else "")
        return {
            "space_id": note.space.id,
            "message": event.message,
            "channel_id": channel.id if channel else None,
            "account_id": account.id if account else None,
            "author": event.author.value,
            "content": event.content.value,
            "text": event.text if words else None,
            "fingerprint": shape.fingerprint,
            "album": event.album,
            "reply_to": event.reply_to.message if event.reply_to else None,
            "forwarded": event.forwarded or event.via_bot,
            "mentions": self._named(note, event),
            "unpaid": self._unpaid,
            "stub": False,
            "posted_at": event.at,
            "recorded_at": self._now,
        }

    def _named(self, note: Noted, event: Posted) -> list[int] | None:
        """Numbers of the accounts that the text names, so that it can be judged again; None: nobody."""
        if not event.mentions or not note.set_up:
            return None
        facts, platform = self._found.facts, event.place.platform
        found = (
            facts.account(platform, person.id)
            if person.id
            else facts.handles.get((note.space.id, (person.handle or "").casefold()))
            for person in event.mentions
        )
        return list(dict.fromkeys(account.id for account in found if account is not None)) or None

    def _stub_of_reply(self, event: Posted, space: Space) -> None:
        """A post we never saw, known from the reply to it."""
        reply = event.reply_to
        if reply is None or (space.id, reply.message) in self._found.facts.posts:
            return
        author = self._found.account_of(event.place, reply.person) if reply.author is Author.PERSON else None
        if author is None and reply.author is Author.PERSON:
            return  # the platform does not tell who wrote it
        self.stub(space, reply.message, author, reply.author, reply.at or event.at)

    def stub(self, space: Space, message: str, account: Account | None, author: Author, at: datetime) -> None:
        """Keep that a message exists and whose it is, until it is delivered itself."""
        row = {
            "space_id": space.id,
            "message": message,
            "channel_id": None,
            "account_id": account.id if account else None,
            "author": author.value,
            "content": Content.OTHER.value,
            "text": None,
            "fingerprint": None,
            "album": None,
            "reply_to": None,
            "forwarded": False,
            "mentions": None,
            "unpaid": None,
            "stub": True,
            "posted_at": at,
            "recorded_at": self._now,
        }
        self._stubs[space.id, message] = row
        self._found.facts.posts[space.id, message] = _stored(row)

    def edit(self, note: Noted, event: Edited) -> bool:
        """Keep a newer text; it is never paid. True when other words stand there now than before.

        Telegram also tells of edits when a preview or a reaction came to a message.
        """
        key = (note.space.id, event.message)
        known, mark = self._found.facts.posts.get(key), self._found.edits.get(key)
        if known is None or known.stub or known.text is None:
            return False
        if mark is not None and mark >= (event.at, event.order):
            return False
        self._found.edits[key] = (event.at, event.order)
        self._edits.append(
            {
                "b_space": note.space.id,
                "b_message": event.message,
                "text": event.text,
                "fingerprint": shape_of(event.text).fingerprint,
                "edited_at": event.at,
                "edit_order": event.order,
            }
        )
        self._found.facts.posts[key] = replace(known, text=event.text)
        return known.text.split() != event.text.split()

    def delete(self, note: Noted, event: Deleted) -> None:
        """Mark the messages; what stands for them is for the rules to take back."""
        posts = self._found.facts.posts
        for message in event.messages:
            self._deleted.append((note.space.id, message, event.at))
            if (note.space.id, message) not in posts:
                # Kept as deleted, so that a late reaction or answer to it pays nobody.
                self.stub(note.space, message, None, Author.PERSON, event.at)
            known = posts[note.space.id, message]
            posts[note.space.id, message] = replace(known, deleted=True)

    async def write(self, batches: BatchRepository) -> None:
        """A statement for each thing that happened."""
        fresh = [*self._posts.values(), *self._stubs.values()]
        if fresh:
            await batches.add_posts(fresh)
        if self._filled:
            await batches.fill_stubs(list(self._filled.values()))
        if self._parts:
            await batches.add_album_parts(self._parts)
        if self._edits:
            await batches.edit_posts(self._edits)
        if self._deleted:
            await batches.delete_posts(_first_times(self._deleted))


def _first_times(deleted: Iterable[tuple[int, str, datetime]]) -> list[tuple[int, str, datetime]]:
    return sorted(deleted, key=lambda row: row[2])


def _stored(row: Mapping[str, Any]) -> StoredPost:
    return StoredPost(
        0,
        row["space_id"],
        row["channel_id"],
        row["account_id"],
        row["message"],
        row["posted_at"],
        row["text"],
        row["content"],
        row["author"],
        False,
        row["stub"],
    )
