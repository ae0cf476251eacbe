"""Roles: what a person is in a community, and what that lets them do.

A person holds a set of roles. Some are read from the platform (owner, admin, muted), some were granted;
who has neither is a member, at first a newcomer. A command needs one role; `may` decides.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person may be. ANYONE is never held: it says that nothing is needed."""

    ANYONE = "anyone"
    MUTED = "muted"
    NEWCOMER = "newcomer"
    MEMBER = "member"
    HELPER = "helper"
    TEACHER = "teacher"
    EXPERT = "expert"
    ADMIN = "admin"
    OWNER = "owner"


ANYONE, MUTED, NEWCOMER, MEMBER = Role.ANYONE, Role.MUTED, Role.NEWCOMER, Role.MEMBER
HELPER, TEACHER, EXPERT, ADMIN, OWNER = Role.HELPER, Role.TEACHER, Role.EXPERT, Role.ADMIN, Role.OWNER

_MEMBERS = frozenset({ANYONE, MEMBER})
_ADMINS = _MEMBERS | {HELPER, TEACHER, EXPERT, ADMIN}
INCLUDES: Mapping[Role, frozenset[Role]] = {
    MUTED: frozenset({ANYONE}),
    NEWCOMER: _MEMBERS,
    MEMBER: _MEMBERS,
    HELPER: _MEMBERS | {HELPER},
    TEACHER: _MEMBERS | {TEACHER},
    EXPERT: _MEMBERS | {EXPERT},
    ADMIN: _ADMINS,
    OWNER: _ADMINS | {OWNER},
}
"""Role -> what its holder may do, by what a command needs."""

NEEDED = (ANYONE, MEMBER, HELPER, TEACHER, EXPERT, ADMIN, OWNER)
"""What a command may need, least first."""
GRANTED = (ADMIN, EXPERT, TEACHER, HELPER, MEMBER, MUTED)
"""What can be granted. A member is then a newcomer no longer."""

OWNER_ROLE, ADMIN_ROLE, MUTED_ROLE = "owner", "admin", "muted"
"""Among a person's platform roles: they own the space, they run it, they may not write there at present.

Each adapter knows by which right. All other platform roles go by the platform's own ids.
"""


def may(roles: Collection[Role], needs: Role) -> bool:
    """Whether who holds these roles may do what needs one. A mute outweighs all but running the place."""
    if MUTED in roles and not runs(roles):
        return needs in INCLUDES[MUTED]
    return any(needs in INCLUDES[role] for role in roles)


def runs(roles: Collection[Role]) -> bool:
    """Whether they run the place: an admin or the owner."""
    return ADMIN in roles or OWNER in roles


def roles_from(
    platform: Collection[str], granted: Iterable[str], *, named: Mapping[str, Role], new: bool
) -> frozenset[Role]:
    """The roles of a person.

    `platform`: the platform roles held where they act; `named`: which of those stand for a role of ours;
    `new`: they have not been here for long.
    """
    found = {Role(name) for name in granted}
    for name in platform:
        if name in (OWNER_ROLE, ADMIN_ROLE, MUTED_ROLE, HELPER, TEACHER, EXPERT):
            found.add(Role(name))
        elif name in named:
            found.add(named[name])
    return frozenset(found or {NEWCOMER if new else MEMBER})
