"""Batches: what the dispatcher reads and writes for many events at once, a statement a table.

Every method takes all keys of a batch. How many statements a batch costs does not grow with its size.
"""

from storage.batches.people import PeopleReads
from storage.batches.places import PlaceReads
from storage.batches.rows import MembershipRow, stored_post
from storage.batches.writing import BatchWrites

__all__ = ["BatchRepository", "MembershipRow", "stored_post"]


class BatchRepository(PlaceReads, PeopleReads, BatchWrites):
    """Bulk reads and writes over one transaction: where, who, what happened before, and what is new."""
