"""Condition: what the bot lacks where, asked of the platforms, kept, and told to admins once.

The platforms are asked outside of any transaction. What was found is a row a finding (storage/condition.py),
so that /doctor and /today read it as they read everything else.
"""

from bot.condition.desk import ConditionDesk

__all__ = ["ConditionDesk"]
