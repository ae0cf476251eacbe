"""Model: what suggests courses is told in words, and the one before is a press away."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.admin.model import said
from handlers.base import Asker, Button, Reply, UserError, plain_lines
from storage.models import NewModel, StoredModel
from tests.handlers.room import NOW, TEXTS, Room
from tests.storage.making import School, a_course

NEW = NewModel(
    version="1",
    data_from=NOW - timedelta(days=90),
    data_until=NOW - timedelta(days=1),
    events=1_234,
    members=80,
    courses=30,
    parameters={"weights": {"order": 1.0, "ease": 0.25, "popular": 0.0625}},
    figures={
        "members": 40,
        "first": 10,
        "hits": {"new": 0.42, "popular": 0.31, "path": 0.18, "serves": 0.4},
        "worse_than": [],
    },
    skipped=[{"what": "ease:memory", "courses": 9_000.0, "needed": 972.0, "budget": 200.0}],
    file="1.npz",
    sha256="ab",
)


@dataclass
class Trains:
    """Notes what it is asked."""

    begun: list[Asker] = field(default_factory=list)
    lost: frozenset[str] = frozenset()
    busy: bool = False

    def begin(self, asker: Asker, space: int | None, say: Any) -> bool:
        self.begun.append(asker)
        return not self.busy

    def at_work(self, community_id: int) -> bool:
        return self.busy

    async def damaged(self, models: Any) -> frozenset[str]:
        return self.lost & {row.version for row in models}


@pytest.fixture
def trains(room: Room) -> Trains:
    room.training = Trains()
    return room.training


async def test_without_a_model_it_says_what_suggests_meanwhile(room, trains):
    reply = await room.say("/model", by="Ada")

    assert "No model has been trained yet." in reply.plain
    assert list(_buttons(reply)) == ["Train now"]


async def test_what_serves_is_told_in_words_an_admin_understands(room, trains):
    await _two(room)

    reply = await room.say("/model", by="Ada")

    assert reply.plain.splitlines() == [
        "The model of 25 Nov, 13:00 suggests courses.",
        "It has served since 25 Nov, 13:00.",
        "Learned from 1,234 events of 80 people with 30 courses.",
        "From: Thu 27 Aug to Tue 24 Nov.",
        "Of 100 members, 42 had their next course among the first 10 (40 members were looked at).",
        "For comparison: 31 by what many take, 18 by the catalogue's order, 40 by the model before.",
        "It goes by: what is taken soon after what 76 %, which courses go together 19 %, what many take of late 5 %.",
        "Not in it:",
        "• Which courses go together: 9,000 courses need 972 MB, and 200 MB are allowed.",
        "The last trainings",
        "• 25 Nov, 13:00: not taken: it did worse than what serves",
        "• 25 Nov, 13:00: serves",
        "• 24 Nov, 13:00: kept",
    ]
    assert list(_buttons(reply)) == ["Train now", "Back to the previous one"]


async def test_back_to_the_previous_one_and_undone(room, trains):
    await _two(room)
    reply = await room.say("/model", by="Ada")

    back = await room.press(_buttons(reply)["Back to the previous one"], by="Ada")
    assert "The model of 24 Nov, 13:00 serves now." in back.plain
    assert (await room.store.models.serving(room.community.id)).version == "1"
    shown = await room.say("/model", by="Ada")
    assert list(_buttons(shown)) == ["Train now", "To the newest one"]

    undone = await room.press(_buttons(back)["Undo"], by="Ada")
    assert "The model of 25 Nov, 13:00 serves again." in undone.plain
    assert (await room.store.models.serving(room.community.id)).version == "2"
    assert "let another model suggest courses" in (await room.say("/audit", by="Ada")).plain


async def test_a_lost_file_is_said_with_what_serves_instead(room, trains):
    await _two(room)
    trains.lost = frozenset({"2"})

    reply = await room.say("/model", by="Ada")
    assert reply.plain.splitlines()[:2] == [
        "✗ The file of the model of 25 Nov, 13:00 is gone or damaged.",
        "Meanwhile the model of 24 Nov, 13:00 serves. Train a new one.",
    ]

    trains.lost = frozenset({"1", "2"})
    alone = await room.say("/model", by="Ada")
    assert "Meanwhile suggestions go by what many take" in alone.plain
    assert list(_buttons(alone)) == ["Train now"]
    assert "gone or damaged" in await _refused(room, _buttons(reply)["Back to the previous one"])


async def test_a_model_that_is_elsewhere_or_was_let_go_does_not_serve(room, trains):
    assert "not kept any more" in await _refused(room, Button("", "model_serve", ("77",)))


async def test_train_now(room, trains):
    press = _buttons(await room.say("/model", by="Ada"))["Train now"]
    assert "no published course" in await _refused(room, press)

    await a_course(room.store, School(room.community, room.space))
    begun = await room.press(press, by="Ada")
    trains.busy = True

    assert "I train a new model." in begun.plain
    assert [asker.community for asker in trains.begun] == [room.community.id]
    assert "already" in await _refused(room, press)
    room.training = None
    assert "Nothing can be trained here." in await _refused(room, press)


async def test_what_came_of_a_training_is_told_in_both_languages(room):
    made = await room.store.models.add(room.community.id, NEW, "kept", now=NOW)
    for language in ("en", "zh_CN"):
        t = TEXTS(language)
        told = {
            state: said(t, replace(made, state=state), "").plain for state in ("serves", "refused", "kept")
        }
        assert len(set(told.values())) == 3
        for reason in ("nothing", "memory", "disk", "database", "process"):
            assert len(said(t, None, reason).plain.splitlines()) == 2
    assert told["serves"].startswith("新模型已启用。")


def _buttons(reply: Reply) -> dict[str, Button]:
    return {button.label: button for row in reply.buttons for button in row}


async def _refused(room: Room, button: Button) -> str:
    with pytest.raises(UserError) as caught:
        await room.press(button, by="Ada")
    return plain_lines(caught.value.lines)


async def _two(room: Room) -> StoredModel:
    here = room.community.id
    await room.store.models.add(here, NEW, "kept", now=NOW - timedelta(days=1))
    await room.store.models.add(here, replace(NEW, version="2", file="2.npz"), "kept", now=NOW)
    await room.store.models.serve(here, "2", now=NOW)
    refused = replace(NEW, version="3", figures=NEW.figures | {"worse_than": ["serves", "popular"]}, file="")
    return await room.store.models.add(here, refused, "refused", now=NOW)
