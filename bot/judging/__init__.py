"""Judging: posts are read before their batch is written, by what is known of their space."""

from bot.judging.desk import JudgingDesk
from bot.judging.learning import LearningDesk

__all__ = ["JudgingDesk", "LearningDesk"]
