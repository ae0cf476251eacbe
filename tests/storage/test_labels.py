"""Labels: what is kept of decided posts holds while the decision does, outlives the text, and goes when asked."""

from datetime import datetime, timedelta
from typing import Any

from storage.cases import NewCase
from storage.store import Store
from storage.tables import posts
from tests.conftest import NOW


async def ground(store: Store) -> tuple[int, int, int]:
    space, community = await store.communities.add_space("telegram", "-1", "School", language="en", now=NOW)
    account = await store.people.see("telegram", "7", "Ann", None, now=NOW)
    await store.people.ensure_member(community.id, account.id, now=NOW)
    return community.id, space.id, account.id


async def write(store: Store, space: int, account: int, number: int, text: str = "Buy now") -> None:
    row = {
        "space_id": space, "message": str(number), "account_id": account, "author": "person", "content": "text",
        "text": text, "forwarded": False, "stub": False, "posted_at": NOW, "recorded_at": NOW,
    }  # fmt: skip
    await store.connection.execute(posts.insert().values(**row))


async def decided(store: Store, community: int, space: int, account: int, number: int) -> int:
    await write(store, space, account, number)
    case = NewCase(
        space_id=space, channel_id=None, account_id=account, message=str(number), kind="advert", score=0.9,
        origin="judge", at=NOW,
    )  # fmt: skip
    [id] = (await store.cases.open([case])).values()
    await store.cases.decide(community, id, "advert", NOW + timedelta(minutes=number))
    return id


def label(case: int, space: int, account: int, at: datetime = NOW) -> dict[str, Any]:
    return {
        "case_id": case, "space_id": space, "account_id": account, "outcome": "advert", "weight": 1.0,
        "encoder": "one", "mark": "ab", "features": b"\x01\x02", "at": at,
    }  # fmt: skip


async def test_what_is_decided_is_missing_until_it_is_kept_and_holds_while_it_is_decided(
    store: Store,
) -> None:
    community, space, account = await ground(store)
    case = await decided(store, community, space, account, 1)
    before = await store.labels.marks()

    [missing] = await store.labels.missing(community, 9)
    assert (missing.case_id, missing.text, missing.verdicts) == (case, "Buy now", 0)
    await store.labels.put([label(case, space, account)])
    await store.labels.put([label(case, space, account)])
    assert await store.labels.missing(community, 9) == []
    assert [each.outcome for each in await store.labels.of(community, "one")] == ["advert"]
    assert await store.labels.of(community, "another") == []

    await store.cases.reopen(community, case, NOW)
    assert await store.labels.of(community, "one") == []
    assert await store.labels.marks() != before
    await store.cases.decide(community, case, "fine", NOW + timedelta(hours=1))
    assert [each.outcome for each in await store.labels.of(community, "one")] == ["fine"]


async def test_labels_outlive_the_text_and_go_with_the_person(store: Store) -> None:
    community, space, account = await ground(store)
    case = await decided(store, community, space, account, 1)
    await store.labels.put([label(case, space, account)])

    await store.privacy.drop_texts(community, NOW + timedelta(days=1))
    assert len(await store.labels.of(community, "one")) == 1
    assert await store.labels.missing(community, 9) == []

    await store.privacy.forget(account, community_id=None, now=NOW)
    assert await store.labels.of(community, "one") == []
    assert await store.labels.marks() == {}


async def test_only_what_no_expert_has_seen_is_asked_about(store: Store) -> None:
    community, space, account = await ground(store)
    await decided(store, community, space, account, 1)
    await write(store, space, account, 2)
    scores = dict.fromkeys(("advert", "abuse", "low_effort", "off_topic", "helpful"), 0.5)
    await store.scores.put(
        [
            {"space_id": space, "message": str(number), "account_id": account, "head": "1", "at": NOW}
            | scores
            for number in (1, 2)
        ]
    )

    found = await store.labels.unasked(community, NOW, 9)

    assert [each.message for each in found] == ["2"]
    sample = NewCase(
        space_id=space, channel_id=None, account_id=account, message="2", kind="advert", score=0.5,
        origin="sample", at=NOW,
    )  # fmt: skip
    await store.cases.open([sample])
    assert await store.labels.unasked(community, NOW, 9) == []
    assert await store.labels.asked_since(community, NOW) == (1, 1)


async def test_of_heads_one_serves_and_the_last_are_remembered(store: Store) -> None:
    community, _, _ = await ground(store)
    for number in range(5):
        await store.heads.add(
            community, str(number), "serves", labels=number, figures={}, file=f"{number}.npz", now=NOW
        )
    await store.heads.add(community, "worse", "refused", labels=9, figures={}, now=NOW)

    serving = await store.heads.serving(community)
    assert serving is not None
    assert serving.version == "4"
    assert await store.heads.prune(community) == ["1.npz", "0.npz"]
    assert [each.version for each in await store.heads.last(community)] == ["worse", "4", "3", "2"]
    assert await store.heads.free_version(community, "4") == "4.2"
    await store.heads.retire(community)
    assert await store.heads.serving(community) is None
