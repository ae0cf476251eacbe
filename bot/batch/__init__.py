"""Batch: one transaction for many events. Posts are stored, rules are asked, effects are written in bulk."""

from bot.batch.house import BatchResult, House
from bot.batch.run import UNREAD, Batch, run_batch

__all__ = ["UNREAD", "Batch", "BatchResult", "House", "run_batch"]
