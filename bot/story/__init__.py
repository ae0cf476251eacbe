"""Story: what a community's own history tells, as one page that needs nothing else.

Points, thanks and boards come from the real intake over a database of their own; what no rule decides
(answers, newcomers, hours) is arithmetic over the same stream of records.
"""

from bot.story.page import page_of
from bot.story.tell import Source, tell_story
from bot.story.values import Story

__all__ = ["Source", "Story", "page_of", "tell_story"]
