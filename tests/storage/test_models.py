"""Models: one serves; forwards and back; what is spare is let go."""

from dataclasses import replace
from datetime import timedelta

from storage.models import NewModel
from tests.storage.making import NOW, a_school

NEW = NewModel(
    version="1",
    data_from=NOW - timedelta(days=90),
    data_until=NOW,
    events=900,
    members=80,
    courses=12,
    parameters={"seed": 0},
    figures={"hits": {"serves": 0.3}},
    skipped=[{"what": "order:times"}],
    file="1.npz",
    sha256="ab",
)


async def test_one_model_serves_forwards_and_back(store):
    here = (await a_school(store)).community.id
    assert await store.models.serving(here) is None

    first = await store.models.add(here, NEW, "kept", now=NOW)
    await store.models.add(here, replace(NEW, version="2"), "kept", now=NOW)
    assert await store.models.serve(here, "1", now=NOW)
    assert await store.models.serve(here, "2", now=NOW + timedelta(days=1))
    assert await store.models.serve(here, "2", now=NOW + timedelta(days=9))

    [second, kept] = await store.models.kept(here)
    assert (second.version, second.state, second.serves_since) == ("2", "serves", NOW + timedelta(days=1))
    assert (kept.version, kept.state, kept.figures, kept.skipped) == (
        first.version,
        "kept",
        {"hits": {"serves": 0.3}},
        [{"what": "order:times"}],
    )

    assert await store.models.serve(here, "1", now=NOW + timedelta(days=2))
    assert (await store.models.serving(here)).version == "1"


async def test_what_was_refused_or_is_elsewhere_never_serves(store):
    here, there = (await a_school(store)).community.id, (await a_school(store)).community.id
    await store.models.add(here, NEW, "refused", now=NOW)
    await store.models.add(there, replace(NEW, version="2"), "kept", now=NOW)

    assert not await store.models.serve(here, "1", now=NOW)
    assert not await store.models.serve(here, "2", now=NOW)
    assert [one.version for one in await store.models.refused(here)] == ["1"]
    assert [one.state for one in await store.models.last(here, 5)] == ["refused"]


async def test_three_are_kept_and_what_serves_is_one_of_them(store):
    here = (await a_school(store)).community.id
    for number in range(1, 6):
        await store.models.add(here, replace(NEW, version=f"{number}", file=f"{number}.npz"), "kept", now=NOW)
    await store.models.serve(here, "1", now=NOW)

    assert sorted(await store.models.prune(here)) == ["2.npz", "3.npz"]
    assert [one.version for one in await store.models.kept(here)] == ["5", "4", "1"]
    assert await store.models.prune(here) == []


async def test_a_version_is_a_name_that_is_not_taken(store):
    here = (await a_school(store)).community.id
    assert await store.models.free_version(here, "1") == "1"
    await store.models.add(here, NEW, "kept", now=NOW)
    assert await store.models.free_version(here, "1") == "1.2"
