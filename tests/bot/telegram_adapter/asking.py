"""Short ways to ask the bot something on a played Telegram, and to let it answer."""

from gettext import NullTranslations

from bot.platforms import Answered
from handlers.base import Answer, Bold, Button, Command, Pressed, Reply, Texts

ENGLISH = Texts("en", NullTranslations())


class Bot:
    """The adapter, with what it was told, and short ways to let it answer."""

    def __init__(self, adapter, taken) -> None:
        self.adapter = adapter
        self.taken = taken

    def of(self, kind: type) -> list:
        return [event for event in self.taken.events if isinstance(event, kind)]

    async def asked(self, doing, kind: type = Command):
        """Let somebody do something; the event it becomes, and what was done."""
        seen = len(self.of(kind))
        done = await doing
        while len(self.of(kind)) <= seen:
            await self.taken.until(len(self.taken.events) + 1)
        return self.of(kind)[-1], done

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool = False, reachable: bool = False
    ) -> Answered:
        return await self.adapter.answer(event, answer, private=private, reachable=reachable, texts=ENGLISH)


async def pressed(bot, tg, group, ann, reply, label, **how):
    """The press of a button that the bot sent to the group; the event and the query."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, reply)
    return await bot.asked(ann.presses(tg.last_to(group).message, label, **how), Pressed)


PAGES = Reply(
    Bold("This week"), "1. Ann", buttons=[Button("Month", "board", ("month",)), Button("Mine", "mine")]
)
