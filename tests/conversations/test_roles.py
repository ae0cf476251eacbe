"""Roles: what is granted holds at once, and what is lacking is said."""

from tests.conversations.stage import Stage


async def test_roles_are_granted_by_those_who_may_and_hold_at_once(stage: Stage):
    owner, ann, bob = await stage.owner(), await stage.person("Ann"), await stage.person("Bob")
    await stage.say(ann, "Hello everybody, I am new here")
    await stage.say(bob, "So am I, and glad to be here")

    refused = await stage.command(stage.root, "grant", member=ann, role="admin")
    assert refused.text.startswith("Only the owner makes and unmakes admins")
    asked = await stage.command(ann, "roles", member=bob)
    assert asked.text.startswith("What others are is for admins to see.")
    given = await stage.command(owner, "grant", member=ann, role="admin")
    assert (given.lines[0], given.private) == ("Ann now has the role “admin”.", True)
    assert (await stage.command(ann, "roles", member=bob)).lines == ["Bob", "member"]

    undone = await stage.press(owner, given, "Undo")
    assert undone.text == "Ann no longer has the role “admin”."
    assert (await stage.command(ann, "roles", member=bob)).text == asked.text
    told = await stage.command(stage.root, "audit", action="grant")
    assert "gave Ann the role “admin”. · 25 Nov, 12:00 · undone" in told.text


async def test_whoever_is_muted_earns_nothing_and_keeps_what_is_theirs(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "Hello everybody, I am new here")
    before = await stage.total(ann)
    muted = await stage.command(stage.root, "grant", member=ann, role="muted", time="2d")
    assert muted.lines[1] == "It ends by itself on 27 Nov, 12:00."

    stage.later(minutes=5)
    post = await stage.say(ann, "This is something that would have earned five points")
    assert await stage.total(ann) == before
    assert (await stage.command(ann, "rank")).text.startswith("You are muted here until 27 Nov, 12:00.")
    assert "Whoever is muted earns nothing." in (await stage.command(stage.root, "why", post=post)).text
    assert (await stage.command(ann, "roles")).lines[0] == "What you are here"
    assert "/privacy" in (await stage.command(ann, "help")).text
    assert "/rank" not in (await stage.command(ann, "help")).text

    stage.later(days=2)
    await stage.say(ann, "Now that it is over, this one counts again")
    assert await stage.total(ann) == before + 5
