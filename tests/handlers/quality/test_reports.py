from datetime import timedelta

import pytest

from bot.effects import write_effects
from handlers.base import Award, DirectMessage, Remove, Restore, TakeBackPost, UserError, plain_lines
from handlers.quality import deciding
from storage.cases import NewCase

WHERE = "-1001/7"


@pytest.fixture
async def ann(room):
    """Ann's post, which earned her five points."""
    await room.post("Ann", WHERE, "Buy my course now")
    await room.earn("Ann", 5, message=WHERE)
    return await room.member("Ann")


async def report(room, who="Bob", words=""):
    return await room.say(f"/report {words}".strip(), by=who, answering=(WHERE, "Ann"))


async def only_case(room):
    [case] = await room.store.cases.waiting(room.community.id)
    return case


async def test_reports_of_a_post_are_one_case_and_each_member_reports_it_once(room, ann):
    thanks = await report(room, words="it is an advert")
    again = await report(room)
    await report(room, "Chidi")

    assert thanks.lines[0].startswith("Thank you. Our experts will look at it, and nobody learns")
    assert again.plain == "You have reported this post already. Thank you: experts look at it."
    case = await only_case(room)
    assert (case.origin, case.reports) == ("report", 2)
    await room.press(thanks.buttons[0][0], by="Bob")
    assert (await only_case(room)).kind == "advert"


async def test_ones_own_post_too_many_and_what_is_unknown_are_refused_with_a_way_out(room, ann):
    assert "your own post" in await room.mistake("/report", by="Ann", answering=(WHERE, "Ann"))
    assert "I know nothing of that message" in await room.mistake(
        "/report", by="Bob", answering=("-1001/99", "Ann")
    )
    await room.store.settings.set(room.community.id, "flags.reports_a_day", 1, by=None, now=room.now)
    await report(room)
    await room.post("Ann", "-1001/8", "Another one")
    assert "You have reported 1 post today" in await room.mistake(
        "/report", by="Bob", answering=("-1001/8", "Ann")
    )


async def test_who_reported_what_was_fine_five_times_opens_no_case_any_more(room, ann):
    for number in range(10, 15):
        await room.post("Ann", f"-1001/{number}", f"A good post, number {number}")
        await room.say("/report", by="Bob", answering=(f"-1001/{number}", "Ann"))
        case = await only_case(room)
        await room.store.cases.decide(room.community.id, case.id, "fine", room.now)

    said = await report(room)
    assert said.plain.startswith("Thank you.")
    assert await room.store.cases.waiting(room.community.id) == []
    await report(room, "Chidi")
    assert len(await room.store.cases.waiting(room.community.id)) == 1


async def settle(room, outcome, **case):
    """A case of Ann's post is decided; the effects."""
    account = room.people["Ann"]
    new = {
        "space_id": room.space.id, "channel_id": None, "account_id": account.id, "message": WHERE,
        "kind": "advert", "score": 0.9, "origin": "judge", "at": room.now, **case,
    }  # fmt: skip
    await room.store.cases.open([NewCase(**new)])
    found = await only_case(room)
    done = await deciding.settle(await room.context(), found.id, outcome)
    assert done is not None
    return done


async def test_a_bad_post_loses_its_points_and_its_author_hears_why_and_what_to_do(room, ann):
    case, effects = await settle(room, "advert")

    [lost] = [each for each in effects if isinstance(each, TakeBackPost)]
    [letter] = [each for each in effects if isinstance(each, DirectMessage)]
    assert lost.message == WHERE
    assert letter.account == room.people["Ann"].external_id
    assert "It reads like an advert." in letter.reply.plain
    assert letter.reply.buttons[0][0].label == "Let others look"
    assert not [each for each in effects if isinstance(each, Remove)]
    assert await deciding.settle(await room.context(), case.id, "fine") is None, "one outcome"


async def test_confirmed_adverts_are_removed_where_an_admin_wants_that_and_come_back_with_an_appeal(
    room, ann
):
    await room.store.settings.set(room.community.id, "flags.remove_confirmed", True, by=None, now=room.now)
    case, effects = await settle(room, "advert")
    [removal] = [each for each in effects if isinstance(each, Remove)]
    await write(room, effects)
    parcel = await room.store.outbox.get(removal.key)
    await room.store.outbox.sent(parcel.id, None, room.now)
    assert await standing(room) == 0

    said = await room.say("/appeal it is my course project", by="Ann")
    assert "Others than before look at your post" in said.plain
    assert "at present" in (await room.say("/appeal", by="Ann")).plain
    found = await only_case(room)
    assert (found.appeal, found.appealed) == ("it is my course project", True)

    _, effects = await deciding.settle(await room.context(), case.id, "fine")
    [again] = [each for each in effects if isinstance(each, Restore)]
    assert (again.text, again.reply.plain) == ("Buy my course now", "Ann wrote:\nBuy my course now")
    assert [each.points for each in effects if isinstance(each, Award)] == [5]
    await write(room, effects)
    assert await standing(room) == 5
    await room.store.cases.rewrite(case.id, "-1001/50")
    post = await room.store.posts.by_message(room.space.id, "-1001/50")
    assert (post.message, post.deleted) == (WHERE, False)
    assert "Nothing is held against" in (await room.say("/appeal", by="Ann")).plain


async def test_what_could_not_be_taken_away_is_not_written_twice(room, ann):
    case, effects = await settle(room, "fine", action="take down", kept={"text": "Buy", "content": "text"})
    assert not [each for each in effects if isinstance(each, Restore)]
    assert "it is fine" in next(each for each in effects if isinstance(each, DirectMessage)).reply.plain
    assert (await room.store.cases.get(room.community.id, case.id)).kept is None


async def test_an_excellent_post_earns_more_once_and_no_more_when_that_is_undone(room, ann):
    case, effects = await settle(room, "excellent")
    await write(room, effects)
    assert await standing(room) == 15
    _, undone = await deciding.take_back(await room.context(), case.id)
    await write(room, undone)
    assert await standing(room) == 5


async def test_a_second_appeal_another_members_case_and_a_forged_number_are_refused(room, ann):
    case, _ = await settle(room, "advert")
    await room.account("Bob")
    for who in ("Bob", "Ann"):
        said = await mistaken(room, f"appeal_send||{case.id if who == 'Bob' else 999}", who)
        assert "I know of no such post of yours" in said
    await room.say("/appeal", by="Ann")
    await room.pressed(f"appeal_send||{case.id}", by="Ann", values={"words": "please"})
    await deciding.settle(await room.context(), case.id, "advert")
    assert "which can be asked once a post" in await mistaken(room, f"appeal||{case.id}", "Ann")


async def test_texts_of_cases_go_with_the_texts_of_posts(room, ann):
    await settle(room, "advert", action="take down", kept={"text": "Buy", "content": "text"})
    await room.store.privacy.drop_texts(room.community.id, room.now + timedelta(days=1))
    [case] = await room.store.cases.decided(room.community.id, room.now)
    assert (case.text, case.kept) == (None, None)


async def mistaken(room, data, who):
    with pytest.raises(UserError) as caught:
        await room.pressed(data, by=who)
    return plain_lines(caught.value.lines)


async def write(room, effects):
    await write_effects(room.store, effects, room.community, room.now)


async def standing(room):
    return sum(e.points for e in await room.store.points.entries_for_message(room.space.id, WHERE))
