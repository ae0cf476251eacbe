import pytest

from bot.platforms import DeliveryError, FetchesFiles
from handlers.base import Command, File


async def test_a_document_comes_with_the_command_in_its_caption_or_in_an_answer_to_it(
    tg, taken, started, tmp_path
):
    adapter = await started()
    ann = tg.user("Ann")
    chat = ann.private
    await ann.starts()
    sent = await ann.sends_document(chat, "result.json", b'{"id": 1}', caption="/top")
    await ann.say(chat, "/top", reply_to=sent)
    await ann.say(chat, "/top")

    events = [event for event in await taken.until(5) if isinstance(event, Command)]
    [_, first, second, third] = events

    assert isinstance(first.file, File)
    assert (first.file.name, first.file.size) == ("result.json", 9)
    assert second.file == first.file
    assert third.file is None
    assert isinstance(adapter, FetchesFiles)
    await adapter.fetch(first.file, tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b'{"id": 1}'
    with pytest.raises(DeliveryError):
        await adapter.fetch(File("nothing", "", 0), tmp_path / "none")
